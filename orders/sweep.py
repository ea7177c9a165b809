"""The sweep: wakes what is due, ends what passed its deadline, moves on what was left behind.

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

from orders.desk.holds import watch_holds
from orders.desk.reminders import drop_old_photos, remind_customers, watch_desk
from orders.leases import Work, unclaimed, used_up, waiting
from orders.lib.redis import queue_lengths, queue_of
from orders.models import (
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
from orders.models.dispute import LOST
from orders.models.payment import KEEPING, UNSETTLED
from orders.payments.checkout import GRACE
from orders.payments.monitoring import watch_declines, watch_events
from orders.payments.sync import ask_to_pay_again, release_order
from orders.retrieval.chain import hand_to_staff

logger = logging.getLogger(__name__)

QUEUES: list[type[Work]] = [StripeEvent, Payment, Refund, Order, Email, Alert, Licence, Import]
SWEEP = "orders.tasks.sweep"
BATCH = 500  # rows of a kind that one sweep wakes; the next one, seconds later, wakes the next


def go_round(act: Callable[[str, int], object], *, spare_queues: bool = False) -> int:
    """Put right what was left behind, then call `act` with task and row of all that is due; to
    `spare_queues`, only of `what_no_message_tells_of`.

    Returns how many rows that were.
    """
    put_right()
    count = 0
    for task, pk in what_no_message_tells_of() if spare_queues else due_work():
        act(task, pk)
        count += 1
    LastRun.note(LastRun.SWEEP)
    return count


def due_work() -> Iterator[tuple[str, int]]:
    for model in QUEUES:
        for _due_at, pk in longest_due(model):
            yield model.TASK, pk


def longest_due(model: type[Work]) -> list[tuple[datetime, int]]:
    rows = waiting(model).order_by("due_at").values_list("due_at", "pk")[:BATCH]
    return [(at, pk) for at, pk in rows if at]


def what_no_message_tells_of() -> list[tuple[str, int]]:
    """As many rows as are due beyond the messages that wait in their queue, the longest due first:
    those were woken already, or their messages are lost.

    Waking each row in every sweep would fill the queue with the same rows again while workers
    cannot keep up; letting such messages expire would starve what nobody else wakes.
    """
    due: dict[str, list[tuple[datetime, str, int]]] = defaultdict(list)
    for model in QUEUES:
        due[queue_of(model.TASK)] += [(at, model.TASK, pk) for at, pk in longest_due(model)]
    try:
        waiting_messages = queue_lengths()
    except redis.RedisError:  # publishing will say so
        waiting_messages = {}
    # where the sweep's own messages wait, a message need not be of a row
    waiting_messages.pop(queue_of(SWEEP), None)
    return [
        (task, pk)
        for queue, rows in due.items()
        for _at, task, pk in sorted(rows)[: max(0, len(rows) - waiting_messages.get(queue, 0))]
    ]


def put_right() -> None:
    for step in (
        end_overdue_orders,
        expire_forgotten_orders,
        move_on_without_payment,
        return_what_was_left,
        call_for_help,
        watch_declines,
        watch_events,
        watch_desk,
        watch_holds,
        remind_customers,
        drop_old_photos,
        ask_for_licence,
    ):
        try:
            step()
        except DatabaseError as error:  # a deadlock, say: the next sweep tries again
            logger.error("%s: %s", step.__name__, type(error).__name__)


def has_payment(*statuses: str) -> Exists:
    """Asked of each order that is looked at, and not of all payments there ever were."""
    return Exists(Payment.objects.filter(order=OuterRef("pk"), status__in=statuses))


def end_overdue_orders() -> None:
    """Nobody found the code, or nobody paid again, in time. Not while staff have the order open, or
    the customer a payment page: that ends by itself within the hour."""
    overdue = Q(deadline_at__lte=Now()) & unclaimed()
    late = Order.objects.filter(overdue, status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE])
    # what was taken is for a person to decide on: no robot would return it
    late = late.exclude(has_payment(*KEEPING), on_hold_at__isnull=False)
    for order in late.exclude(has_payment(PaymentStatus.OPEN, PaymentStatus.PROCESSING))[:BATCH]:
        order.end(EndedBecause.DEADLINE, only_if=overdue)


def expire_forgotten_orders() -> None:
    """Never paid, and no payment is open: Stripe refused to make one, or the customer went away."""
    before = timezone.now() - settings.CHECKOUT_LASTS - GRACE
    forgotten = Order.objects.filter(status=Status.PENDING, created_at__lte=before)
    no_time_left = Q(deadline_at=None) | Q(deadline_at__lte=Now())
    for order in forgotten.filter(no_time_left)[:BATCH]:
        order.expire()


def move_on_without_payment() -> None:
    """Orders whose last payment ended by itself: a hold that lapsed, a page that expired."""
    stranded = Order.objects.exclude(has_payment(*UNSETTLED, *KEEPING))
    for order in stranded.filter(status=Status.ENDING)[:BATCH]:
        release_order(order)
    for order in stranded.filter(status=Status.FOUND)[:BATCH]:
        ask_to_pay_again(order)
    nobody_decides = Q(on_hold_at__lte=timezone.now() - settings.HOLD_LASTS)
    for order in stranded.filter(nobody_decides, status=Status.PLACED)[:BATCH]:
        order.end_undecided()


def return_what_was_left() -> None:
    """Money taken for an order that ended without a code, or twice, of which nothing is on its way
    back: settling the payment returns it."""
    left = Payment.objects.filter(status__in=KEEPING, due_at=None, refunds=None)
    left = left.exclude(disputes__status=LOST)
    # one after the other: for both at once the database would go through all that was ever paid
    for too_much in (Q(is_superseded=True), Q(order__status=Status.ENDING)):
        for payment in left.filter(too_much)[:BATCH]:
            payment.make_due()


def ask_for_licence() -> None:
    """With the supplier of codes, once a day."""
    licence = Licence.ours()
    if licence and licence.is_to_be_asked:
        licence.make_due()


def call_for_help() -> None:
    """Claimed CLAIM_LIMIT times without an outcome: a person looks, and it goes on hourly."""
    for order in used_up(Order)[:BATCH]:
        order.needs_attention(AttentionReason.TRIES)
        hand_to_staff(order, only_if=unclaimed())
    for payment in used_up(Payment)[:BATCH]:
        payment.order.needs_attention(AttentionReason.TRIES)
        payment.make_due(timezone.now() + settings.BACKOFF_MOST)
    for refund in used_up(Refund)[:BATCH]:
        refund.payment.order.needs_attention(AttentionReason.TRIES)
        refund.make_due(timezone.now() + settings.BACKOFF_MOST)
    for email in used_up(Email)[:BATCH]:
        email.order.needs_attention(AttentionReason.MAIL)
        email.make_due(timezone.now() + settings.BACKOFF_MOST)
    for alert in used_up(Alert)[:BATCH]:
        alert.make_due(timezone.now() + settings.BACKOFF_MOST)
    for licence in used_up(Licence):
        licence.make_due(timezone.now() + settings.BACKOFF_MOST)
    for job in used_up(Import)[:BATCH]:
        job.give_up()
    for event in used_up(StripeEvent)[:BATCH]:
        logger.error("event %s could not be handled", event.stripe_id)
        event.make_due(timezone.now() + settings.BACKOFF_MOST)
