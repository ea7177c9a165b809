"""The sweep: enqueue what is due, end what is overdue, recover what was left behind.

Everything in the shop that waits is a row. Lost messages, killed workers and dropped webhooks cost
the time until the next sweep, and nothing else.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from orders.desk.holds import adopt_attention
from orders.desk.photos import drop_old_photos
from orders.desk.reminders import remind_customers, watch_desk, watch_holds
from orders.leases import Work, exhausted, waiting, without_lease
from orders.legal import adopt_consents
from orders.lib.redis import queue_lengths, queue_of
from orders.models import (
    DISPUTE_LOST,
    KEEPING_MONEY,
    UNSETTLED,
    Alert,
    AttentionReason,
    Email,
    EndedBecause,
    Import,
    LastRun,
    Licence,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    Status,
    StripeEvent,
)
from orders.payments.checkout import CHECKOUT_LASTS, GRACE
from orders.payments.monitoring import watch_declines, watch_events
from orders.payments.sync import ask_to_pay_again, release_order
from orders.retrieval.chain import hand_to_staff

logger = logging.getLogger(__name__)

QUEUES: list[type[Work]] = [StripeEvent, Payment, Refund, Order, Email, Alert, Licence, Import]
SWEEP = "orders.tasks.sweep"
BATCH = 500  # rows of a kind in one sweep; the next one, seconds later, takes the next


def run_sweep(act: Callable[[str, int], object], *, spare_queues: bool = False) -> int:
    """Recover stuck orders, then call `act` with the task and id of each due row.

    With `spare_queues`, only of `rows_without_a_queued_task`. Returns the number of rows.
    """
    recover_stuck_orders()
    count = 0
    for task, pk in rows_without_a_queued_task() if spare_queues else due_work():
        act(task, pk)
        count += 1
    LastRun.note(LastRun.SWEEP)
    return count


def due_work() -> Iterator[tuple[str, int]]:
    for model in QUEUES:
        for _due_at, pk in oldest_due(model):
            yield model.TASK, pk


def oldest_due(model: type[Work]) -> list[tuple[datetime, int]]:
    rows = waiting(model).order_by("due_at").values_list("due_at", "pk")[:BATCH]
    return [(at, pk) for at, pk in rows if at]


def rows_without_a_queued_task() -> list[tuple[str, int]]:
    """Return as many due rows as exceed the messages in their queue, the oldest due first.

    Enqueuing every row in every sweep would fill the queue with the same rows while workers
    cannot keep up; letting such messages expire would starve rows that only the sweep enqueues.
    """
    due: dict[str, list[tuple[datetime, str, int]]] = defaultdict(list)
    for model in QUEUES:
        due[queue_of(model.TASK)] += [(at, model.TASK, pk) for at, pk in oldest_due(model)]
    try:
        waiting_messages = queue_lengths()
    except redis.RedisError:  # publishing logs it
        waiting_messages = {}
    # the sweep's own queue also holds messages that name no row
    waiting_messages.pop(queue_of(SWEEP), None)
    return [
        (task, pk)
        for queue, rows in due.items()
        for _at, task, pk in sorted(rows)[: max(0, len(rows) - waiting_messages.get(queue, 0))]
    ]


def recover_stuck_orders() -> None:
    for step in (
        adopt_attention,
        end_overdue_orders,
        expire_forgotten_orders,
        advance_unpaid_orders,
        refund_leftovers,
        escalate_exhausted_work,
        watch_declines,
        watch_events,
        watch_desk,
        watch_holds,
        remind_customers,
        drop_old_photos,
        ask_for_licence,
        adopt_consents,
    ):
        try:
            step()
        except DatabaseError as error:  # a deadlock, say: the next sweep tries again
            logger.error("%s: %s", step.__name__, type(error).__name__)


def has_payment(*statuses: str) -> Exists:
    """A subquery per order, so that the database does not read all payments."""
    return Exists(Payment.objects.filter(order=OuterRef("pk"), status__in=statuses))


def end_overdue_orders() -> None:
    """End orders without a code, or without a second payment, at their deadline.

    Not while staff have the order open, or the customer a payment page: that page expires within
    the hour.
    """
    overdue = Q(deadline_at__lte=Now()) & without_lease()
    late = Order.objects.filter(overdue, status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE])
    # captured money of an order on hold is for staff to decide about
    late = late.exclude(has_payment(*KEEPING_MONEY), on_hold_at__isnull=False)
    for order in late.exclude(has_payment(PaymentStatus.OPEN, PaymentStatus.PROCESSING))[:BATCH]:
        order.end(EndedBecause.DEADLINE, only_if=overdue)


def expire_forgotten_orders() -> None:
    """Expire orders that were never paid and have no open payment."""
    before = timezone.now() - CHECKOUT_LASTS - GRACE
    forgotten = Order.objects.filter(status=Status.PENDING, created_at__lte=before)
    no_time_left = Q(deadline_at=None) | Q(deadline_at__lte=Now())
    for order in forgotten.filter(no_time_left)[:BATCH]:
        order.expire()


def advance_unpaid_orders() -> None:
    """Move on orders whose last payment ended by itself, such as an expired authorization."""
    stranded = Order.objects.exclude(has_payment(*UNSETTLED, *KEEPING_MONEY))
    for order in stranded.filter(status=Status.ENDING)[:BATCH]:
        release_order(order)
    for order in stranded.filter(status=Status.FOUND)[:BATCH]:
        ask_to_pay_again(order)
    undecided = Q(on_hold_at__lte=timezone.now() - settings.HOLD_LASTS)
    for order in stranded.filter(undecided, status=Status.PLACED)[:BATCH]:
        order.end_undecided()


def refund_leftovers() -> None:
    """Make payments due whose captured money has to go back and has no refund yet."""
    left = Payment.objects.filter(status__in=KEEPING_MONEY, due_at=None, refunds=None)
    left = left.exclude(disputes__status=DISPUTE_LOST)
    # one condition after the other: for both at once the database would read all payments
    for too_much in (Q(is_superseded=True), Q(order__status=Status.ENDING)):
        for payment in left.filter(too_much)[:BATCH]:
            payment.make_due()


def ask_for_licence() -> None:
    """Make the supplier's licence due for its daily check."""
    licence = Licence.ours()
    if licence and licence.is_to_be_asked:
        licence.make_due()


