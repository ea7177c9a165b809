"""The sweep: enqueue what is due, end what is overdue, recover what was left behind.

Everything in the shop that waits is a row. Lost messages, killed workers and dropped webhooks cost
the time until the next sweep, and nothing else.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.desk.deadlines import DECIDED_WITHIN, UNDECIDED, decide_by
from orders.desk.holds import adopt_attention
from orders.desk.label_photos import drop_label_photos
from orders.desk.photos import drop_old_photos
from orders.desk.problems import give_to_desk
from orders.desk.reminders import remind_customers, watch_desk, watch_holds, watch_problems
from orders.family_hashes import adopt_family_hashes
from orders.leases import Work, exhausted, waiting, without_lease
from orders.legal import adopt_consents
from orders.lib.batches import some
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
    LinkRequest,
    Message,
    Order,
    Payment,
    PaymentStatus,
    Problem,
    Refund,
    Status,
    StripeEvent,
    on_its_own,
    raise_alert,
)
from orders.payments.checkout import CHECKOUT_LASTS, GRACE
from orders.payments.monitoring import watch_declines, watch_events
from orders.payments.sync import ask_to_pay_again, release_order
from orders.privacy.mailboxes import adopt_mailboxes
from orders.retrieval.chain import answer_waiting_orders, hand_to_staff
from orders.retrieval.families import compare_known_codes, review_families

logger = logging.getLogger(__name__)

QUEUES: list[type[Work]] = [
    StripeEvent, Payment, Refund, Order, Problem, LinkRequest, Email, Message, Alert, Licence,
    Import,
]  # fmt: skip
SWEEP = "orders.tasks.sweep"
BATCH = 500  # rows of a kind in one sweep; the next one, seconds later, takes the next
EVENT_LASTS = timedelta(days=1)  # how long an event is tried that fails each time


def run_sweep(act: Callable[[str, int], object], *, spare_queues: bool = False) -> int:
    """Call `act` with the task and id of each due row, then recover stuck orders.

    With `spare_queues`, only of `rows_without_a_queued_task`; otherwise also of what the
    repairs made due. Returns the number of rows.
    """
    count = act_on(rows_without_a_queued_task() if spare_queues else due_work(), act)
    recover_stuck_orders()
    if not spare_queues:  # nothing else does it where no messages are sent
        count += act_on(due_work(), act)
    LastRun.note(LastRun.SWEEP)
    return count


def act_on(rows: Iterable[tuple[str, int]], act: Callable[[str, int], object]) -> int:
    count = 0
    for task, pk in rows:
        with on_its_own(task):
            act(task, pk)
        count += 1
    return count


def due_work() -> Iterator[tuple[str, int]]:
    for model in QUEUES:
        for _at, pk in oldest_due(model):
            yield model.TASK, pk


def oldest_due(model: type[Work]) -> list[tuple[datetime, int]]:
    found: list[tuple[datetime | None, int]] = []
    with on_its_own(f"due {model._meta.model_name}"):
        rows = waiting(model).order_by("due_at").values_list("due_at", "pk")
        found = list(rows[:BATCH])
    return [(at, pk) for at, pk in found if at]


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
        for _since, task, pk in sorted(rows)[: max(0, len(rows) - waiting_messages.get(queue, 0))]
    ]


def recover_stuck_orders() -> None:
    for step in (
        adopt_attention,
        adopt_family_hashes,
        compare_known_codes,
        review_families,
        answer_waiting_orders,
        end_overdue_orders,
        expire_forgotten_orders,
        end_undecided_orders,
        advance_unpaid_orders,
        refund_leftovers,
        escalate_exhausted_work,
        watch_declines,
        watch_events,
        watch_desk,
        watch_holds,
        watch_problems,
        remind_customers,
        drop_old_photos,
        drop_label_photos,
        ask_for_licence,
        adopt_consents,
        adopt_mailboxes,
    ):
        with on_its_own(step.__name__):
            step()


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
    for order in some(late.exclude(has_payment(PaymentStatus.OPEN, PaymentStatus.PROCESSING))):
        with on_its_own("end_overdue_orders"):
            order.end(EndedBecause.DEADLINE, only_if=overdue)


def expire_forgotten_orders() -> None:
    """Expire orders that were never paid and have no open payment."""
    before = timezone.now() - CHECKOUT_LASTS - GRACE
    forgotten = Order.objects.filter(status=Status.PENDING, created_at__lte=before)
    for order in some(forgotten.filter(Q(deadline_at=None) | Q(deadline_at__lte=Now()))):
        with on_its_own("expire_forgotten_orders"):
            order.expire()


def advance_unpaid_orders() -> None:
    """Move on orders whose last payment ended by itself, such as an expired authorization."""
    stranded = Order.objects.exclude(has_payment(*UNSETTLED, *KEEPING_MONEY))
    steps: list[tuple[Callable[[Order], object], QuerySet[Order]]] = [
        (release_order, stranded.filter(status=Status.ENDING)),
        # refunded by a process of version 1.0, which does not know this status
        (Order.refund, stranded.filter(status=Status.PROBLEM)),
        (ask_to_pay_again, stranded.filter(status=Status.FOUND)),
    ]
    for step, orders in steps:
        for order in some(orders):
            with on_its_own(step.__name__):
                step(order)


def end_undecided_orders() -> None:
    """End orders on hold whose time to decide is up. Captured money is for staff to decide."""
    latest = timezone.now() - DECIDED_WITHIN  # working time never passes faster
    orders = Order.objects.filter(status__in=UNDECIDED, on_hold_at__lte=latest)
    orders = orders.exclude(has_payment(*KEEPING_MONEY))
    for order in some(orders.exclude(has_payment(PaymentStatus.OPEN, PaymentStatus.PROCESSING))):
        with on_its_own("end_undecided_orders"):
            if (at := decide_by(order)) and at <= timezone.now():
                order.end_undecided()


def refund_leftovers() -> None:
    """Make payments due whose captured money has to go back and has no refund yet."""
    left = Payment.objects.filter(status__in=KEEPING_MONEY, due_at=None, refunds=None)
    left = left.exclude(disputes__status=DISPUTE_LOST)
    # one condition after the other: for both at once the database would read all payments
    for too_much in (Q(is_superseded=True), Q(order__status=Status.ENDING)):
        for payment in some(left.filter(too_much)):
            with on_its_own("refund_leftovers"):
                payment.make_due()


def ask_for_licence() -> None:
    """Make the supplier's licence due for its daily check."""
    licence = Licence.ours()
    if licence and licence.is_to_be_asked:
        licence.make_due()


