"""The shop redirects to no address that the request names."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.test import Client

from orders.models import Email, Order
from orders.tasks import send_email
from tests.steps.stripe import Stripe
from tests.steps.work import answer_link_requests

pytestmark = pytest.mark.django_db

EVIL = "evil.example"
AWAY = [
    f"https://{EVIL}/", f"//{EVIL}/", f"/\\{EVIL}/", f"\\\\{EVIL}", f"https:{EVIL}", f"///{EVIL}",
    f"http://testserver@{EVIL}/", f"/\t/{EVIL}/", f"javascript:alert('{EVIL}')", "order", "RC-0",
    "", "http://[", f"https://testserver.{EVIL}/", f"{EVIL}", "orders_find", "\0",
    "/admin/\r\nA: b",
]  # fmt: skip
KEY = "5f5c6d6e-8a37-4f1b-9d5b-3a0a6f0f6a11"
ORDER = {"shows": "code", "serial": "BP987654321098", "email": "berta@example.com",
         "is_owner": "on", "consent": "on", "form_key": KEY}  # fmt: skip


def test_signing_in_leads_to_a_page_of_ours(root: User) -> None:
    inside = Client()
    inside.force_login(root)
    for wanted in AWAY:
        typed = {"username": "root", "password": "secret", "next": wanted}
        for answer in (
            Client().post("/admin/login/", typed),
            inside.get("/admin/login/", {"next": wanted}),
        ):
            assert answer.status_code in (302, 400)
            assert EVIL not in answer.get("Location", "/admin/"), wanted


@pytest.mark.parametrize(
    "path", [f"//{EVIL}/nissan", f"/%2f{EVIL}", f"/%5c{EVIL}", f"//{EVIL}/%2e"]
)
def test_a_missing_slash_is_added_here(client: Client, path: str) -> None:
    answer = client.get("/", PATH_INFO=path.replace("%2f", "/").replace("%5c", "\\"))
    assert not answer.get("Location", "/").startswith(("//", "/\\", "http"))


@pytest.mark.parametrize("headers", [
    {"Host": EVIL}, {"Host": f"testserver@{EVIL}"}, {"Host": f"testserver:80@{EVIL}"},
    {"Host": ""}, {"Host": f"testserver\r\nX-Host: {EVIL}"},
])  # fmt: skip
def test_another_shops_name_is_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/orders/find/", headers=headers).status_code == 400


def test_links_to_an_order_lead_to_the_shop_whatever_it_was_called(
    counter: None, stripe: Stripe, mailoutbox: list[EmailMessage]
) -> None:
    called = {"Host": "localhost", "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"}
    answer = Client().post("/order/acme/", ORDER, headers=called)
    assert answer.status_code == 303
    order = Order.objects.get(form_key=KEY)
    assert order.payments.get().params["success_url"].startswith(settings.SITE_URL + "/orders/")
    order.place()
    finds = {"number": order.number, "email": order.email}
    Client().post("/orders/find/", finds, headers=called)
    answer_link_requests()
    send_email(Email.objects.get(order=order).pk)
    [mail] = mailoutbox
    assert settings.SITE_URL + order.secret_link() in mail.body
    assert EVIL not in str(mail.message()) and "//localhost" not in str(mail.message())
