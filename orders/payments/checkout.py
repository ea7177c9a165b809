"""Opens Stripe's page: first a payment row with all parameters, then Stripe's session."""

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders import stripe_api
from orders.limits import refuse_more_payments
from orders.models import AttentionReason, Order, Payment, PaymentStatus, Status
from orders.payments.methods import offered, stripe_options
from orders.payments.return_address import cancel_url, success_url
from orders.payments.sync import sync_payment
from orders.stripe_api import StripeBrokenError, StripeRefusedError, StripeTroubleError

logger = logging.getLogger(__name__)

PAYABLE = (Status.PENDING, Status.PAYMENT_DUE)
CHECKOUT_LASTS = timedelta(minutes=45)  # Stripe accepts 30 minutes to 24 hours
TAX_CODE = "txcd_10000000"  # Stripe's code of a service delivered electronically
# Stripe refuses sessions that last less than 30 minutes; a stored one near its end is not sent.
SHORTEST_SESSION = timedelta(minutes=31)
GRACE = timedelta(minutes=5)  # after a session's end, for a payment in the last second
NO_SESSION = Q(session_id=None)


class NoCheckoutError(Exception):
    """The payment page cannot be opened now. Nothing is lost, nothing was charged."""


class CheckoutRefusedError(NoCheckoutError):
    """Stripe refuses the session, now and later. Staff must look. `code` is Stripe's own word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checkout_params(payment: Payment) -> dict[str, Any]:
    """Return the parameters of the session, without serial and code: Stripe is a third party."""
    order = payment.order
    metadata = {"order": order.number, "payment": str(payment.uuid)}
    ways = offered(payment.currency, is_uncertain=order.is_of_another_make)
    return {
        "mode": "payment",
        "client_reference_id": order.number,
        "customer_email": order.email,
        "allowed_payment_method_types": ways,
        "payment_method_options": stripe_options(ways),
        "payment_intent_data": {"metadata": metadata},
        "metadata": metadata,
        "line_items": [{"quantity": 1, "price_data": price_data(payment)}],
        "automatic_tax": {"enabled": settings.STRIPE_TAX},
        "adaptive_pricing": {"enabled": False},
        "success_url": success_url(payment),
        "cancel_url": cancel_url(payment),
        "expires_at": int(payment.expires_at.timestamp()),
    }


def price_data(payment: Payment) -> dict[str, Any]:
    """Charge the price that was shown: it includes VAT, also where Stripe calculates it."""
    price = {"currency": payment.currency, "unit_amount": payment.amount}
    product = {"name": f"Radio code: {payment.order.radio.name}"}
    if settings.STRIPE_TAX:
        price["tax_behavior"] = "inclusive"
        product["tax_code"] = TAX_CODE
    return price | {"product_data": product}


def new_payment(order: Order) -> Payment:
    """Store an open payment with all its parameters, not yet known to Stripe.

    Raises IntegrityError if the order has an open payment already.
    """
    expires_at = timezone.now() + CHECKOUT_LASTS
    payment = Payment(
        order=order, amount=order.price, currency=order.currency, expires_at=expires_at,
        due_at=timezone.now() + settings.PAYMENT_SYNC_EVERY,
    )  # fmt: skip
    payment.params = checkout_params(payment)
    payment.save()
    return payment


def create_session(payment: Payment, *, interactive: bool = False) -> Payment:
    """Ask Stripe for the payment's session. The same request again returns the same session.

    Raises StripeTroubleError or StripeRefusedError. If another request would fail the same way, the
    payment fails and the order's next payment starts anew; the address of a session that Stripe may
    have made is unknown. A session made for a payment that has ended is expired.
    """
    try:
        created = stripe_api.create_session(
            payment.params, payment.idempotency_key, interactive=interactive
        )
    except (StripeRefusedError, StripeBrokenError) as error:
        logger.error("order %s: no session: %s", payment.order.number, error)
        # another process may have got a session with the same key
        has_failed = payment.fail(str(error), only_if=NO_SESSION)
        if has_failed and isinstance(error, StripeRefusedError):
            payment.order.needs_attention(AttentionReason.REFUSED)
        raise
    Payment.objects.filter(pk=payment.pk).update(session_id=created.id, checkout_url=created.url)
    payment.refresh_from_db()
    if payment.status in (PaymentStatus.FAILED, PaymentStatus.EXPIRED):
        # Another call with this key failed first, and the order's next payment may be open already.
        expire_at_stripe(created.id, interactive=interactive)
        raise StripeTroubleError("the payment ended while its session was created")
    return payment


def is_payable(order: Order) -> bool:
    """Whether the order can be paid now.

    Not while a bank processes an earlier payment: it takes days, and its yes is final. Nor while
    the order is on hold.
    """
    processing = order.payments.filter(status=PaymentStatus.PROCESSING)
    return order.status in PAYABLE and not order.is_on_hold and not processing.exists()


def checkout_url(order: Order) -> str:
    """Return the page where the customer pays, of the open payment or of a new one.

    Raises NoCheckoutError if Stripe cannot be reached, or there is nothing to pay; TooManyError if
    the order had too many pages.
    """
    if not is_payable(order):
        raise NoCheckoutError
    payment = _open_payment(order)
    if payment.session_id is None:
        try:
            create_session(payment, interactive=True)
        except StripeRefusedError as error:
            raise CheckoutRefusedError(error.code) from error
        except StripeTroubleError as error:
            raise NoCheckoutError from error
    if not payment.checkout_url:  # it was paid when the session was found
        raise NoCheckoutError
    return payment.checkout_url


def _open_payment(order: Order) -> Payment:
    payment = order.payments.filter(status=PaymentStatus.OPEN).first()
    if payment and _is_usable(payment):
        return payment
    refuse_more_payments(order)
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        if not is_payable(order):  # paid while Stripe was asked, such as in the page's last second
            raise NoCheckoutError
        # another tab may have been faster
        return order.payments.filter(status=PaymentStatus.OPEN).first() or new_payment(order)


def _is_usable(payment: Payment) -> bool:
    """Whether the customer can still pay on this page. Closes one that ends too soon.

    Stripe is asked: the page may have ended early, and its event be late or lost.
    """
    left = payment.expires_at - timezone.now()
    if payment.session_id is None:  # Stripe is asked for the session under the same key
        if left < SHORTEST_SESSION:
            payment.expire(only_if=NO_SESSION)
        return payment.status == PaymentStatus.OPEN
    if left > GRACE:
        with suppress(StripeTroubleError, StripeRefusedError):  # then the page that we know
            if not sync_payment(payment, interactive=True):
                raise NoCheckoutError
        return payment.status == PaymentStatus.OPEN
    close_payment(payment)
    return False


def close_payment(payment: Payment) -> None:
    """Expire an open payment's session, and record the payment if it was paid.

    Raises NoCheckoutError if Stripe gives no answer.
    """
    try:
        expire_at_stripe(str(payment.session_id), interactive=True)
        sync_payment(payment, interactive=True)
    except (StripeRefusedError, StripeTroubleError) as error:
        raise NoCheckoutError from error
    if payment.status == PaymentStatus.OPEN:
        raise NoCheckoutError


def expire_at_stripe(session_id: str, *, interactive: bool = False) -> None:
    try:
        stripe_api.expire_session(session_id, interactive=interactive)
    except StripeRefusedError:
        logger.info("session %s had ended already", session_id)
