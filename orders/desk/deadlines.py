"""Deadlines in working time: for staff to find a code, and to decide about an order on hold.

None is later than a safety margin before the authorization ends.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from orders.business_hours import working_time
from orders.models import Order, PaymentStatus, Status
from orders.models.order_states import MOVES

ANSWER_LASTS = timedelta(days=4)  # that a customer has to answer a question
DECIDED_WITHIN = timedelta(hours=8)  # of working time, for an order without a code
DESK_ALERT_BEFORE = timedelta(hours=2)  # of working time before a deadline, when staff are alerted


def desk_deadline(order: Order, work: timedelta | None = None) -> datetime:
    """Return the deadline with so much work left, or with all that the radio is promised."""
    promised = timedelta(hours=order.radio.promised_hours)
    left = promised if work is None else work
    return at_most(order, working_time().add(timezone.now(), left))


def answer_deadline(order: Order) -> datetime:
    """Return the deadline while a question to the customer suspends the desk's time."""
    return at_most(order, timezone.now() + ANSWER_LASTS)


def work_left(order: Order) -> timedelta:
    return working_time().between(timezone.now(), order.deadline_at or timezone.now())


def at_most(order: Order, at: datetime) -> datetime:
    last = last_moment(order)
    return min(at, last) if last else at


def last_moment(order: Order) -> datetime | None:
    """Return when an authorization must be decided about; None if money was captured."""
    ends = [
        payment.hold_ends_at - settings.HOLD_MARGIN
        for payment in order.payments.all()  # which lists have fetched already
        if payment.status == PaymentStatus.AUTHORIZED
        and not payment.is_superseded
        and payment.hold_ends_at
    ]
    return min(ends, default=None)


UNDECIDED = MOVES["end_undecided"].sources  # on hold, they end by themselves
# where a customer waits for a code, or for money
WAITING = (
    Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.READY, Status.PROBLEM, Status.ENDING,
)  # fmt: skip


def decide_by(order: Order) -> datetime | None:
    """Return until when staff must decide about an order on hold; None if nothing waits.

    Before a code is found the order ends then: see `end_undecided_orders`. Captured money is not
    refunded automatically, but its customer must not wait for ever; and a bank that disputes
    accepts no evidence after its own deadline.
    """
    if order.on_hold_at is None:
        return None
    ends = [order.deadline_at, last_moment(order), last_answer(order)]
    if order.status in UNDECIDED:
        ends.append(working_time().add(order.on_hold_at, DECIDED_WITHIN))
    elif order.status in WAITING:
        ends.append(order.on_hold_at + settings.HOLD_LASTS)
    return min((at for at in ends if at), default=None)


def answered_by(order: Order) -> datetime | None:
    """Return until when the customer hears from us."""
    is_checked = order.is_on_hold and order.status in UNDECIDED
    return decide_by(order) if is_checked else order.deadline_at


def last_answer(order: Order) -> datetime | None:
    """Return until when the bank accepts evidence that was not sent yet."""
    disputes = [each for payment in order.payments.all() for each in payment.disputes.all()]
    ends = [
        each.evidence_due_at
        for each in disputes
        if each.closed_at is None and each.evidence_due_at and each.takes_evidence
    ]
    return min(ends, default=None)
