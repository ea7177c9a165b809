"""Many different serials by one buyer: staff look before the next code goes out."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.lib import crypto
from orders.models import Order
from orders.payments.sync import record_authorization, sync_payment
from tests.chaos.browser import together
from tests.steps.attention import open_reasons
from tests.steps.factories import SERIAL, make_order, make_payment, make_staff
from tests.steps.payments import checked_out
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db


def bought(number: int, **values: Any) -> Order:
    """Placed by another buyer from another client network, unless `values` say otherwise."""
    order = make_order(**{
        "serial": f"BP12345678{number:04}", "email": f"buyer{number}@example.com",
        "network": f"198.51.100.{number}",
    } | values)  # fmt: skip
    assert authorize(order)
    return order


def authorize(order: Order) -> bool:
    return record_authorization(make_payment(order), "pi_1", None)


def kept_on_hold(*orders: Order) -> list[bool]:
    return [Order.objects.get(pk=order.pk).is_on_hold for order in orders]


@pytest.mark.parametrize(
    "same", [{"email": "anna@example.com"}, {"email": "ANNA@x.example"}, {"email": "a@müller.de"}]
)
def test_the_third_serial_of_a_day_waits_for_a_person(same: dict[str, str]) -> None:
    orders = [bought(number, **same) for number in range(3)]
    assert kept_on_hold(*orders) == [False, False, True]
    assert open_reasons(Order.objects.get(pk=orders[2].pk)) == ["velocity"]


def test_buyers_behind_one_network_are_not_one_buyer() -> None:
    orders = [bought(number, network="203.0.113.9") for number in range(12)]
    assert not any(kept_on_hold(*orders))


def test_one_card_is_one_buyer_whatever_address_is_typed(stripe: Stripe) -> None:
    cards = ["4242424242424242"] * 3 + ["5555555555554444"] * 2
    held = []
    for number, card in enumerate(cards):
        order, payment = checked_out(
            serial=f"BP12345678{number:04}", email=f"b{number}@example.com", network=f"net{number}"
        )
        stripe.pay(str(payment.session_id), card)
        sync_payment(payment)
        assert "FINGERPR" not in payment.card_hash and len(payment.card_hash) == 40
        held += kept_on_hold(order)
    assert held == [False, False, True, False, False]


def test_a_busy_network_makes_the_second_radio_of_a_buyer_suspicious() -> None:
    """It counts beside another signal, never alone."""
    crowd = [bought(number, network="203.0.113.9") for number in range(5)]
    first, second = (bought(n, email="anna@example.com", network="203.0.113.9") for n in (10, 11))
    assert kept_on_hold(*crowd, first, second) == [False] * 6 + [True]


def test_serials_are_counted_without_reading_them(
    django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [bought(number, email="anna@example.com") for number in range(3)]
    monkeypatch.setattr(crypto, "decrypt_bytes", None)
    with django_assert_max_num_queries(3):
        assert orders[0].has_many_serials()


def test_another_case_of_the_address_is_the_same_buyer() -> None:
    emails = ["anna@example.com", "Anna@example.com", "ANNA@EXAMPLE.COM"]
    assert kept_on_hold(*(bought(n, email=email) for n, email in enumerate(emails)))[2]


def test_a_workshop_that_staff_know_orders_for_many_cars(client: Client) -> None:
    first = bought(0, email="desk@garage.example")
    client.force_login(make_staff("vera", "view_order", "add_block", "view_block"))
    address = f"/admin/orders/block/add/?kind=trade&order={first.pk}"
    assert 'value="desk@garage.example"' in client.get(address).content.decode()
    values = {"kind": "trade", "value": "Desk@garage.example", "reason": "Garage Weber"}
    assert client.post(address, values).status_code == 302
    orders = [bought(number, email="desk@garage.example") for number in range(1, 5)]
    assert not any(kept_on_hold(first, *orders))


def test_the_same_serial_again_is_no_other_radio() -> None:
    orders = [bought(n, serial=SERIAL, email="anna@example.com") for n in range(4)]
    assert not any(kept_on_hold(*orders))


def test_different_buyers_are_not_counted_together() -> None:
    assert not any(kept_on_hold(*(bought(number) for number in range(5))))


def test_buyers_without_a_known_place_are_not_one_buyer() -> None:
    assert not any(kept_on_hold(*(bought(number, network="") for number in range(5))))


def test_what_was_never_paid_may_have_been_a_slip() -> None:
    for number in range(5):
        make_order(serial=f"BP00000000000{number}", email="anna@example.com")
    assert kept_on_hold(bought(9, email="anna@example.com")) == [False]


def test_after_a_day_it_starts_anew() -> None:
    for number in range(2):
        bought(number, email="anna@example.com")
    Order.objects.update(placed_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert kept_on_hold(bought(2, email="anna@example.com")) == [False]


@pytest.mark.django_db(transaction=True)
def test_orders_that_are_placed_at_the_same_moment_count_each_other() -> None:
    orders = [
        make_order(serial=f"BP12345678{number:04}", email="anna@example.com", network="203.0.113.9")
        for number in range(6)
    ]
    together(*[partial(authorize, order) for order in orders])
    assert sorted(kept_on_hold(*orders)) == [False] * 2 + [True] * 4


def test_staff_see_the_buyers_other_orders_and_the_serials(client: Client) -> None:
    first = bought(1, email="anna@example.com")
    same_serial = bought(2, serial=first.serial, email="bert@example.com")
    same_buyer = bought(3, email="Anna@example.com")
    other = bought(4)
    client.force_login(make_staff("vera", "view_order"))
    page = client.get(f"/admin/orders/order/{first.pk}/change/").content.decode()
    assert "This serial was ordered once more" in page
    assert "One other order of this e-mail address" in page
    assert same_serial.number in page and same_buyer.number in page
    assert other.number not in page
