"""Taking and releasing what is held: `settle_payment` is the only place that does."""

import logging
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from orders import stripe_api
from orders.leases import without_lease
from orders.models import EndedBecause, Order, Payment, PaymentStatus, Status
from orders.payments.checkout import GRACE, SHORTEST_SESSION, create_session, expire_at_stripe
from orders.payments.refund import return_what_is_kept
from orders.payments.sync import (
    make_ready,
    record_cancel,
    record_capture,
    record_failure,
    release_order,
    sync_payment,
)
from orders.stripe_api import StripeBrokenError, StripeRefusedError

logger = logging.getLogger(__name__)

UNEXPECTED_STATE = "payment_intent_unexpected_state"


def settle_payment(payment: Payment) -> None:
    """Do what the order calls for, for a payment that the caller has claimed.

    What it learns from Stripe may make new work due and so end the claim; then another claim
    does that work.
    """
    lease = payment.claim_token
    if not sync_or_open(payment):
        payment.postpone()  # a person has to look first
        return
    if payment.claim_token != lease:
        return
    order = payment.order
    if payment.status == PaymentStatus.AUTHORIZED:
        _settle_hold(payment, order)
    elif payment.is_unsettled and order.status == Status.ENDING:
        _close_for_good(payment)
    elif payment.is_unsettled:
        payment.postpone(_next_look(payment))
    elif order.is_on_hold and order.status != Status.ENDING:
        payment.postpone()  # what is taken is for a person to decide on
    else:
        make_ready(payment)
        is_all = return_what_is_kept(payment)
        if order.status == Status.ENDING:
            release_order(order)
        if is_all:
            payment.finish()
        else:
            payment.postpone()


def sync_or_open(payment: Payment) -> bool:
    """Learn what became of a payment; one whose creation was never answered is asked for again.

    Returns false if Stripe's session differs from our row.
    """
    if payment.status == PaymentStatus.OPEN and payment.session_id is None:
        if payment.expires_at - SHORTEST_SESSION < timezone.now():
            payment.expire()
            return True
        try:
            create_session(payment)
        except (StripeRefusedError, StripeBrokenError):
            return True  # it has failed; the customer may start another
    return sync_payment(payment) if payment.is_unsettled else True


def _next_look(payment: Payment) -> datetime | None:
    """Often while the customer may be paying, hourly while a bank thinks; else with a growing
    back-off."""
    if payment.status == PaymentStatus.PROCESSING:
        return timezone.now() + settings.DELAYED_SYNC_EVERY
    if timezone.now() < payment.expires_at + GRACE:
        return timezone.now() + settings.PAYMENT_SYNC_EVERY
    return None


def _settle_hold(payment: Payment, order: Order) -> None:
    decide_at = (payment.hold_ends_at or timezone.now()) - settings.HOLD_MARGIN
    if payment.is_superseded or order.status == Status.ENDING:
        _release_hold(payment)
    elif order.status == Status.FOUND and not order.is_on_hold:
        _take_hold(payment)
    elif decide_at > timezone.now():
        payment.postpone(decide_at)
    elif not _end_in_time(order):
        payment.postpone()  # staff have it open; won, the payment is due again to be released


def _end_in_time(order: Order) -> bool:
    """A day before the hold ends by itself; on hold too, as nothing was taken yet."""
    if order.is_on_hold:
        return order.end_undecided()
    return order.end(EndedBecause.DEADLINE, only_if=without_lease())


def attempt_key(payment: Payment) -> str:
    """The same after a crash, another after an answer that said "later": Stripe replays a failure
    for its key. Two keys cannot take twice, since Stripe captures an intent only once."""
    return f"{payment.idempotency_key}-{payment.delays}"


def _take_hold(payment: Payment) -> None:
    try:
        amount = stripe_api.capture(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code == UNEXPECTED_STATE:
            sync_payment(payment)  # captured already, with the answer lost; lapsed; or processing
            payment.postpone()  # changes nothing if a move has ended the lease
        else:
            _give_up_hold(payment, error.code)
        return
    if amount == payment.amount:
        record_capture(payment, amount)
    else:
        payment.postpone()  # not confirmed, or only a part: the next run reads what became of it


def _give_up_hold(payment: Payment, why: str) -> None:
    """What cannot be taken must not stay held either. Cancel first: if this process dies before the
    outcome is written, the next one finds the hold gone and asks for a new payment all the same."""
    try:
        stripe_api.cancel(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        logger.info("order %s: refused hold not cancelled: %s", payment.order.number, error.code)
    record_failure(payment, why)


def _release_hold(payment: Payment) -> None:
    try:
        stripe_api.cancel(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code != UNEXPECTED_STATE:
            raise
        sync_payment(payment)
        payment.postpone()  # a capture is processing; nothing to do if a move has ended the lease
        return
    record_cancel(payment)


def _close_for_good(payment: Payment) -> None:
    """The order ends while its customer may still be paying: close the page, then look again."""
    if payment.session_id is not None:
        expire_at_stripe(payment)
        sync_payment(payment)
    if payment.is_unsettled and payment.status != PaymentStatus.AUTHORIZED:
        payment.postpone()
    else:
        payment.make_due()
