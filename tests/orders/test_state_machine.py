from typing import Any

import pytest

from orders.models import (
    Email,
    History,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    Status,
    queue_mail,
)
from orders.models.email import EmailStatus
from tests.steps.factories import make_order, make_payment, make_refund

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

ORDER_CASES = [(move, status) for move in Order.MOVES for status in Status.values]
PAYMENT_CASES = [(move, status) for move in Payment.MOVES for status in PaymentStatus.values]
REFUND_CASES = [(move, status) for move in Refund.MOVES for status in RefundStatus.values]
EMAIL_CASES = [(move, status) for move in Email.MOVES for status in EmailStatus.values]


def check(row: Any, move: str, status: str) -> None:
    rule = row.MOVES[move]
    before = row.version
    why = {"ended_because": "no_code"} if rule.target == Status.ENDING else {}
    won = row.make_move(move, **why)
    assert won == (status in rule.sources)
    assert row.status == (rule.target if won else status)
    assert row.version == before + won
    assert History.objects.count() == won


@pytest.mark.parametrize(("move", "status"), ORDER_CASES)
def test_an_order_moves_only_as_the_table_says(move: str, status: str) -> None:
    clock = (
        {"deadline_at": "2030-01-01T00:00Z"} if move in ("hand_to_staff", "payment_failed") else {}
    )
    check(make_order(status=status, **clock), move, status)


@pytest.mark.parametrize(("move", "status"), PAYMENT_CASES)
def test_a_payment_moves_only_as_the_table_says(move: str, status: str) -> None:
    check(make_payment(make_order(), status=status), move, status)


@pytest.mark.parametrize(("move", "status"), REFUND_CASES)
def test_a_refund_moves_only_as_the_table_says(move: str, status: str) -> None:
    payment = make_payment(make_order(), status="captured", amount_captured=1499)
    check(make_refund(payment, status=status), move, status)


@pytest.mark.parametrize(("move", "status"), EMAIL_CASES)
def test_a_mail_moves_only_as_the_table_says(move: str, status: str) -> None:
    email = queue_mail(make_order(), Mail.NO_CODE)
    Email.objects.filter(pk=email.pk).update(status=status)
    email.refresh_from_db()
    check(email, move, status)


def test_of_two_who_move_the_same_row_one_wins() -> None:
    order = make_order(status="pending")
    other = Order.objects.get(pk=order.pk)
    assert [order.place(), other.place()] == [True, False]
    assert list(order.history.values_list("move", "status")) == [("place", "placed")]


def test_an_order_with_an_open_payment_does_not_expire() -> None:
    order = make_order()
    make_payment(order)
    assert not order.expire()


def test_an_order_is_not_released_while_its_card_is_held() -> None:
    order = make_order(status="ending")
    make_payment(order, status="held")
    assert not order.release()
