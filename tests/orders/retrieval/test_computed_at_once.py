"""Two workers at the same moment: the rules of trial and release hold."""

import pytest

from orders.models import Alert, CodeBookEntry, CodeFamily, Comparison, Order
from orders.retrieval.calculators import compute
from orders.retrieval.families import Known, compare, release, review_families
from orders.tasks import retrieve_code
from tests.steps.at_once import at_once
from tests.steps.factories import make_staff
from tests.steps.families import (
    FORD,
    MICRA,
    MICRA_CODE,
    make_family,
    make_ford_radio,
    make_micra_radio,
    make_proof,
    placed,
    serials,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.also_on_sqlite]


def known(serial: str, code: str, name: str = "nissan_bp") -> Known:
    return Known(CodeFamily.objects.get(pk=name), serial, code, "code_book")


def placed_with_another_code(serial: str) -> Order:
    order = placed(make_ford_radio(), serial)
    CodeBookEntry.make(order.brand, serial, "1234", family="ford_m").save()
    return order


@pytest.mark.parametrize("turn", range(5))
def test_two_different_serials_at_once_end_a_shipped_release(turn: int) -> None:
    make_family("ford_m", "released")
    orders = [placed_with_another_code(serial) for serial in (FORD, f"M0119{turn}6")]
    at_once(*[lambda pk=order.pk: retrieve_code(pk) for order in orders])
    assert CodeFamily.objects.get(pk="ford_m").state == "trial"
    assert Alert.objects.filter(key="family:ford_m:ended").count() == 1
    assert set(Order.objects.values_list("status", flat=True)) == {"with_staff"}


def test_one_serial_at_once_is_one_row_and_ends_no_shipped_release() -> None:
    make_family("ford_m", "released")
    at_once(*[lambda: compare(known(FORD, "1234", "ford_m"))] * 4)
    assert Comparison.objects.count() == 1
    assert CodeFamily.objects.get(pk="ford_m").state == "released"


def test_a_difference_outweighs_an_equal_code_at_the_same_moment() -> None:
    make_family()
    calls = [lambda: compare(known(MICRA, MICRA_CODE)), lambda: compare(known(MICRA, "1111"))]
    at_once(*calls * 2)
    assert Comparison.objects.get().is_equal is False


@pytest.mark.parametrize("turn", range(5))
def test_no_order_is_found_by_a_release_that_ends(turn: int) -> None:
    make_family(state="released", is_earned=True)
    radio = make_micra_radio()
    different, *others = serials(4)
    orders = [placed(radio, serial) for serial in others]
    at_once(
        lambda: compare(known(different, "9999")),
        *[lambda pk=order.pk: retrieve_code(pk) for order in orders],
    )
    for order in Order.objects.filter(status="placed"):
        retrieve_code(order.pk)
    assert set(Order.objects.values_list("status", flat=True)) == {"with_staff"}


def test_the_thirtieth_and_the_thirty_first_at_once_alert_once() -> None:
    family = make_family()
    make_proof(family, 29)
    fresh = serials(31)[29:]
    at_once(*[lambda serial=serial: compare(known(serial, code_of(serial))) for serial in fresh])
    review_families()
    assert Alert.objects.filter(key="family:nissan_bp:proven").count() == 1


def test_a_release_and_a_difference_at_once_leave_no_release() -> None:
    family = make_family()
    make_proof(family, 30)
    owner = make_staff()
    at_once(lambda: release(family, owner), lambda: compare(known(MICRA, "1111")))
    review_families()
    family.refresh_from_db()
    assert family.state == "trial"


def code_of(serial: str) -> str:
    found = compute("nissan_bp", serial)
    assert found
    return found.code
