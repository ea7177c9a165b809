"""Learning of money. `sync_payment` is the only place that does, and webhook, the customer's return
and the sweep all lead there."""

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.models import Attention, Mail, Order, Payment, PaymentStatus, Status, queue_mail
from orders.stripe_api import ReadSession

logger = logging.getLogger(__name__)


def sync_payment(payment: Payment, *, hurried: bool = False) -> None:
    """Read the session from Stripe, check it against our row, make the move that it calls for.

    Safe to call at any time, any number of times, by anyone. Raises StripeTroubleError,
    StripeRefusedError.
    """
    if payment.session_id is None:
        return
    session = stripe_api.read_session(payment.session_id, hurried=hurried)
    if _differs(payment, session):
        logger.error("order %s: Stripe's session differs from ours", payment.order.number)
        payment.order.needs_attention(Attention.MISMATCH)
        return
    _follow(payment, session)


def _differs(payment: Payment, session: ReadSession) -> bool:
    return (
        session.mode != "payment"
        or session.is_live != settings.STRIPE_LIVE
        or session.amount != payment.amount
        or session.currency != payment.currency
        or session.payment_uuid != str(payment.uuid)
        or session.reference != payment.order.number
    )


def _follow(payment: Payment, session: ReadSession) -> None:
    """From Stripe's state to our move. What is not in the table is for a person."""
    match session.status, session.intent_status:
        case _, "requires_capture":
            payment.hold(session.intent_id, session.hold_ends_at)
        case _, "succeeded":
            _taken(payment, session)
        case _, "canceled":
            _undone(payment)
        case "complete", "processing":
            payment.process(session.intent_id)
        case "expired", _:
            payment.expire()
        case "open", _:
            pass
        case _:
            payment.order.needs_attention(Attention.UNKNOWN_STATE)


def _taken(payment: Payment, session: ReadSession) -> None:
    """Captured at Stripe. By us, if the answer was lost; otherwise a person must look, as we only
    offer what can be held."""
    if payment.status == PaymentStatus.HELD and payment.order.status == Status.FOUND:
        record_capture(payment, session.amount_received)
    elif payment.is_unsettled and payment.capture(session.amount_received):
        payment.order.needs_attention(Attention.UNKNOWN_STATE)


def _undone(payment: Payment) -> None:
    """The hold is gone: we cancelled it, it lapsed, or somebody cancelled it at Stripe."""
    order = payment.order
    if order.status == Status.ENDING or payment.is_superseded:
        record_cancel(payment)
    elif order.status == Status.FOUND:
        record_failure(payment, "hold lapsed")
    elif payment.fail("hold lapsed"):
        order.needs_attention(Attention.CAPTURE)


# ------------------------------------------------------------------ what follows from it
def record_capture(payment: Payment, amount: int) -> None:
    """Money taken, so the code may be shown: both in one transaction, with the mail."""
    with transaction.atomic():
        payment.capture(amount)
        order = payment.order
        if payment.status == PaymentStatus.CAPTURED and order.ready():
            queue_mail(order, Mail.YOUR_CODE)
    if amount != payment.amount:
        order.needs_attention(Attention.MISMATCH)


def record_failure(payment: Payment, why: str) -> None:
    """The capture was refused or the hold had lapsed: show nothing, ask to pay again."""
    with transaction.atomic():
        if payment.fail(why):
            ask_to_pay_again(payment.order)


def record_cancel(payment: Payment) -> None:
    with transaction.atomic():
        payment.cancel()
        release_order(payment.order)


def ask_to_pay_again(order: Order) -> None:
    until = timezone.now() + settings.PAYMENT_DUE_LASTS
    with transaction.atomic():
        if order.payment_failed(until):
            queue_mail(order, Mail.PAY_AGAIN)


def release_order(order: Order) -> None:
    """Only an order that is ending and of which nothing is held moves; only then mail is sent."""
    with transaction.atomic():
        if order.release():
            queue_mail(order, Mail.NO_CODE)
