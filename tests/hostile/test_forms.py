"""What is written into forms to become something else: a mail's header, a price, a right."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from orders.models import Email, Mail, Order, Payment, queue_mail
from orders.tasks import send_email
from tests.hostile.nasty import PRIVILEGED
from tests.steps.factories import make_staff
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db

KEY = "5f5c6d6e-8a37-4f1b-9d5b-3a0a6f0f6a12"
ORDER = {"shows": "code", "serial": "BP987654321097", "email": "berta@example.com",
         "is_owner": "on", "consent": "on", "form_key": KEY}  # fmt: skip
LINES = [
    "\r\nBcc: all@evil.example",
    "\nSubject: Hello",
    "\r\n\r\n<b>Hello</b>",
    "\u2028Bcc: x@y.z",
]


def test_no_address_becomes_a_second_header(counter: None) -> None:
    order = Order.objects.filter(status="with_staff")[0]
    for line in LINES:
        typed = f"eve@evil.example{line}"
        assert Client().post("/order/acme/", ORDER | {"email": typed}).status_code == 422
        below = order.secret_link() + "email/"
        assert Client().post(below, {"email": typed}).status_code == 422
        assert not Email.objects.filter(to__contains="evil").exists()


def test_no_other_field_reaches_a_mails_headers(
    counter: None, stripe: Stripe, mailoutbox: list[EmailMessage]
) -> None:
    typed = ORDER | {"date_on_screen": f"1999{LINES[0]}", "second_number": f"C7{LINES[1]}"}
    assert Client().post("/order/acme/", typed).status_code in (303, 422)
    for order in Order.objects.filter(status="delivered"):
        send_email(queue_mail(order, Mail.ORDER_LINK).pk)
    assert mailoutbox
    for mail in mailoutbox:
        heads = {name.lower() for name in mail.message()}
        assert "bcc" not in heads and not re.search(r"[\r\n]", str(mail.subject))


def test_what_the_order_form_does_not_offer_is_not_taken(counter: None, stripe: Stripe) -> None:
    typed = ORDER | PRIVILEGED | {"price_pence": "1", "currency": "xxx", "may_show_code": "on"}
    Client().post("/order/acme/", {name: typed[name] for name in typed if name != "currency"})
    order = Order.objects.get(form_key=KEY)
    assert (order.status, order.price, order.currency) == ("pending", order.radio.price, "eur")
    assert order.number != PRIVILEGED["number"] and order.token != PRIVILEGED["token"]
    assert Payment.objects.get(order=order).amount == order.radio.price


def test_an_order_without_consents_is_not_made_by_other_words(counter: None) -> None:
    for given in ({}, {"is_owner": ""}, {"is_owner": "on"}, {"consent": "on"}):
        asked = {name: ORDER[name] for name in ORDER if name not in ("is_owner", "consent")}
        assert Client().post("/order/acme/", asked | given).status_code == 422
    assert not Order.objects.filter(form_key=KEY).exists()


def test_no_form_of_an_order_moves_it_elsewhere(counter: None) -> None:
    """Fields that no form offers, sent to all of them: the state stays what the verbs make it."""
    for status in ("pending", "delivered", "expired", "released"):
        order = Order.objects.filter(status=status)[0]
        for name in ("order_email", "order_answer", "order_resend"):
            Client().post(reverse(name, args=[order.number, order.token]), PRIVILEGED)
        after = Order.objects.get(pk=order.pk)
        assert (after.status, after.price, after.email) == (status, order.price, order.email)


def test_staff_give_themselves_no_rights(counter: None) -> None:
    otto = make_staff("otto", "view_order", "enter_code")
    client = Client()
    client.force_login(otto)
    more = {"is_superuser": "on", "is_staff": "on", "username": "otto", "user_permissions": "1"}
    for path in (f"/admin/auth/user/{otto.pk}/change/", "/admin/auth/user/add/"):
        assert client.post(path, more).status_code == 403
    client.post("/admin/password_change/", more | {"old_password": "secret"})
    otto.refresh_from_db()
    assert not otto.is_superuser and otto.get_all_permissions() == {
        "orders.view_order", "orders.enter_code",
    }  # fmt: skip


def test_another_site_posts_nothing_here(counter: None) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/orders/find/").content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    typed = {"csrfmiddlewaretoken": token, "number": "RC-0000-0000", "email": "a@b.example"}
    for origin in ("https://evil.example", "null", "http://testserver.evil.example", "http://["):
        answer = client.post("/orders/find/", typed, headers={"Origin": origin})
        assert answer.status_code == 403 and b"reload the page" in answer.content
    assert (
        client.post("/orders/find/", typed, headers={"Origin": "http://testserver"}).status_code
        == 302
    )
