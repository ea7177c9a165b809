"""Staff search orders, the desk and the code book by a serial, as they type it."""

import pytest
from django.test import Client

from orders.models import CodeBookEntry, Order
from tests.steps.factories import SERIAL, make_order, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

ORDERS = "/admin/orders/order/"
TYPED = [SERIAL, "bp1234 5678-9012", f"S/N {SERIAL}", f"my serial number is {SERIAL.lower()}"]


@pytest.fixture
def order() -> Order:
    make_order(serial="BP999999999999", status="with_staff")
    return make_order(status="with_staff")


@pytest.fixture
def staff(client: Client) -> Client:
    permissions = ("view_order", "enter_code", "view_codebookentry")
    client.force_login(make_staff("vera", *permissions))
    return client


def numbers(page: str) -> set[str]:
    return {order.number for order in Order.objects.all() if order.number in page}


@pytest.mark.parametrize("typed", TYPED)
def test_orders(staff: Client, order: Order, typed: str) -> None:
    page = staff.get(ORDERS, {"q": typed}).content.decode()
    assert numbers(page) == {order.number}


@pytest.mark.parametrize("typed", TYPED)
def test_the_desk(staff: Client, order: Order, typed: str) -> None:
    page = staff.get(f"{ORDERS}desk/", {"q": typed}).content.decode()
    assert numbers(page) == {order.number}


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("has_family", [True, False])
def test_the_code_book(staff: Client, order: Order, typed: str, has_family: bool) -> None:
    family = order.radio.code_family if has_family else ""
    entry = CodeBookEntry.make(order.brand, SERIAL, "1234", family=family)
    entry.save()
    CodeBookEntry.make(order.brand, "BP999999999999", "1234").save()
    page = staff.get("/admin/orders/codebookentry/", {"q": typed})
    assert [row.pk for row in page.context["cl"].result_list] == [entry.pk]


def test_part_of_a_serial_finds_nothing(staff: Client, order: Order) -> None:
    assert not numbers(staff.get(ORDERS, {"q": SERIAL[:8]}).content.decode())


def test_numbers_and_addresses_are_found_as_before(staff: Client, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(email="x7@example.com", mailbox="x7@example.com")
    for typed in (order.number, "x7@example.com"):
        assert numbers(staff.get(ORDERS, {"q": typed}).content.decode()) == {order.number}
