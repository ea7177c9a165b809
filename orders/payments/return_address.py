"""Addresses by which Stripe's page leads back to the shop.

They hold no link of an order: Stripe and our own row keep them unchanged, while a corrected e-mail
address gives the order a new link.
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from orders.models import Payment

LEADS_BACK_FOR = timedelta(hours=2)  # after the payment was opened
SESSION = "?session_id={CHECKOUT_SESSION_ID}"  # Stripe fills it in, in the success address only
_SALT = "orders.payments.return_address"


def success_url(payment: Payment) -> str:
    return _address(payment) + SESSION


def cancel_url(payment: Payment) -> str:
    """Holds a signature, since Stripe fills in no session here and staff may see the uuid."""
    signature = Signer(salt=_SALT).signature(str(payment.uuid))
    return f"{_address(payment)}?cancelled={signature}"


def _address(payment: Payment) -> str:
    return f"{settings.SITE_URL}{reverse('payment_return', args=[payment.uuid])}"


def is_of_session(payment: Payment, session_id: str) -> bool:
    known = payment.session_id
    return known is not None and constant_time_compare(known, session_id)


def is_of_cancel(payment: Payment, signature: str) -> bool:
    try:
        Signer(salt=_SALT).unsign(f"{payment.uuid}:{signature}")
    except BadSignature:
        return False
    return True


def still_leads_back(payment: Payment) -> bool:
    return payment.created_at > timezone.now() - LEADS_BACK_FOR


def had_token(payment: Payment, number: str, token: str) -> bool:
    """Whether this link was the payment's return address, as in former versions."""
    link = settings.SITE_URL + reverse("order", args=[number, token]) + SESSION
    given = str(payment.params.get("success_url", ""))
    return still_leads_back(payment) and constant_time_compare(given, link)