def escalate_exhausted_work() -> None:
    """Ask staff to look at rows that were leased too often without a result; go on hourly."""
    for order in exhausted(Order)[:BATCH]:
        order.needs_attention(AttentionReason.TRIES)
        hand_to_staff(order, only_if=without_lease())
    for payment in exhausted(Payment)[:BATCH]:
        payment.order.needs_attention(AttentionReason.TRIES)
        payment.make_due(timezone.now() + settings.BACKOFF_MOST)
    for refund in exhausted(Refund)[:BATCH]:
        refund.payment.order.needs_attention(AttentionReason.TRIES)
        refund.make_due(timezone.now() + settings.BACKOFF_MOST)
    for email in exhausted(Email)[:BATCH]:
        email.order.needs_attention(AttentionReason.MAIL)
        email.make_due(timezone.now() + settings.BACKOFF_MOST)
    for alert in exhausted(Alert)[:BATCH]:
        alert.make_due(timezone.now() + settings.BACKOFF_MOST)
    for licence in exhausted(Licence):
        licence.make_due(timezone.now() + settings.BACKOFF_MOST)
    for job in exhausted(Import)[:BATCH]:
        job.give_up()
    for event in exhausted(StripeEvent)[:BATCH]:
        logger.error("event %s could not be handled", event.stripe_id)
        event.make_due(timezone.now() + settings.BACKOFF_MOST)
