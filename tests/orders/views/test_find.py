"""Find my order: one answer and one work, whatever was typed."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Email, LinkRequest, Mail, Order
from orders.tasks import answer_link_request, apply_retention
from tests.steps.factories import make_order, make_radio
from tests.steps.order_form import URL, answers
from tests.steps.receipts import sold
from tests.steps.stripe import Stripe
from tests.steps.work import answer_link_requests, work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def ask(client: Client, number: str, email: str = "anna@example.com") -> Any:
    return client.post("/orders/find/", {"number": number, "email": email}, follow=True)


def queries(client: Client, number: str, email: str = "anna@example.com") -> list[str]:
    """What the answer asks the database, without values."""
    with CaptureQueriesContext(connection) as captured:
        ask(client, number, email)
    return [re.sub(r"'[^']*'|\d+", "?", each["sql"]) for each in captured]


def test_match_wrong_address_no_such_number_and_mailed_lately_are_one_work(client: Client) -> None:
    order = make_order(status="placed")
    make_order(status="pending", number="RC-PEND-4444")
    asked = [
        (order.number,),
        ("RC-3333-4444",),
        (order.number, "eve@example.com"),
        ("RC-PEND-4444",),
    ]
    alone = [queries(client, "", email) for email in (order.email, "eve@example.com")]
    assert alone[0] == alone[1] and not any("orders_order" in sql for sql in alone[0])
    answer_link_requests()
    Email.objects.all().delete()
    first = [queries(client, *each) for each in asked]
    answer_link_requests()
    assert not any("orders_order" in sql for each in first for sql in each)
    assert all(each == first[0] for each in [*first, queries(client, order.number)])


def test_a_worker_mails_the_link_where_both_belong_together(client: Client) -> None:
    order = make_order(status="placed", email="Anna@example.com")
    for number, email in ((order.number, "eve@example.com"), ("RC-3333-4444", "anna@example.com")):
        ask(client, number, email)
        answer_link_requests()
        assert not order.emails.exists()
    ask(client, f"Order {order.number}.", "ANNA@example.com\u200e")
    answer_link_requests()
    assert [email.mail for email in order.emails.all()] == [Mail.ORDER_LINK]
    assert not LinkRequest.objects.exists()


def test_the_address_alone_finds_all_its_orders_that_were_paid(
    client: Client, mailoutbox: list[Any]
) -> None:
    first, last = make_order(status="delivered"), make_order(status="placed")
    unpaid, other = make_order(), make_order(status="placed", email="eve@example.com")
    ask(client, "", "Anna@example.com")
    work_until_quiet()
    [mail] = [each for each in mailoutbox if "The link to" in each.subject]
    assert mail.to == ["anna@example.com"] and last.number in mail.subject
    for part in (mail.body, mail.alternatives[0][0]):
        assert first.secret_link() in part and last.secret_link() in part
        assert unpaid.number not in part and other.number not in part


def test_the_browser_that_ordered_is_led_to_its_last_order(client: Client, stripe: Stripe) -> None:
    make_radio()
    client.post(URL, answers(car=""))
    order = Order.objects.get()
    assert f'href="{order.secret_link()}"' in client.get("/orders/find/").content.decode()
    assert order.number not in Client().get("/orders/find/").content.decode()
    forged = Client()
    forged.cookies[settings.LAST_ORDER_COOKIE_NAME] = f"{order.number}.{order.form_key}:1a:xyz"
    assert order.number not in forged.get("/orders/find/").content.decode()


def test_a_mistyped_link_offers_a_new_one_and_no_cars(client: Client) -> None:
    order = make_order(status="placed")
    page = client.get(f"/orders/{order.number}/{order.token}x/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r'href="([^"]+)"', main) == ["/orders/find/", "/#brands"]


def test_requests_at_once_mail_one_link() -> None:
    order = make_order(status="placed")
    for _ in range(3):
        LinkRequest.ask(order.number, order.email)
    answer_link_requests()
    assert Email.objects.count() == 1


@pytest.mark.parametrize("number", ["", "RC-3333-4444"])
def test_the_address_that_was_typed_is_not_stored_in_clear(client: Client, number: str) -> None:
    ask(client, number, "eve@example.com")
    assert "eve" not in str(LinkRequest.objects.values().get())


def test_a_request_under_an_older_key_is_answered(settings: Any) -> None:
    order = make_order(status="placed")
    LinkRequest.ask(order.number, order.email)
    settings.HASH_KEYS = ["a-newer-key-of-the-hashes", *settings.HASH_KEYS]
    answer_link_request(LinkRequest.objects.get().pk)
    assert order.emails.count() == 1


def test_a_request_that_no_worker_could_answer_goes_after_a_day() -> None:
    LinkRequest.ask("RC-3333-4444", "anna@example.com")
    LinkRequest.objects.update(created_at=timezone.now() - timedelta(days=2))
    apply_retention()
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("typed", ["anna", "R-000123", "RC-7K3D"])
def test_what_has_no_numbers_form_is_said_at_once(client: Client, typed: str) -> None:
    response = ask(client, typed)
    assert response.status_code == 422
    assert (
        "There is no order number in this. It looks like RC-7K3D-94QF" in response.content.decode()
    )
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("page", ["order", "receipt", "email"])
def test_staff_find_an_order_by_what_they_pasted(admin_client: Client, page: str) -> None:
    order = sold(status="delivered").order
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to=order.email)
    for typed in (f"#{order.number}", f"Order {order.number}.", f"({order.number.lower()})"):
        found = admin_client.get(f"/admin/orders/{page}/", {"q": typed}).content.decode()
        assert order.number in found.split('id="result_list"')[-1]


def test_staff_find_a_receipt_by_what_they_pasted(admin_client: Client) -> None:
    order = sold(status="delivered").order
    found = admin_client.get("/admin/orders/receipt/", {"q": "Receipt (r-000001)."})
    assert order.number in found.content.decode()
