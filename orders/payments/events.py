"""Handles Stripe's events.

An event only says where to look: its handler reads the object from Stripe, so that events may come
twice, late or in another order. The shop subscribes to the events that have a handler here.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from orders import limits, stripe_api
from orders.desk.holds import put_on_hold, release_hold
from orders.lib.log_context import add_log_fields
from orders.limits import tries_to_pay
from orders.models import (
    DECLINED_EVENT,
    REVIEW_CLOSED_EVENT,
    AttentionReason,
    EndedBecause,
    Payment,
    PaymentStatus,
    Status,
    StripeEvent,
)
from orders.payments.checkout import expire_at_stripe
from orders.payments.dispute import sync_dispute
from orders.payments.refund import sync_refunds
from orders.payments.sync import REVIEW_APPROVED, SECURED, stop_for_review, sync_payment
from orders.stripe_api import StripeRefusedError

Handler = Callable[[StripeEvent, Payment], object]


def follow_payment(event: StripeEvent, payment: Payment) -> None:
    sync_payment(payment)


def follow_decline(event: StripeEvent, payment: Payment) -> None:
    """Close the payment page if too many cards are tried on it."""
    sync_payment(payment)
    tries = len(tries_to_pay(payment.order))
    if payment.status == PaymentStatus.OPEN and tries >= limits.PAYMENTS_PER_ORDER:
        expire_at_stripe(str(payment.session_id))
        sync_payment(payment)


def follow_refunds(event: StripeEvent, payment: Payment) -> None:
    sync_payment(payment)
    sync_refunds(payment)


def follow_dispute(event: StripeEvent, payment: Payment) -> None:
    sync_payment(payment)
    sync_dispute(payment, event.object_id)


def handle_early_fraud_warning(event: StripeEvent, payment: Payment) -> None:
    """We cannot list fraud warnings, so we act on the event. Only once: a warning that staff have
    settled is not raised again."""
    sync_payment(payment)
    order = payment.order
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        if order.history.filter(note=AttentionReason.FRAUD).exists():
            return
        if order.status in CODE_IS_OUT:
            order.needs_attention(AttentionReason.FRAUD)
        else:
            put_on_hold(order, AttentionReason.FRAUD)


CODE_IS_OUT = (Status.DELIVERED, Status.REFUNDED)


def follow_review(event: StripeEvent, payment: Payment) -> None:
    sync_payment(payment)
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        stop_for_review(payment)


def close_review(event: StripeEvent, payment: Payment) -> None:
    """Let the order go on after an approval, and end it otherwise.

    Only the event says how the review was closed. A dispute closes it, too, and decides then.
    """
    if event.outcome == REVIEW_APPROVED:
        sync_payment(payment)
        release_hold(payment.order, AttentionReason.REVIEW)
    elif event.outcome in ("", "disputed"):
        sync_payment(payment)
    else:
        # Before the payment is read, which would ask the customer to pay again; and afterwards,
        # as that may be what places the order.
        _end_reviewed(payment, event.outcome)
        follow_refunds(event, payment)
        _end_reviewed(payment, event.outcome)


def _end_reviewed(payment: Payment, outcome: str) -> None:
    is_fraud = outcome == "refunded_as_fraud"
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        order = payment.order
        if payment.status in SECURED and not payment.is_superseded:
            order.end_reviewed(EndedBecause.FRAUD if is_fraud else EndedBecause.RETURNED)
        if order.status == Status.ENDING:
            release_hold(order, AttentionReason.REVIEW)


HANDLERS: Mapping[str, Handler] = {
    "checkout.session.completed": follow_payment,
    "checkout.session.async_payment_succeeded": follow_payment,
    "checkout.session.async_payment_failed": follow_payment,
    "checkout.session.expired": follow_payment,
    "payment_intent.amount_capturable_updated": follow_payment,
    "payment_intent.canceled": follow_payment,
    DECLINED_EVENT: follow_decline,
    "payment_intent.succeeded": follow_payment,
    "charge.captured": follow_payment,
    "charge.expired": follow_payment,
    "charge.refunded": follow_refunds,
    "refund.created": follow_refunds,
    "refund.updated": follow_refunds,
    "refund.failed": follow_refunds,
    "charge.dispute.created": follow_dispute,
    "charge.dispute.updated": follow_dispute,
    "charge.dispute.closed": follow_dispute,
    "charge.dispute.funds_withdrawn": follow_dispute,
    "charge.dispute.funds_reinstated": follow_dispute,
    "radar.early_fraud_warning.created": handle_early_fraud_warning,
    "review.opened": follow_review,
    REVIEW_CLOSED_EVENT: close_review,
}
SUBSCRIBED = frozenset(HANDLERS)


def handle(event: StripeEvent) -> None:
    """Handle an event that the caller has leased. Raises StripeTroubleError."""
    if why := why_ignored(event):
        event.ignore(why)
        return
    payment = payment_of(event)
    if payment is None:
        event.ignore("no payment of ours")
        return
    add_log_fields(order=payment.order_number)
    HANDLERS[event.type](event, payment)
    event.handle()


def why_ignored(event: StripeEvent) -> str:
    if event.type not in SUBSCRIBED:
        return "a type that we did not subscribe to"
    if event.is_live != settings.STRIPE_LIVE:
        return "of the other mode"
    return ""


def payment_of(event: StripeEvent) -> Payment | None:
    """Find our payment by the ids in the event. There is none for events of another shop at the
    same account."""
    known = Q(session_id=event.object_id) | Q(intent_id=event.object_id, intent_id__gt="")
    if event.intent_id:
        known |= Q(intent_id=event.intent_id)
    found = Payment.objects.filter(known | _has_uuid(event.payment_uuid)).first()
    if found or not event.intent_id:
        return found
    # Warnings, refunds and disputes name only the intent, and may come before we have stored it.
    with suppress(StripeRefusedError):
        uuid = stripe_api.payment_uuid_of(event.intent_id)
        return Payment.objects.filter(_has_uuid(uuid)).first()
    return None


def _has_uuid(text: str) -> Q:
    try:
        return Q(uuid=UUID(text))
    except ValueError:  # another shop's metadata
        return Q(pk__in=[])
