"""The chain of sources: their order, what is kept of every question, and who decides in doubt."""

from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from orders.models import Attempt, CodeBookEntry, Order, Outcome
from orders.tasks import retrieve_code
from sandbox.supplier import SupplierStandIn
from sandbox.supplier.radios import MODELS
from tests.steps.attention import open_reasons
from tests.steps.factories import (
    make_code,
    make_code_book_entry,
    make_order,
    make_radio,
    make_staff,
    make_supplied_radio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

SERIAL = "K482"
CODE = MODELS["renault-dacia"].made_up_code(SERIAL)


def placed(**values: Any) -> Order:
    values = {"status": "placed", "serial": SERIAL} | values
    return make_order(**{"radio": make_supplied_radio()} | values)


def retrieved(order: Order) -> Order:
    retrieve_code(order.pk)
    order.refresh_from_db()
    return order


def asked(order: Order) -> list[tuple[str, str]]:
    return list(order.attempts.values_list("source", "outcome"))


@pytest.mark.parametrize("sources", [["code_book", "supplier"], ["supplier", "code_book"]])
def test_sources_are_asked_in_the_order_that_staff_set(
    supplier: SupplierStandIn, sources: list[str]
) -> None:
    order = retrieved(placed(radio=make_supplied_radio(sources=sources), serial="K999"))
    assert asked(order) == [(name, "unknown") for name in ("answered_before", *sources)]


def test_every_question_is_kept_with_its_time_and_without_secrets(
    supplier: SupplierStandIn,
) -> None:
    attempt = retrieved(placed()).attempts.get(source="supplier")
    assert attempt.outcome == "found"
    assert attempt.duration_ms is not None and attempt.duration_ms > 0
    stored = " ".join(map(str, Attempt.objects.filter(pk=attempt.pk).values_list()[0]))
    assert SERIAL not in stored and CODE not in stored


def test_a_source_that_raises_leaves_its_question_and_is_passed_over_in_the_end() -> None:
    make_code_book_entry()
    CodeBookEntry.objects.update(contents_encrypted="spoilt")
    order = make_order(status="placed", radio=make_radio())
    for _ in range(3):
        Order.objects.update(due_at=Now())  # SQLite's clock counts in milliseconds
        retrieved(order)
    assert asked(order).count(("code_book", Outcome.ASKED)) == 2
    assert order.status == "with_staff"


def test_a_source_is_asked_once_more_after_a_worker_died(supplier: SupplierStandIn) -> None:
    order = placed()
    Attempt.begin(order, "supplier")
    assert retrieved(order).status == "found"


def test_a_source_that_nothing_was_heard_of_twice_is_passed_over(supplier: SupplierStandIn) -> None:
    order = placed()
    Attempt.begin(order, "supplier")
    Attempt.begin(order, "supplier")
    assert (retrieved(order).status, supplier.asked) == ("with_staff", [])


def test_another_code_after_a_crash_goes_to_a_person(supplier: SupplierStandIn) -> None:
    order = placed()
    Attempt.begin(order, "supplier").end(Outcome.FOUND, code=CODE)  # and the worker died
    supplier.fail("other_code")
    retrieved(order)
    assert (order.status, open_reasons(order)) == ("with_staff", ["other_code"])
    assert order.codes.count() == 0


def test_the_same_code_after_a_crash_is_delivered(supplier: SupplierStandIn) -> None:
    order = placed()
    Attempt.begin(order, "supplier").end(Outcome.FOUND, code=CODE)
    assert retrieved(order).codes.get().digits == CODE


def test_a_serial_that_was_answered_before_is_not_asked_for_again(
    supplier: SupplierStandIn,
) -> None:
    first, second = retrieved(placed()), retrieved(placed(email="bea@example.com"))
    assert first.codes.get().digits == second.codes.get().digits == CODE
    assert (len(supplier.asked), second.codes.get().source) == (1, "answered_before")


def test_a_source_that_says_otherwise_than_before_goes_to_a_person(
    supplier: SupplierStandIn,
) -> None:
    make_code(placed(status="refunded"), "9911")
    order = retrieved(placed())
    assert (order.status, open_reasons(order)) == ("with_staff", ["other_code"])


def test_another_order_of_the_serial_that_is_told_otherwise_at_the_same_time(
    supplier: SupplierStandIn,
) -> None:
    Attempt.begin(placed(), "supplier").end(Outcome.FOUND, code="9911")  # not stored yet
    order = retrieved(placed())
    assert (order.status, open_reasons(order)) == ("with_staff", ["other_code"])


def test_what_a_person_decided_is_not_doubted_again(supplier: SupplierStandIn) -> None:
    delivered = placed(status="delivered")
    make_code(delivered, "9911")
    delivered.codes.update(is_current=False)
    make_code(delivered, CODE)
    assert retrieved(placed()).codes.get().digits == CODE


def test_a_placeholder_in_the_code_book_is_not_delivered() -> None:
    make_code_book_entry(code="0000")
    order = retrieved(make_order(status="placed", radio=make_radio()))
    assert (order.status, open_reasons(order)) == ("with_staff", ["bad_code"])


def test_staff_read_on_the_orders_page_where_its_code_was_looked_for(
    supplier: SupplierStandIn, client: Client
) -> None:
    supplier.fail("html")
    order = retrieved(placed())
    client.force_login(make_staff("vera", "view_order"))
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    for words in ("Where the code was looked for", "supplier", "does not work", "no JSON"):
        assert words in page
