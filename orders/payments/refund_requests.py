"""Asking Stripe for a refund: `return_money` is the only place that does.

Whatever became of an earlier try, Stripe's list tells before it is asked again. The idempotency key
stays the same while the answer may only have been lost, and changes once Stripe has answered, as it
replays that answer for a day.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import put_on_hold
from orders.models import LIVE_REFUNDS, AttentionReason, Refund, next_number
from orders.payments.refund import follow, record_refund_failed, take_in, take_in_refunds
from orders.stripe_api import StripeBrokenError, StripeRefusedError, StripeTroubleError

logger = logging.getLogger(__name__)

KEY_LASTS = timedelta(hours=23)  # Stripe keeps keys for a day
LONG = timedelta(hours=24)
# Stripe's no that may become a yes, or that its list explains
LATER = {"charge_already_refunded", "charge_disputed", "balance_insufficient"}


def return_money(refund: Refund) -> None:
    """Do what there is to do for a refund that the caller has claimed."""
    try:
        _bring_about(refund)
    except StripeTroubleError as error:  # no answer, or none of use: the same question again
        logger.warning("refund %s: %s", refund.pk, error)
    if refund.is_live:
        _look_again(refund)


def _bring_about(refund: Refund) -> None:
    if refund.stripe_id:
        follow(refund, stripe_api.read_refund(refund.stripe_id))
    elif not (refund.is_by_robot and refund.payment.order.is_on_hold):
        take_in_refunds(refund.payment)
        refund.refresh_from_db()
        if refund.is_live and not refund.stripe_id:
            _ask(refund)


def _ask(refund: Refund) -> None:
    payment = refund.payment
    payment.refresh_from_db()
    if payment.refunds.filter(status__in=LIVE_REFUNDS).exclude(pk=refund.pk).exists():
        return  # made in the Dashboard; how much is left shows when it has come to an end
    if not payment.amount_kept:
        refund.cancel("nothing is left to return")
        return
    if not _take_key(refund, min(refund.amount, payment.amount_kept)):
        return  # slow: somebody else has the row now
    try:
        theirs = stripe_api.create_refund(
            payment.intent_id, refund.amount, refund.pk, refund.idempotency_key
        )
    except StripeBrokenError:
        _drop_key(refund)
    except StripeRefusedError as error:
        _refused(refund, error.code)
    else:
        take_in(payment, theirs)
        refund.refresh_from_db()


def _take_key(refund: Refund, amount: int) -> bool:
    """Commit what Stripe is about to be asked: the same number means the same question."""
    is_old = refund.asked_at is not None and refund.asked_at + KEY_LASTS < timezone.now()
    if amount != refund.amount or is_old:
        _drop_key(refund)
    asked_at = refund.asked_at or timezone.now()
    return refund.keep(amount=amount, asked_at=asked_at)


def _drop_key(refund: Refund) -> None:
    """The next question gets the next number."""
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
    else:
        record_refund_failed(refund, code)


def _look_again(refund: Refund) -> None:
    """Money that waits for our balance, or at a bank, may take days: after one, a person looks."""
    order = refund.payment.order
    told = order.history.filter(
        move="attention", note=AttentionReason.REFUND_WAITS, at__gte=refund.created_at
    )
    if refund.created_at + LONG < timezone.now() and not told.exists():
        order.needs_attention(AttentionReason.REFUND_WAITS)
    refund.postpone()
