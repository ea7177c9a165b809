"""Credit notes on their way: a refund at Stripe, learned of by its event."""

import pytest

from orders.models import Order, Payment
from tests.steps.payments import delivered, found_by_staff
from tests.steps.refunds import captured_with_staff, end_without_code, fail_at_the_bank
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


def documents(order: Order) -> list[tuple[str, int]]:
    rows = order.receipts.order_by("pk")
    return [(paper.number_text, paper.amount) for paper in rows]


def returned(stripe: Stripe, payment: Payment, amount: int) -> None:
    stripe.refund(payment.intent_id, amount)
    stripe.deliver("refund.created")
    work_until_quiet()


def test_each_refund_that_arrives_has_its_credit_note(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    returned(stripe, payment, 500)
    returned(stripe, payment, 999)
    assert documents(order) == [("R-000001", 1499), ("C-000001", 500), ("C-000002", 999)]


def test_a_refund_on_its_way_has_none_yet(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund_outcome("pending")
    returned(stripe, payment, 500)
    assert documents(order) == [("R-000001", 1499)]


def test_events_that_come_twice_issue_nothing_twice(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    returned(stripe, payment, 500)
    for event in ("refund.created", "charge.refunded", "refund.updated"):
        stripe.deliver(event)
        work_until_quiet()
    assert len(documents(order)) == 2


def test_money_of_an_order_without_a_code_goes_back_without_papers(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    end_without_code(order)
    order.refresh_from_db()
    assert order.status == "released"
    assert documents(order) == []


def test_what_went_back_before_the_sale_is_not_part_of_the_price(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    returned(stripe, payment, 500)
    found_by_staff(order)
    work_until_quiet()
    assert documents(order) == [("R-000001", 999)]


def test_nor_is_it_when_the_bank_sends_it_back_to_us_after_the_sale(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    returned(stripe, payment, 500)
    found_by_staff(order)
    work_until_quiet()
    fail_at_the_bank(stripe)
    assert documents(order) == [("R-000001", 999)]
    returned(stripe, payment, 500)
    assert documents(order) == [("R-000001", 999)]
    returned(stripe, payment, 999)
    assert documents(order) == [("R-000001", 999), ("C-000001", 999)]


def test_a_refund_that_fails_at_the_bank_is_cancelled_in_the_books(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    returned(stripe, payment, 1499)
    fail_at_the_bank(stripe)
    stripe.deliver("refund.failed")  # again
    work_until_quiet()
    assert documents(order) == [("R-000001", 1499), ("C-000001", 1499), ("X-000001", 1499)]
