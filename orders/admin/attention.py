"""One list of all that needs a person: orders that ask for one, and work that keeps failing."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.admin.masking import clock
from orders.admin.overview import KINDS, needs_attention, open_alerts, stuck_events
from orders.desk.deadlines import decide_by
from orders.leases import exhausted
from orders.models import Alert, Email, EmailStatus, Order

MOST = 200  # rows a page; whoever has more than that has another problem
LOST = [EmailStatus.FAILED, EmailStatus.BOUNCED]


@require_safe
@permission_required("orders.view_order", raise_exception=True)
def attention_list(request: HttpRequest) -> HttpResponse:
    lost = Email.objects.filter(status__in=LOST)
    orders = needs_attention().select_related("brand", "radio")
    orders = orders.prefetch_related(Prefetch("emails", lost, to_attr="lost_mails"))[:MOST]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Needs a person"),
        "orders": [(order, clock(decide_by(order))) for order in orders],
        "alerts": open_alerts()[:MOST],
        "failing": list(failing()),
        "events": stuck_events()[:MOST],
        "may_settle": request.user.has_perm("orders.change_order"),
    }
    return render(request, "admin/orders/attention.html", context)


def failing() -> Iterator[dict[str, Any]]:
    """Work that was claimed again and again without an outcome. The sweep tries it again hourly."""
    for kind in KINDS:
        for row in exhausted(kind)[:MOST]:
            order = row if isinstance(row, Order) else row.order  # type: ignore[attr-defined]
            yield {"what": kind._meta.verbose_name, "row": row, "order": order}


@require_POST
@permission_required("orders.change_order", raise_exception=True)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody looked. Refused if the order asks for something else than the page said."""
    order = get_object_or_404(Order, pk=pk)
    reason = order.attention_reason
    if not reason or reason != request.POST.get("reason"):
        words = _("%s was changed meanwhile. Nothing was settled.")
        messages.warning(request, words % order.number)
    else:
        words = _("Settled: %s.") % order.get_attention_reason_display()
        order.settle_attention()
        admin.site.get_model_admin(Order).log_change(request, order, words)
        messages.success(request, _("%s is settled.") % order.number)
    if request.POST.get("from") == "order":
        return redirect("admin:orders_order_change", pk)
    return redirect("admin:orders_order_attention")


@require_POST
@permission_required("orders.change_order", raise_exception=True)
def settle_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = get_object_or_404(Alert, pk=pk)
    if alert.settle(cast(User, request.user)):
        messages.success(request, _("Settled: %s.") % alert.get_kind_display())
    else:
        messages.info(request, _("Somebody else has settled this already."))
    return redirect("admin:orders_order_attention")
