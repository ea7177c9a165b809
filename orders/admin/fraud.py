"""Before an order goes on: what else its buyer ordered, who else ordered for its radio, and no."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from orders.desk import holds
from orders.models import Order

MOST = 20  # orders a list


def others(order: Order) -> list[dict[str, Any]]:
    return list(_others(order))


def _others(order: Order) -> Iterator[dict[str, Any]]:
    same_serial = Order.objects.filter(order.hashes.rows).exclude(pk=order.pk)
    if count := same_serial.count():
        says = ngettext(
            "This serial was ordered once more",
            "This serial was ordered %(count)s more times",
            count,
        )
        yield {
            "says": says % {"count": count},
            "orders": same_serial.select_related("radio")[:MOST],
        }
    same_buyer = order.orders_of_buyer().exclude(pk=order.pk)
    if count := same_buyer.count():
        says = ngettext(
            "One other order of this e-mail address or card",
            "%(count)s other orders of this e-mail address or card",
            count,
        )
        yield {
            "says": says % {"count": count},
            "orders": same_buyer.select_related("radio")[:MOST],
        }
    same_network = order.orders_of_network().exclude(pk__in=order.orders_of_buyer().values("pk"))
    if count := same_network.count():
        says = ngettext(
            "One other order from the same network, maybe of somebody else",
            "%(count)s other orders from the same network, maybe of other people",
            count,
        )
        yield {
            "says": says % {"count": count},
            "orders": same_network.select_related("radio")[:MOST],
        }


@require_POST
@permission_required("orders.enter_code", raise_exception=True)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse the order after a look: no code, and the payment is released or refunded."""
    order = get_object_or_404(Order, pk=pk)
    as_shown = Q(version=request.POST.get("version", "0"))
    if request.POST.get("is_sure") and holds.refuse(order, request.user, as_shown):  # type: ignore[arg-type]
        messages.success(request, _("%s ends, and the money goes back.") % order.number)
        admin.site.get_model_admin(Order).log_change(request, order, _("Refused the order."))
    else:
        messages.warning(request, _("%s was changed meanwhile. Nothing was done.") % order.number)
    if request.POST.get("from") == "list":
        return redirect("admin:orders_order_attention")
    return redirect("admin:orders_order_change", pk)
