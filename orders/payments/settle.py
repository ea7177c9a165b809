"""Captures and releases authorizations: `settle_payment` is the only place that does."""

import logging
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from orders import stripe_api
from orders.leases import without_lease
from orders.models import AttentionReason, EndedBecause, Order, Payment, PaymentStatus, Status
from orders.payments.checkout import (
    GRACE,
    NO_SESSION,
    SHORTEST_SESSION,
    create_session,
    expire_at_stripe,
)
from orders.payments.refund import refund_what_is_kept
from orders.payments.sync import (
    make_ready,
    record_cancel,
    record_capture,
    record_failure,
    record_refused_capture,
    release_order,
    sync_payment,
)
from orders.stripe_api import StripeBrokenError, StripeRefusedError

logger = logging.getLogger(__name__)

UNEXPECTED_STATE = "payment_intent_unexpected_state"
LONG = 6  # postponements in a row, more than half an hour


def settle_payment(payment: Payment) -> None:
    """Do what the order's status requires, for a payment that the caller has leased.

    The state read from Stripe may make new work due, which ends the lease; the next lease does it.
    """
    lease = payment.claim_token
    if not sync_or_open(payment):
        payment.postpone()  # staff must look first
        return
    if payment.claim_token != lease:
        return
    order = payment.order
    if payment.status == PaymentStatus.AUTHORIZED:
        _settle_authorization(payment, order)
    elif payment.is_unsettled and order.status == Status.ENDING:
        _close_session(payment)
    elif payment.is_unsettled:
        payment.postpone(_next_sync_at(payment))
    elif order.is_on_hold and order.status != Status.ENDING:
        payment.postpone()  # captured, and staff must decide
    else:
        make_ready(payment)
        is_all = refund_what_is_kept(payment)
        if order.status == Status.ENDING:
            release_order(order)
        if is_all:
            payment.finish()
        else:
            payment.postpone()


def sync_or_open(payment: Payment) -> bool:
    """Sync a payment; if the answer with its session was lost, ask for the session again.

    Returns false if Stripe's session differs from our row.
    """
    if payment.status == PaymentStatus.OPEN and payment.session_id is None:
        if payment.expires_at - SHORTEST_SESSION < timezone.now():
            payment.expire(only_if=NO_SESSION)
            return True
        try:
            create_session(payment)
        except (StripeRefusedError, StripeBrokenError):
            return True  # the payment has failed; the customer may start another
    return sync_payment(payment) if payment.is_unsettled else True


def _next_sync_at(payment: Payment) -> datetime | None:
    """Return a time soon while the customer may be paying, later while a bank processes the
    payment; None for a growing back-off."""
    if payment.status == PaymentStatus.PROCESSING:
        return timezone.now() + settings.DELAYED_SYNC_EVERY
    if timezone.now() < payment.expires_at + GRACE:
        return timezone.now() + settings.PAYMENT_SYNC_EVERY
    return None


def _settle_authorization(payment: Payment, order: Order) -> None:
    decide_at = (payment.hold_ends_at or timezone.now()) - settings.HOLD_MARGIN
    if payment.is_superseded or order.status == Status.ENDING:
        _release_authorization(payment)
    elif order.status == Status.FOUND and not order.is_on_hold:
        _capture(payment)
    elif decide_at > timezone.now():
        payment.postpone(decide_at)
    elif not _end_in_time(order):
        payment.postpone()  # staff have it open; an order that ended makes it due again


def _end_in_time(order: Order) -> bool:
    """End the order before the authorization expires; on hold too, as nothing was captured."""
    if order.is_on_hold:
        return order.end_undecided()
    return order.end(EndedBecause.DEADLINE, only_if=without_lease())


def attempt_key(payment: Payment) -> str:
    """Return an idempotency key: the same after a crash, a new one after a postponement.

    Stripe replays a failure for its key. Two keys cannot capture twice, since Stripe captures an
    intent only once.
    """
    return f"{payment.idempotency_key}-{payment.delays}"


def _capture(payment: Payment) -> None:
    try:
        amount = stripe_api.capture(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code == UNEXPECTED_STATE:
            sync_payment(payment)  # captured with the answer lost, expired, or processing
            _try_later(payment)
        else:
            _drop_authorization(payment, error.code)
        return
    if amount == payment.amount:
        record_capture(payment, amount)
    else:
        _try_later(payment)  # not confirmed, or only a part: the next run reads the state


def _drop_authorization(payment: Payment, why: str) -> None:
    """Release an authorization that cannot be captured.

    Cancel first: if this process dies before the failure is recorded, the next one finds the
    authorization cancelled and asks for a new payment all the same.
    """
    try:
        stripe_api.cancel(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code == UNEXPECTED_STATE:
            sync_payment(payment)  # expired, or captured in the Dashboard
            _try_later(payment)
            return
        logger.warning(
            "order %s: refused authorization not cancelled: %s", payment.order.number, error.code
        )
        record_refused_capture(payment, why)
    else:
        record_failure(payment, why)


def _try_later(payment: Payment) -> None:
    """Postpone what Stripe has not done; staff look if that lasts. Nothing if a move ended the
    lease."""
    if payment.postpone() and payment.delays >= LONG:
        payment.order.needs_attention(AttentionReason.NO_ANSWER)


def _release_authorization(payment: Payment) -> None:
    try:
        stripe_api.cancel(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code != UNEXPECTED_STATE:
            raise
        sync_payment(payment)
        _try_later(payment)  # a capture is processing
        return
    record_cancel(payment)


def _close_session(payment: Payment) -> None:
    """The order ends while the customer may be paying: expire the session, then sync."""
    if payment.session_id is not None:
        expire_at_stripe(payment.session_id)
        sync_payment(payment)
    if payment.is_unsettled and payment.status != PaymentStatus.AUTHORIZED:
        payment.postpone()
    else:
        payment.make_due()
