"""Where Stripe's page leads back to. That proves nothing: the session is read from Stripe."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.lib.http import SeeOther
from orders.models import Order, Payment, Status
from orders.payments.return_address import (
    had_token,
    is_of_cancel,
    is_of_session,
    still_leads_back,
)
from orders.payments.sync import sync_payment
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.views.links import find_order

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def payment_return(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The way back from Stripe's page, whether the customer paid or not."""
    payment = get_object_or_404(Payment.objects.select_related("order"), uuid=uuid)
    if is_of_session(payment, request.GET.get("session_id", "")):
        read_payment(request, payment)
    elif not is_of_cancel(payment, request.GET.get("cancelled", "")):
        raise Http404
    return to_current_link(payment.order) if still_leads_back(payment) else redirect("orders_find")


def legacy_return(request: HttpRequest, number: str, token: str, session_id: str) -> HttpResponse:
    """The way back for payments that a former version opened, with the link of that time."""
    payment = Payment.objects.select_related("order").filter(
        session_id=session_id, order__number=number
    ).first()  # fmt: skip
    if payment and had_token(payment, number, token):
        found = payment.order
    else:
        found = find_order(number, token)
    if payment:
        read_payment(request, payment)
    return to_current_link(found)


def to_current_link(order: Order) -> HttpResponse:
    order.refresh_from_db()  # Stripe may have taken seconds to answer
    return SeeOther(order.secret_link())


def read_payment(request: HttpRequest, payment: Payment) -> None:
    """Read the session now; if Stripe does not answer at once, webhook and sweep read it later."""
    try:
        sync_payment(payment, interactive=True)
    except (StripeTroubleError, StripeRefusedError) as error:
        number = payment.order.number
        logger.warning("order %s: not confirmed yet: %s", number, type(error).__name__)
        if payment.order.status == Status.PAYMENT_DUE:  # its page asks to pay again
            messages.info(request, _("Your payment is being confirmed. Please do not pay again."))
