"""Money: start a checkout, learn from Stripe what became of it, take or release what is held.

`sync_payment` is the only place that learns of money. Webhook, customer's return and sweep all lead
there. `settle_payment` is the only one that takes or releases.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders import stripe_api
from orders.models import (
    Attention,
    EndedBecause,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Status,
    queue_mail,
)
from orders.stripe_api import (
    ReadSession,
    StripeBrokenError,
    StripeRefusedError,
    StripeTroubleError,
)
from orders.work import unclaimed

logger = logging.getLogger(__name__)

# Stripe wants a session to last at least 30 minutes; a stored one nearer to its end is not sent again.
SHORTEST_SESSION = timedelta(minutes=31)
PAYABLE = (Status.PENDING, Status.PAYMENT_DUE)
UNEXPECTED_STATE = "payment_intent_unexpected_state"
GRACE = timedelta(minutes=5)  # after a session's end, for a payment in its last second


class NoCheckoutError(Exception):
    """The payment page cannot be opened now. Nothing is lost, nothing was charged."""


# ------------------------------------------------------------------ the way to Stripe's page
def checkout_params(payment: Payment) -> dict[str, Any]:
    """What Stripe is asked. Neither serial nor code is in it: it goes to a third party."""
    order = payment.order
    metadata = {"order": order.number, "payment": str(payment.uuid)}
    address = settings.SITE_URL + order.get_absolute_url()
    return {
        "mode": "payment",
        "client_reference_id": order.number,
        "customer_email": order.email,
        "allowed_payment_method_types": ["card"],
        "payment_method_options": {"card": {"capture_method": "manual"}},
        "payment_intent_data": {"metadata": metadata},
        "metadata": metadata,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency,
                    "unit_amount": payment.amount,
                    "product_data": {"name": f"Radio code: {order.radio.name}"},
                },
            }
        ],
        "adaptive_pricing": {"enabled": False},
        "success_url": address + "?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": address,
        "expires_at": int(payment.expires_at.timestamp()),
    }


def new_payment(order: Order) -> Payment:
    """An open payment with all its parameters, not yet known to Stripe.

    Raises IntegrityError if the order has an open payment already.
    """
    expires_at = timezone.now() + settings.CHECKOUT_LASTS
    payment = Payment(
        order=order, amount=order.price, currency=order.currency, expires_at=expires_at,
        due_at=timezone.now() + settings.PAYMENT_SYNC_EVERY,
    )  # fmt: skip
    payment.params = checkout_params(payment)
    payment.save()
    return payment


def create_session(payment: Payment) -> Payment:
    """Ask Stripe for the payment's session; asked again, Stripe gives the same one.

    Raises StripeTroubleError or StripeRefusedError. Where asking again would bring the same failure,
    the payment has failed, and the order's next one starts anew; if Stripe did make a session, nobody
    knows its address.
    """
    try:
        created = stripe_api.create_session(payment.params, payment.idempotency_key)
    except (StripeRefusedError, StripeBrokenError) as error:
        logger.error("order %s: no session: %s", payment.order.number, error)
        payment.fail(str(error))
        raise
    Payment.objects.filter(pk=payment.pk).update(session_id=created.id, checkout_url=created.url)
    payment.refresh_from_db()
    return payment


def checkout_url(order: Order) -> str:
    """Where the customer pays. Opens a payment if there is none, and uses the one there is.

    Raises NoCheckoutError if Stripe cannot be reached, or there is nothing to pay.
    """
    if order.status not in PAYABLE:
        raise NoCheckoutError
    payment = _open_payment(order)
    if payment.session_id is None:
        try:
            create_session(payment)
        except (StripeRefusedError, StripeTroubleError) as error:
            raise NoCheckoutError from error
    return payment.checkout_url


def _open_payment(order: Order) -> Payment:
    payment = order.payments.filter(status=PaymentStatus.OPEN).first()
    if payment and payment.expires_at - SHORTEST_SESSION < timezone.now():
        if payment.session_id and payment.expires_at - GRACE > timezone.now():
            return payment
        close_payment(payment)
        order.refresh_from_db()
        if order.status not in PAYABLE:  # paid in its last second
            raise NoCheckoutError
        payment = None
    if payment:
        return payment
    try:
        with transaction.atomic():
            return new_payment(order)
    except IntegrityError:  # another tab was faster
        return order.payments.get(status=PaymentStatus.OPEN)


def close_payment(payment: Payment) -> None:
    """End an open payment's session, so that nobody pays it any more; if it was paid, learn that.

    Raises NoCheckoutError if Stripe cannot tell.
    """
    try:
        if payment.session_id is None:
            create_session(payment)  # it may exist: the answer was lost
        _expire_at_stripe(payment)
        sync_payment(payment)
    except (StripeRefusedError, StripeTroubleError) as error:
        raise NoCheckoutError from error
    if payment.status == PaymentStatus.OPEN:
        raise NoCheckoutError


def _expire_at_stripe(payment: Payment) -> None:
    try:
        stripe_api.expire_session(str(payment.session_id))
    except StripeRefusedError:
        logger.info("order %s: session had ended already", payment.order.number)


# ------------------------------------------------------------------ learning of money
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


# ------------------------------------------------------------------ taking and releasing
def settle_payment(payment: Payment) -> None:
    """Do what the order calls for, for a payment that the caller has claimed.

    What it learns from Stripe may make new work due and so end the claim; then another claim
    does that work.
    """
    if payment.order.is_on_hold and payment.order.status != Status.ENDING:
        payment.postpone()
        return
    sync_or_open(payment)
    if payment.claim_token is None:
        return
    order = payment.order
    if payment.status == PaymentStatus.HELD:
        _settle_hold(payment, order)
    elif payment.is_unsettled and order.status == Status.ENDING:
        _close_for_good(payment)
    elif payment.is_unsettled:
        payment.postpone(_next_look(payment))
    else:
        if order.status == Status.ENDING:
            release_order(order)
        payment.finish()


def sync_or_open(payment: Payment) -> None:
    """Learn what became of a payment; one whose creation was never answered is asked for again."""
    if payment.status == PaymentStatus.OPEN and payment.session_id is None:
        if payment.expires_at - SHORTEST_SESSION < timezone.now():
            payment.expire()
            return
        try:
            create_session(payment)
        except (StripeRefusedError, StripeBrokenError):
            return  # it has failed; the customer may start another
    if payment.is_unsettled:
        sync_payment(payment)


def _next_look(payment: Payment) -> datetime | None:
    """Often while the customer may be paying; then with a growing back-off."""
    if timezone.now() < payment.expires_at + GRACE:
        return timezone.now() + settings.PAYMENT_SYNC_EVERY
    return None


def _settle_hold(payment: Payment, order: Order) -> None:
    decide_at = (payment.hold_ends_at or timezone.now()) - settings.HOLD_MARGIN
    if payment.is_superseded or order.status == Status.ENDING:
        _release_hold(payment)
    elif order.status == Status.FOUND:
        _take_hold(payment)
    elif decide_at > timezone.now():
        payment.postpone(decide_at)
    elif not order.end(EndedBecause.DEADLINE, only_if=unclaimed()):
        payment.postpone()  # staff have it open; won, the payment is due again to be released


def attempt_key(payment: Payment) -> str:
    """The same after a crash, another after an answer that said "later": Stripe replays a failure for
    its key. Two keys cannot take twice, since Stripe captures an intent only once."""
    return f"{payment.idempotency_key}-{payment.delays}"


def _take_hold(payment: Payment) -> None:
    try:
        amount = stripe_api.capture(payment.intent_id, attempt_key(payment))
    except StripeRefusedError as error:
        if error.code == UNEXPECTED_STATE:
            sync_payment(payment)  # taken already, with the answer lost; or lapsed
        else:
            _give_up_hold(payment, error.code)
        return
    record_capture(payment, amount)


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
        return
    record_cancel(payment)


def _close_for_good(payment: Payment) -> None:
    """The order ends while the customer may still be paying for it: close the page, then look again."""
    if payment.session_id is not None:
        _expire_at_stripe(payment)
        sync_payment(payment)
    payment.make_due()


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
    """Only an order that is ending and of which nothing is held moves, and only then is mail sent."""
    with transaction.atomic():
        if order.release():
            queue_mail(order, Mail.NO_CODE)
