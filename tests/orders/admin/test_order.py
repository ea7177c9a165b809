"""An order's page in the admin: all on one page, codes only on request, nothing to edit."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders.models import Email, Order
from tests.steps.factories import CODE, make_code, make_order, make_payment, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"


def page(order: Order, below: str = "change/") -> str:
    return f"{LIST}{order.pk}/{below}"


@pytest.fixture
def order() -> Order:
    order = make_order(status="delivered", first_shown_at=timezone.now())
    make_payment(order, status="captured", amount_captured=1499)
    make_code(order)
    return order


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(make_staff("vera", "view_order"))
    return client


@pytest.fixture
def looker(client: Client) -> Client:
    client.force_login(make_staff("lea", "view_order", "view_code", "change_order"))
    return client


def test_all_of_an_order_is_on_one_page(reader: Client, order: Order) -> None:
    content = reader.get(page(order)).content.decode()
    for words in ("BP12 3456 7890 12", "14.99", "captured", "This is my car", "What happened"):
        assert words in content


def test_the_list_says_that_the_bank_processes_a_payment(reader: Client) -> None:
    order = make_order()
    make_payment(order, status="processing")
    assert "the bank processes the payment" in reader.get(LIST).content.decode()


def test_the_page_holds_neither_code_nor_link_token(looker: Client, order: Order) -> None:
    content = looker.get(page(order)).content.decode()
    assert CODE not in content
    assert order.token not in content


def test_the_list_holds_neither_code_nor_serial(looker: Client, order: Order) -> None:
    content = looker.get(LIST).content.decode()
    assert order.number in content
    assert CODE not in content
    assert "BP12" not in content


def test_who_may_see_the_code_sees_it_on_request(looker: Client, order: Order) -> None:
    response = looker.post(page(order, "code/"))
    assert CODE in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert LogEntry.objects.get().get_change_message() == "Looked at the code."


def test_without_the_permission_there_is_no_code(reader: Client, order: Order) -> None:
    assert "Show code" not in reader.get(page(order)).content.decode()
    response = reader.post(page(order, "code/"))
    assert response.status_code == 403
    assert CODE not in response.content.decode()


def test_asking_for_a_code_takes_a_post(looker: Client, order: Order) -> None:
    assert looker.get(page(order, "code/")).status_code == 405


@pytest.mark.parametrize("changes", [{"status": "found"}, {"on_hold_at": timezone.now()}])
def test_no_code_leaves_an_order_that_may_not_show_it(
    looker: Client, order: Order, changes: dict[str, Any]
) -> None:
    Order.objects.update(**changes)
    assert "Show code" not in looker.get(page(order)).content.decode()
    response = looker.post(page(order, "code/"), follow=True)
    assert CODE not in response.content.decode()


def test_nothing_on_the_page_can_be_posted(admin_client: Client, order: Order) -> None:
    response = admin_client.post(page(order), {"status": "refunded", "price": "1"})
    order.refresh_from_db()
    assert (response.status_code, order.status, order.price) == (403, "delivered", 1499)


@pytest.mark.parametrize("kind", ["order", "payment", "email", "stripeevent", "codebookentry"])
def test_rows_of_the_shop_cannot_be_added(admin_client: Client, kind: str) -> None:
    assert admin_client.get(f"/admin/orders/{kind}/add/").status_code == 403


@pytest.mark.parametrize("kind", ["order", "payment"])
def test_rows_of_the_shop_cannot_be_deleted(admin_client: Client, order: Order, kind: str) -> None:
    row = order if kind == "order" else order.payments.get()
    assert admin_client.post(f"/admin/orders/{kind}/{row.pk}/delete/").status_code == 403


def test_a_number_said_on_the_phone_finds_its_order(reader: Client, order: Order) -> None:
    other = make_order()
    spoken = order.number.replace("-", "").lower()
    content = reader.get(LIST, {"q": spoken}).content.decode()
    assert order.number in content
    assert other.number not in content


def test_staff_can_mail_the_customer_a_link(looker: Client, order: Order) -> None:
    looker.post(page(order, "send-link/"))
    assert Email.objects.get().mail == "order_link"


def test_who_may_only_read_mails_nothing(reader: Client, order: Order) -> None:
    assert reader.post(page(order, "send-link/")).status_code == 403
    assert not Email.objects.exists()


@pytest.mark.parametrize("status", ["pending", "with_staff", "payment_due", "ready", "released"])
def test_every_state_has_a_page(admin_client: Client, status: str) -> None:
    order = make_order(status=status)
    assert admin_client.get(page(order)).status_code == 200
