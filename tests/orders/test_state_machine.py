"""What one move does, and which moves each model allows.

The tables are written out, not taken from the models: a changed move shows up here too.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q

from orders.models import (
    Email,
    History,
    Import,
    Mail,
    Order,
    Payment,
    Refund,
    StripeEvent,
    queue_mail,
)
from orders.state_machine import Stateful
from tests.steps.factories import make_order, make_payment, make_refund, make_staff

pytestmark = pytest.mark.django_db

ORDER = {
    "place": "expired pending -> placed",
    "expire": "pending -> expired",
    "hand_to_staff": "placed -> with_staff",
    "correct_serial": "with_staff -> placed",
    "find": "placed with_staff -> found",
    "doubt": "found -> with_staff",
    "payment_failed": "found -> payment_due",
    "secure_again": "payment_due -> found",
    "ready": "found -> ready",
    "deliver": "ready -> delivered",
    "end": "payment_due placed with_staff -> ending",
    "end_returned": "found payment_due placed with_staff -> ending",
    "end_undecided": "found placed with_staff -> ending",
    "refuse": "found payment_due placed with_staff -> ending",
    "withdraw_at_bank": "pending -> ending",
    "release": "ending -> released",
    "report_problem": "delivered ready -> problem",
    "close_problem": "problem -> delivered",
    "close_unmailed_problem": "problem -> ready",
    "refund": "delivered problem ready -> refunded",
    "return_failed": "released -> ending",
    "refund_failed": "refunded -> delivered",
    "replace": "delivered problem ready -> ready",
}
PAYMENT = {
    "hold": "expired failed open processing -> held",
    "process": "open -> processing",
    "capture": "expired failed held open processing -> captured",
    "correct_amount": "captured -> captured",
    "fail": "held open processing -> failed",
    "cancel": "held -> cancelled",
    "expire": "open -> expired",
    "refund_part": "captured part_refunded refunded -> part_refunded",
    "refund": "captured part_refunded refunded -> refunded",
    "unrefund": "captured part_refunded refunded -> captured",
}
REFUND = {
    "wait": "due requires_action -> pending",
    "ask_customer": "due pending -> requires_action",
    "succeed": "due pending requires_action -> succeeded",
    "fail": "due pending requires_action succeeded -> failed",
    "cancel": "due pending requires_action -> cancelled",
}
EMAIL = {
    "sent": "queued -> sent",
    "fail": "queued -> failed",
    "drop": "queued -> dropped",
    "bounce": "queued sent -> bounced",
}
EVENT = {
    "handle": "received -> handled",
    "ignore": "received -> ignored",
    "replay": "handled ignored -> received",
    "give_up": "received -> ignored",
}
IMPORT = {
    "end_reading": "reading -> read",
    "stop": "reading -> stopped",
    "undo": "read reading stopped -> undoing",
    "end_undoing": "undoing -> undone",
}


@pytest.mark.parametrize(
    ("model", "table"),
    [
        (Order, ORDER), (Payment, PAYMENT), (Refund, REFUND),
        (Email, EMAIL), (StripeEvent, EVENT), (Import, IMPORT),
    ],
)  # fmt: skip
def test_these_moves_are_allowed(model: type[Stateful], table: dict[str, str]) -> None:
    moves = {
        name: f"{' '.join(sorted(move.sources))} -> {move.target}"
        for name, move in model.MOVES.items()
    }
    assert moves == table


# ------------------------------------------------------------------ one move
@pytest.mark.also_on_sqlite
def test_a_move_changes_the_status_counts_and_is_written_down() -> None:
    order, vera = make_order(status="placed"), make_staff()
    assert order.make_move("find", by=vera, note="by hand", due_at=None)
    assert (order.status, order.version, order.due_at) == ("found", 1, None)
    [row] = order.history.all()
    assert (row.subject, row.subject_id, row.move, row.status) == (
        "order", order.pk, "find", "found",
    )  # fmt: skip
    assert (row.by, row.note) == (vera, "by hand")


@pytest.mark.also_on_sqlite
def test_a_refused_move_changes_nothing_and_shows_the_row_as_it_is() -> None:
    order = make_order(status="pending")
    Order.objects.update(status="expired", version=7)
    assert not order.make_move("expire", ended_because="fraud")
    assert (order.status, order.version, order.ended_because) == ("expired", 7, "")
    assert not History.objects.exists()


@pytest.mark.also_on_sqlite
def test_a_move_may_have_a_condition() -> None:
    order = make_order(status="pending")
    assert not order.make_move("place", only_if=Q(version=1))
    assert order.make_move("place", only_if=Q(version=0))


@pytest.mark.also_on_sqlite
def test_of_two_who_move_the_same_row_one_wins() -> None:
    order = make_order(status="pending")
    other = Order.objects.get(pk=order.pk)
    assert [order.place(), other.place()] == [True, False]
    assert list(order.history.values_list("move", "status")) == [("place", "placed")]


def test_payments_refunds_and_mails_are_in_the_history_of_their_order() -> None:
    order = make_order()
    payment = make_payment(order, status="captured", amount_captured=1499)
    for row, move in (
        (payment, "refund"),
        (make_refund(payment), "wait"),
        (queue_mail(order, Mail.NO_CODE), "drop"),
    ):
        assert row.make_move(move)
    assert list(order.history.values_list("subject", "move")) == [
        ("payment", "refund"), ("refund", "wait"), ("email", "drop"),
    ]  # fmt: skip


# ------------------------------------------------------------------ every move, in the database
def order_in(status: str) -> Order:
    return make_order(status=status)


def payment_in(status: str) -> Payment:
    return make_payment(make_order(), status=status)


def refund_in(status: str) -> Refund:
    payment = make_payment(make_order(), status="captured", amount_captured=1499)
    return make_refund(payment, status=status)


def email_in(status: str) -> Email:
    email = queue_mail(make_order(), Mail.NO_CODE)
    Email.objects.filter(pk=email.pk).update(status=status)
    email.refresh_from_db()
    return email


DEADLINE = {"deadline_at": "2030-01-01T00:00Z"}
WITH_THE_MOVE: dict[str, dict[str, Any]] = {
    "hand_to_staff": DEADLINE,
    "report_problem": DEADLINE,
    "doubt": DEADLINE,
    "payment_failed": DEADLINE,
} | dict.fromkeys(
    ("end", "end_returned", "end_undecided", "refuse", "withdraw_at_bank", "return_failed"),
    {"ended_because": "no_code"},
)


@pytest.mark.parametrize(
    ("make", "table"),
    [(order_in, ORDER), (payment_in, PAYMENT), (refund_in, REFUND), (email_in, EMAIL)],
)
def test_the_database_takes_every_move(
    make: Callable[[str], Stateful], table: dict[str, str]
) -> None:
    """Its constraints allow what the table allows, and one row moves at a time."""
    for name, arrow in table.items():
        sources, target = arrow.split(" -> ")
        for source in sources.split():
            row = make(source)
            assert row.make_move(name, **WITH_THE_MOVE.get(name, {})), (name, source)
            assert (row.status, row.version) == (target, 1), (name, source)


# ------------------------------------------------------------------ conditions of the verbs
def test_an_order_with_an_open_payment_does_not_expire() -> None:
    order = make_order()
    make_payment(order)
    assert not order.expire()


def test_an_order_is_not_released_while_its_card_is_authorized() -> None:
    order = make_order(status="ending")
    make_payment(order, status="held")
    assert not order.release()
