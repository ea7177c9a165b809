"""Closes at Stripe what the shop cannot use: payments that differ from our rows, or have no order.

Staff ask for it. Stripe's state is read first each time: a second click, or one after a lost
answer, refunds nothing twice.
"""

import uuid

from django.contrib.auth.models import User
from django.db import transaction

from orders import stripe_api
from orders.desk import holds
from orders.models import (
    EVER_CAPTURED,
    Alert,
    Attention,
    AttentionReason,
    Payment,
    PaymentStatus,
    Status,
)
from orders.payments.checkout import expire_at_stripe
from orders.payments.sync import ask_to_pay_again, release_order, sync_payment
from orders.stripe_api import ReadSession

CLOSED_WITH_IT = (AttentionReason.MISMATCH, AttentionReason.UNKNOWN_STATE)
CLOSED = "closed by staff: Stripe's session differs"


class StillProcessingError(Exception):
    """A bank has not answered yet: neither a cancel nor a refund is possible."""


def payments_to_close(attention: Attention) -> list[Payment]:
    """Return the payments that no sync can follow any further: staff release or refund them."""
    payments = list(attention.order.payments.all())
    if attention.reason == AttentionReason.MISMATCH:
        return [each for each in payments if each.is_unsettled]
    if attention.reason == AttentionReason.UNKNOWN_STATE:  # given up, yet Stripe says authorized
        return [each for each in payments if each.status == "failed" and each.held_at]
    return []


def close_payment(payment: Payment, by: User) -> bool:
    """Release or refund a payment that differs from ours, and give it up.

    Returns false, and changes nothing, if it agrees with Stripe by now. Raises StripeTroubleError,
    StripeRefusedError, StillProcessingError.
    """
    if payment.session_id is None or payment.status in EVER_CAPTURED:
        return False
    agrees = sync_payment(payment)
    payment.refresh_from_db()
    if agrees and (payment.is_unsettled or payment.status in EVER_CAPTURED):
        return False
    if not _is_of_another(payment):
        undo(payment.session_id)
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        order = payment.order
        payment.fail(CLOSED)
        order.write_history("close_payment", f"{payment.amount_text}, {payment.session_id}", by)
        if order.status == Status.FOUND and not _has_other_money(payment):
            ask_to_pay_again(order)
        release_order(order)
        for attention in order.open_attentions.filter(reason__in=CLOSED_WITH_IT):
            holds.settle(attention, by)
        for alert in Alert.objects.filter(key=f"payment:{payment.pk}", settled_at=None):
            alert.settle(by)
    return True


def _is_of_another(payment: Payment) -> bool:
    """Whether the session belongs to another payment of ours, whose money stays where it is."""
    session = stripe_api.read_session(str(payment.session_id))
    others = Payment.objects.exclude(pk=payment.pk)
    try:
        return others.filter(uuid=uuid.UUID(session.payment_uuid)).exists()
    except ValueError:
        return False


def _has_other_money(payment: Payment) -> bool:
    secured = (PaymentStatus.AUTHORIZED, *EVER_CAPTURED)
    others = payment.order.payments.filter(status__in=secured, is_superseded=False)
    return others.exclude(pk=payment.pk).exists()


def undo(session_id: str) -> ReadSession:
    """Close a session's page, and release or refund what was paid on it. Returns what was there."""
    session = stripe_api.read_session(session_id)
    if session.status == "open":
        expire_at_stripe(session_id)
        session = stripe_api.read_session(session_id)  # it may have been paid just before
    key = uuid.uuid4().hex  # Stripe itself refuses to release or refund more than there is
    left = session.amount_received - session.amount_refunded
    if session.intent_status == "processing":
        raise StillProcessingError
    if session.intent_status == "requires_capture":
        stripe_api.cancel(session.intent_id, key)
    elif session.intent_status == "succeeded" and left > 0:
        stripe_api.create_refund(session.intent_id, left, 0, key)
    return session
