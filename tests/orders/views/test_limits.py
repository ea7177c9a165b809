"""No place to try out stolen cards: few orders, few payment pages, none without a good form."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from orders.models import Order, Payment
from tests.steps.factories import SERIAL, make_car_model, make_order, make_payment
from tests.steps.order_form import URL, answers
from tests.steps.payments import checked_out
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(on_sale: None) -> None:
    make_car_model()


def order(number: int, *, client: Client | None = None, **changes: Any) -> Any:
    """Each with another serial and another address, unless `values` say otherwise."""
    other = {"serial": f"BP12345678{number:04}", "email": f"buyer{number}@example.com"}
    return (client or Client()).post(URL, answers(**other | changes))


def test_a_form_with_a_slip_opens_no_payment_page(client: Client, stripe: Stripe) -> None:
    assert client.post(URL, answers(email="anna@")).status_code == 422
    assert stripe.books().get("checkout.session", []) == []


@pytest.mark.parametrize(
    ("limit", "same"),
    [
        ("django.conf.settings.ORDERS_PER_ADDRESS_HOUR", {}),
        ("orders.limits.ORDERS_PER_EMAIL_DAY", {"email": "anna@example.com"}),
        ("orders.limits.ORDERS_PER_SERIAL_DAY", {"serial": SERIAL}),
    ],
)
def test_one_order_too_many_is_refused_and_stored_nowhere(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch, limit: str, same: dict[str, Any]
) -> None:
    monkeypatch.setattr(limit, 2)
    statuses = []
    for number in range(3):
        statuses.append(order(number, **same).status_code)
        if same:
            pay()
    assert statuses == [303, 303, 429]
    assert (Order.objects.count(), Payment.objects.count()) == (2, 2)


def pay() -> None:
    Order.objects.update(placed_at=timezone.now())


UNPAID = [{"email": "anna@example.com"}, {"serial": SERIAL}]


@pytest.mark.parametrize("same", UNPAID)
def test_unpaid_orders_of_others_lock_nobody_out(
    stripe: Stripe, settings: Any, same: dict[str, Any]
) -> None:
    settings.TRUSTED_PROXIES = 1
    homes = [Client(headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(12)]
    assert {order(n, client=home, **same).status_code for n, home in enumerate(homes)} == {303}


@pytest.mark.parametrize(
    ("limit", "same"),
    [
        ("django.conf.settings.ORDERS_PER_ADDRESS_HOUR", {}),
        ("orders.limits.ORDERS_PER_EMAIL_DAY", UNPAID[0]),
        ("orders.limits.ORDERS_PER_SERIAL_DAY", UNPAID[1]),
    ],
)
def test_the_words_and_the_time_do_not_say_what_others_ordered(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch, limit: str, same: dict[str, Any]
) -> None:
    monkeypatch.setattr(limit, 1)
    order(1, **same)
    if same:
        pay()
        Order.objects.update(created_at=timezone.now() - timedelta(hours=7))
    response = order(2, **same)
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    says = response.context["says"]
    assert says.startswith("There were too many orders like this one. ")
    page = response.content.decode()
    assert "Too many orders from this connection" in page and "to fix" not in page


def test_a_workshop_that_pays_is_not_locked_out(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 2
    for number in range(6):
        assert order(number).status_code == 303
        pay()


def test_many_customers_of_one_gateway_may_order_before_they_pay(stripe: Stripe) -> None:
    assert {order(number).status_code for number in range(20)} == {303}


def test_its_page_says_why_and_when_and_keeps_what_was_typed(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    order(1)
    response = order(2, email="bert@example.com")
    page = response.content.decode()
    assert "There were too many orders like this one" in page
    assert "nothing was charged" in page
    assert 'value="bert@example.com"' in page
    assert int(response["Retry-After"]) == 3600


def test_after_the_hour_one_may_order_again(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    order(1)
    Order.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert order(2).status_code == 303


def test_another_place_has_a_count_of_its_own(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    settings.TRUSTED_PROXIES = 1
    homes = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:2::1"]
    codes = [
        order(n, client=Client(headers={"X-Forwarded-For": home})).status_code
        for n, home in enumerate(homes)
    ]
    assert codes == [303, 429, 303]


def test_a_forged_header_does_not_reset_the_count(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    forged = [Client(headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(2)]
    assert [order(n, client=forged[n]).status_code for n in range(2)] == [303, 429]


def test_an_address_counts_however_it_is_written(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.ORDERS_PER_EMAIL_DAY", 1)
    order(1, email="anna@example.com")
    pay()
    assert order(2, email="Anna@Example.com").status_code == 429


def test_the_same_form_again_is_never_one_too_many(
    client: Client, stripe: Stripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    monkeypatch.setattr("orders.limits.ORDERS_PER_SERIAL_DAY", 1)
    form = answers()
    first = client.post(URL, form)
    for again in (form, answers()):
        assert client.post(URL, again)["Location"] == first["Location"]


def test_typing_a_serial_is_never_limited(
    client: Client, stripe: Stripe, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 1
    monkeypatch.setattr("orders.limits.ORDERS_PER_SERIAL_DAY", 1)
    order(1, serial=SERIAL)
    for _ in range(30):
        assert client.post(URL + "serial/", {"serial": SERIAL}).status_code == 200


def test_an_order_has_so_many_payment_pages_a_day(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.PAYMENTS_PER_ORDER", 2)
    placed = make_order()
    for _ in range(2):
        make_payment(placed, status="expired")
    response = client.post(placed.secret_link() + "pay/")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "too many tries to pay" in response.content.decode()
    assert placed.payments.count() == 2


def test_the_page_that_is_open_may_be_opened_again(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.PAYMENTS_PER_ORDER", 1)
    pay = make_order().secret_link() + "pay/"
    assert [client.post(pay).status_code for _ in range(3)] == [303, 303, 303]


def test_a_page_on_which_many_cards_are_tried_is_closed(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.PAYMENTS_PER_ORDER", 4)
    placed, payment = checked_out()
    for _ in range(3):
        stripe.pay(str(payment.session_id), "4000000000000002")
    stripe.deliver("payment_intent.payment_failed")
    work_until_quiet()
    [session] = stripe.books()["checkout.session"]
    assert session["status"] == "expired"
    assert client.post(placed.secret_link() + "pay/").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_many_at_once_count_each_other(stripe: Stripe, settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = 2
    codes: list[int] = []

    def send(number: int) -> None:
        try:
            codes.append(order(number).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [303, 303, 429, 429, 429, 429]


@pytest.mark.django_db(transaction=True)
def test_an_order_does_not_wait_for_content_that_is_being_loaded(stripe: Stripe) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    loading = connection.copy()
    loading.set_autocommit(False)
    try:
        with loading.cursor() as cursor:
            cursor.execute("UPDATE guides_brand SET position = position + 1")
        assert order(1).status_code == 303
    finally:
        loading.rollback()
        loading.close()