def escalate_exhausted_work() -> None:
    """Ask staff to look at rows that were leased too often without a result; go on hourly."""
    for model, escalate in ESCALATIONS.items():
        step = f"escalate {model._meta.model_name}"
        with on_its_own(step):
            for row in some(exhausted(model)):
                with on_its_own(step):
                    escalate(row)


def _escalate_order(order: Order) -> None:
    order.needs_attention(AttentionReason.TRIES)
    hand_to_staff(order, only_if=without_lease())


def _escalate_problem(problem: Problem) -> None:
    problem.order.needs_attention(AttentionReason.TRIES)
    give_to_desk(problem, only_if=without_lease())


def _escalate_payment(payment: Payment) -> None:
    payment.order.needs_attention(AttentionReason.TRIES)
    _try_hourly(payment)


def _escalate_refund(refund: Refund) -> None:
    refund.payment.order.needs_attention(AttentionReason.TRIES)
    _try_hourly(refund)


def _escalate_email(email: Email) -> None:
    email.order.needs_attention(AttentionReason.MAIL)
    _try_hourly(email)


def _escalate_event(event: StripeEvent) -> None:
    """Give up after a day: staff are alerted, and can have it handled again."""
    logger.error("event %s could not be handled", event.stripe_id)
    if event.received_at > timezone.now() - EVENT_LASTS:
        _try_hourly(event)
    elif event.give_up():
        words = _(
            "Event %(id)s (%(type)s) of Stripe could not be handled for a day, and is not tried "
            "again. The log says why. Its payment is still compared with Stripe's."
        )
        values = {"id": event.stripe_id, "type": event.type}
        raise_alert(Alert.Kind.EVENTS, f"event:{event.pk}", words % values)


def _try_hourly(row: Work) -> None:
    row.make_due(timezone.now() + settings.BACKOFF_MOST)


ESCALATIONS: dict[type[Work], Callable[[Any], object]] = {
    Order: _escalate_order,
    Problem: _escalate_problem,
    Payment: _escalate_payment,
    Refund: _escalate_refund,
    Email: _escalate_email,
    Alert: _try_hourly,
    Licence: _try_hourly,
    LinkRequest: _try_hourly,
    Message: _try_hourly,
    Import: Import.give_up,
    StripeEvent: _escalate_event,
}
