"""Background work: claim a row, do its work, record the outcome. A task takes an id only.

Running any of these twice, late, or for a row that is gone, changes nothing.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from orders.emails import deliver
from orders.models import (
    Attention,
    Email,
    EndedBecause,
    Order,
    Payment,
    PaymentStatus,
    Status,
    StripeEvent,
)
from orders.models.payment import UNSETTLED
from orders.payments.checkout import GRACE
from orders.payments.settle import settle_payment as settle
from orders.payments.sync import ask_to_pay_again, release_order, sync_payment
from orders.retrieval.chain import hand_to_staff, retrieve
from orders.stripe_api import StripeTroubleError
from orders.work import Work, claimed, publish, unclaimed, used_up, waiting

logger = logging.getLogger(__name__)


@shared_task
def retrieve_code(order_id: int) -> None:
    with claimed(Order, order_id) as order:
        if order and order.status == Status.PLACED:
            retrieve(order)


@shared_task
def settle_payment(payment_id: int) -> None:
    with claimed(Payment, payment_id) as payment:
        if payment:
            try:
                settle(payment)
            except StripeTroubleError:
                payment.postpone()
                if payment.delays >= LONG and payment.order.status in (Status.FOUND, Status.ENDING):
                    payment.order.needs_attention(Attention.NO_ANSWER)


@shared_task
def send_email(email_id: int) -> None:
    with claimed(Email, email_id) as email:
        if email:
            deliver(email)


@shared_task
def handle_event(event_id: int) -> None:
    """An event only says where to look: what happened is read from Stripe."""
    with claimed(StripeEvent, event_id) as event:
        if event is None:
            return
        payment = payment_of(event)
        if payment is None:
            event.ignore("no payment of ours")
            return
        try:
            sync_payment(payment)
        except StripeTroubleError:
            event.postpone()
        else:
            heed(event, payment)
            event.handle()


def heed(event: StripeEvent, payment: Payment) -> None:
    """What the payment's own state does not show: somebody doubts it, or gave the money back."""
    if event.type in DOUBTS:
        payment.order.put_on_hold(DOUBTS[event.type])
    elif event.type in RETURNS and payment.amount_captured:
        payment.order.needs_attention(Attention.REFUNDED)


LONG = 6  # "later"s in a row, more than half an hour
DOUBTS = {
    "charge.dispute.created": Attention.DISPUTE,
    "radar.early_fraud_warning.created": Attention.FRAUD,
}
RETURNS = {"charge.refunded", "refund.created"}


def payment_of(event: StripeEvent) -> Payment | None:
    known = Q(session_id=event.object_id) | Q(intent_id=event.object_id)
    if event.intent_id:
        known |= Q(intent_id=event.intent_id)
    if event.payment_uuid:
        known |= Q(uuid=event.payment_uuid)
    return Payment.objects.filter(known).first()


# ------------------------------------------------------------------ the sweep
QUEUES: list[tuple[type[Work], Callable[[int], Any]]] = [
    (StripeEvent, handle_event),
    (Payment, settle_payment),
    (Order, retrieve_code),
    (Email, send_email),
]
BATCH = 500  # rows of a kind that one sweep wakes; the next one, seconds later, wakes the next


def due_work() -> Iterator[tuple[type[Work], Callable[[int], Any], int]]:
    for model, task in QUEUES:
        pks = waiting(model).order_by("due_at").values_list("pk", flat=True)[:BATCH]
        for pk in list(pks):
            yield model, task, pk


@shared_task
def sweep() -> None:
    """Wake what is due, end what passed its deadline, call a person where work keeps failing."""
    put_right()
    for model, _task, pk in due_work():
        publish(model.TASK, pk)


def sweep_here() -> int:
    """The same without Celery: does the work itself. Returns how many rows it looked at."""
    put_right()
    count = 0
    for _model, task, pk in due_work():
        task(pk)
        count += 1
    return count


def put_right() -> None:
    for step in (
        end_overdue_orders,
        expire_forgotten_orders,
        move_on_without_payment,
        call_for_help,
    ):
        try:
            step()
        except DatabaseError as error:  # a deadlock, say: the next sweep tries again
            logger.error("%s: %s", step.__name__, type(error).__name__)


def end_overdue_orders() -> None:
    """Nobody found the code, or nobody paid again, in time. Not while staff have the order open, or
    the customer a payment page: that ends by itself within the hour."""
    overdue = Q(deadline_at__lte=Now()) & unclaimed()
    late = Order.objects.filter(overdue, status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE])
    paying = Payment.objects.filter(status__in=[PaymentStatus.OPEN, PaymentStatus.PROCESSING])
    for order in late.exclude(pk__in=paying.values("order"))[:BATCH]:
        order.end(EndedBecause.DEADLINE, only_if=overdue)


def expire_forgotten_orders() -> None:
    """Never paid, and no payment is open: Stripe refused to make one, or the customer went away."""
    before = timezone.now() - settings.CHECKOUT_LASTS - GRACE
    for order in Order.objects.filter(status=Status.PENDING, created_at__lte=before)[:BATCH]:
        order.expire()


def move_on_without_payment() -> None:
    """Orders whose last payment ended by itself: a hold that lapsed, a page that expired."""
    alive = Payment.objects.filter(status__in=[*UNSETTLED, PaymentStatus.CAPTURED])
    stranded = Order.objects.exclude(pk__in=alive.values("order"))
    for order in stranded.filter(status=Status.ENDING)[:BATCH]:
        release_order(order)
    for order in stranded.filter(status=Status.FOUND)[:BATCH]:
        ask_to_pay_again(order)


def call_for_help() -> None:
    """Claimed CLAIM_LIMIT times without an outcome: a person looks, and it goes on hourly."""
    for order in used_up(Order)[:BATCH]:
        order.needs_attention(Attention.TRIES)
        hand_to_staff(order, only_if=unclaimed())
    for payment in used_up(Payment)[:BATCH]:
        payment.order.needs_attention(Attention.TRIES)
        payment.make_due(timezone.now() + settings.BACKOFF_MOST)
    for email in used_up(Email)[:BATCH]:
        email.order.needs_attention(Attention.MAIL)
        email.make_due(timezone.now() + settings.BACKOFF_MOST)
    for event in used_up(StripeEvent)[:BATCH]:
        logger.error("event %s could not be handled", event.stripe_id)
        event.make_due(timezone.now() + settings.BACKOFF_MOST)
