"""Until when a person looks for a code, in the working time of the desk, and until when one must
decide about an order on hold.

Never longer than the money can be held: a margin before that ends, the order does.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from orders.business_hours import working_time
from orders.models import Dispute, Order, PaymentStatus, Status

ANSWER_LASTS = timedelta(days=4)  # that a customer has to answer a question
DESK_ALERT_BEFORE = timedelta(hours=2)  # of working time before a deadline, when staff are alerted


def desk_deadline(order: Order, work: timedelta | None = None) -> datetime:
    """With so much work left, or with all that the radio is promised."""
    promised = timedelta(hours=order.radio.promised_hours)
    left = promised if work is None else work
    return at_most(order, working_time().add(timezone.now(), left))


def answer_deadline(order: Order) -> datetime:
    """While the customer is asked the desk's clock stands still; but the order ends in time."""
    return at_most(order, timezone.now() + ANSWER_LASTS)


def work_left(order: Order) -> timedelta:
    return working_time().between(timezone.now(), order.deadline_at or timezone.now())


def at_most(order: Order, at: datetime) -> datetime:
    last = last_moment(order)
    return min(at, last) if last else at


def last_moment(order: Order) -> datetime | None:
    """When the hold must be decided about; None where the money was taken already."""
    held = order.payments.filter(status=PaymentStatus.HELD, is_superseded=False)
    ends: datetime | None = held.aggregate(first=Min("hold_ends_at"))["first"]
    return ends - settings.HOLD_MARGIN if ends else None


# where somebody waits for a code, or for the money
WAITING = (Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.READY, Status.ENDING)


def decide_by(order: Order) -> datetime | None:
    """On hold: until when a person must have decided. What is held is let go then; what was taken
    no robot returns, but its customer must not wait for ever; a bank that asks for the money back
    takes no answer afterwards. None where nobody waits."""
    if order.on_hold_at is None:
        return None
    ends = [order.deadline_at, last_moment(order), last_answer(order)]
    if order.status in WAITING:
        ends.append(order.on_hold_at + settings.HOLD_LASTS)
    return min((at for at in ends if at), default=None)


def last_answer(order: Order) -> datetime | None:
    """Until when the bank takes evidence that nobody has sent yet."""
    open_ones = Dispute.objects.filter(payment__order=order, closed_at=None)
    return min(
        (
            each.evidence_due_at
            for each in open_ones
            if each.evidence_due_at and each.takes_evidence
        ),
        default=None,
    )
