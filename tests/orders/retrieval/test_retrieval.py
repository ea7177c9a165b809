"""The chain of sources: what it asks, and what it does with each answer."""

import pytest

from orders.leases import lease
from orders.models import Order
from orders.retrieval.chain import retrieve
from orders.retrieval.validation import fits
from tests.steps.attention import open_reasons
from tests.steps.factories import (
    CODE,
    make_code,
    make_code_book_entry,
    make_fallback_radio,
    make_order,
)

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def retrieved(order: Order) -> Order:
    row = lease(Order, order.pk)
    assert row
    retrieve(row)
    order.refresh_from_db()
    return order


def test_the_code_book_answers_its_own_brand_and_serial() -> None:
    make_code_book_entry()
    order = retrieved(make_order(status="placed"))
    assert order.status == "found"
    assert order.codes.get().digits == CODE


def test_another_serial_goes_to_the_desk() -> None:
    make_code_book_entry()
    assert retrieved(make_order(status="placed", serial="BP000000000001")).status == "with_staff"


def test_a_serial_that_was_sold_before_gets_the_same_code() -> None:
    make_code(make_order(status="delivered"), "9911")
    order = retrieved(make_order(status="placed"))
    assert (order.codes.get().digits, order.codes.get().source) == ("9911", "answered_before")


@pytest.mark.parametrize("code", ["12345", "12a4", "", "٤٣٠٧"])
def test_a_code_of_the_wrong_shape_is_never_stored(code: str) -> None:
    assert not fits(code, make_order())
    make_code_book_entry(code=code)
    order = retrieved(make_order(status="placed"))
    assert (order.status, open_reasons(order)) == ("with_staff", ["bad_code"])


def test_the_desk_alone_is_asked_for_an_unknown_radio() -> None:
    make_code_book_entry()
    order = retrieved(make_order(status="placed", radio=make_fallback_radio()))
    assert order.status == "with_staff"


def test_without_a_desk_the_order_ends() -> None:
    order = make_order(status="placed")
    type(order.radio).objects.update(sources=["code_book"])
    assert retrieved(order).status == "ending"
