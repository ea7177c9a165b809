"""The buttons that end what the shop cannot: payments that differ from ours, or have no order."""

import logging
from collections.abc import Callable
from typing import cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.models import EVER_CAPTURED, Alert, Order, Payment
from orders.payments import closing
from orders.stripe_api import StripeRefusedError, StripeTroubleError

logger = logging.getLogger(__name__)


def payment_to_close(alert: Alert) -> Payment | None:
    """Return the payment of an alert that Stripe has money of, and our books have none."""
    pk = alert.key.removeprefix("payment:")
    if alert.kind != Alert.Kind.DIFFERENCE or not pk.isdecimal():
        return None
    return Payment.objects.filter(pk=pk).exclude(status__in=EVER_CAPTURED).first()


@require_POST
@permission_required("orders.return_money", raise_exception=True)
def close_payment(request: HttpRequest, pk: int, payment_pk: int) -> HttpResponse:
    """Release or refund a payment that differs from ours."""
    order = get_object_or_404(Order, pk=pk)
    payment = get_object_or_404(order.payments, pk=payment_pk)
    user = cast(User, request.user)
    if _closed(request, lambda: closing.close_payment(payment, user)):
        words = _("Closed the payment of %s at Stripe: released, or refunded in full.")
        words %= payment.amount_text
        admin.site.get_model_admin(Order).log_change(request, order, words)
        messages.success(request, f"{order.number}: {words}")
    return redirect("admin:orders_order_change", pk)


@require_POST
@permission_required("orders.return_money", raise_exception=True)
def refund_unknown(request: HttpRequest, pk: int) -> HttpResponse:
    """Release or refund a payment that has no order here."""
    alert = get_object_or_404(Alert, pk=pk, kind=Alert.Kind.NO_ORDER)
    session_id = alert.key.removeprefix("session:")
    if _closed(request, lambda: bool(closing.undo(session_id))):
        alert.settle(cast(User, request.user))
        logger.warning("session %s closed by user %s", session_id, request.user.pk)
        messages.success(request, _("Closed at Stripe: released, or refunded in full."))
    return redirect("admin:orders_order_attention")


def _closed(request: HttpRequest, close: Callable[[], bool]) -> bool:
    """Close, and say what Stripe answered instead. Returns whether it is closed."""
    if not request.POST.get("is_sure"):
        messages.warning(request, _("Tick the box first. Nothing was done."))
        return False
    try:
        if close():
            return True
        messages.info(request, _("This payment agrees with Stripe by now. Nothing was done."))
    except closing.StillProcessingError:
        messages.warning(
            request, _("The bank has not answered yet. Close the payment once it has.")
        )
    except StripeRefusedError as error:
        messages.error(request, _("Stripe refuses: %s.") % error.code)
    except StripeTroubleError:
        messages.error(request, _("Stripe gave no answer. Press once more: nothing happens twice."))
    return False
