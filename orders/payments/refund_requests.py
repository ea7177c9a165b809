"""Requests refunds from Stripe: `request_refund` is the only place that does.

Before every try Stripe's list shows what became of the one before. The idempotency key stays the
same while an answer may have been lost, and changes once Stripe has answered, since Stripe replays
that answer for a day.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import put_on_hold
from orders.models import LIVE_REFUNDS, AttentionReason, Refund, next_number
from orders.payments.refund import follow, record_refund_failed, sync_refund, sync_refunds
from orders.stripe_api import StripeBrokenError, StripeRefusedError, StripeTroubleError

logger = logging.getLogger(__name__)

KEY_LASTS = timedelta(hours=23)  # Stripe keeps keys for a day
SLOW_AFTER = timedelta(hours=24)
# refusals that may pass, or that Stripe's list explains
LATER = {"charge_already_refunded", "charge_disputed", "balance_insufficient"}


def request_refund(refund: Refund) -> None:
    """Advance a refund that the caller has leased."""
    try:
        _advance(refund)
    except StripeTroubleError as error:  # no answer: repeat the same request
        logger.warning("refund %s: %s", refund.pk, error)
    if refund.is_live:
        _check_again(refund)


def _advance(refund: Refund) -> None:
    if refund.stripe_id:
        follow(refund, stripe_api.read_refund(refund.stripe_id))
    elif not (refund.is_automatic and refund.payment.order.is_on_hold):
        sync_refunds(refund.payment)
        refund.refresh_from_db()
        if refund.is_live and not refund.stripe_id:
            _ask(refund)


def _ask(refund: Refund) -> None:
    payment = refund.payment
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        if refund.is_automatic and payment.order.is_on_hold:
            return  # since Stripe was asked for the list
        if payment.refunds.filter(status__in=LIVE_REFUNDS).exclude(pk=refund.pk).exists():
            return  # made in the Dashboard; what is left is known when it has ended
        if not payment.amount_kept:
            refund.cancel("nothing is left to return")
            return
        if not _take_key(refund, min(refund.amount, payment.amount_kept)):
            return  # too slow: another worker has the row
    try:
        theirs = stripe_api.create_refund(
            payment.intent_id, refund.amount, refund.pk, refund.idempotency_key
        )
    except StripeBrokenError:
        _drop_key(refund)
    except StripeRefusedError as error:
        _refused(refund, error.code)
    else:
        sync_refund(payment, theirs)
        refund.refresh_from_db()


def _take_key(refund: Refund, amount: int) -> bool:
    """Commit the request before it is sent: the same number means the same request."""
    is_old = refund.asked_at is not None and refund.asked_at + KEY_LASTS < timezone.now()
    if amount != refund.amount or is_old:
        _drop_key(refund)
    asked_at = refund.asked_at or timezone.now()
    return refund.keep(amount=amount, asked_at=asked_at)


def _drop_key(refund: Refund) -> None:
    """Give the next request the next number."""
    with transaction.atomic():
        refund.payment.order.lock()
        refund.keep(number=next_number(refund.payment), asked_at=None)


def _refused(refund: Refund, code: str) -> None:
    order = refund.payment.order
    logger.warning("order %s: refund %s refused: %s", order.number, refund.pk, code)
    if code == "charge_disputed":
        put_on_hold(order, AttentionReason.DISPUTE)
    if code in LATER:
        refund.keep(failure=code)
        _drop_key(refund)
        return
    with transaction.atomic():
        order.lock()
        refund.refresh_from_db()
        if refund.stripe_id is None:  # else it has become a refund that Stripe has, in the meantime
            record_refund_failed(refund, code)


def _check_again(refund: Refund) -> None:
    """Postpone; staff look at a refund that waits for our balance or a bank for over a day."""
    order = refund.payment.order
    was_raised = order.history.filter(
        move="attention", note=AttentionReason.REFUND_WAITS, at__gte=refund.created_at
    )
    if refund.created_at + SLOW_AFTER < timezone.now() and not was_raised.exists():
        order.needs_attention(AttentionReason.REFUND_WAITS)
    refund.postpone()
