"""One list of all that needs staff: orders with an open reason, and work that keeps failing."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders.admin.closing import payment_to_close
from orders.admin.email import MAY_CORRECT
from orders.admin.masking import clock
from orders.admin.overview import KINDS, open_alerts, open_attentions, stuck_events
from orders.desk import holds
from orders.desk.deadlines import decide_by
from orders.leases import exhausted
from orders.models import AT_DESK, UNDELIVERED, Alert, Attention, AttentionReason, Email, Order
from orders.payments.closing import payments_to_close

MOST = 200  # rows a page; a shop with more has another problem


class AttentionFilter(admin.SimpleListFilter):
    """Orders that need staff for a reason."""

    title = gettext_lazy("needs staff")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(AttentionReason.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if self.value() is None:
            return queryset
        rows = Attention.open_rows().filter(reason=self.value())
        return queryset.filter(Exists(rows.filter(order=OuterRef("pk"))))


@require_safe
@permission_required("orders.view_order", raise_exception=True)
def attention_list(request: HttpRequest) -> HttpResponse:
    lost = Email.objects.filter(status__in=UNDELIVERED)
    attentions = (
        open_attentions()
        .select_related("order")
        .prefetch_related(
            "order__payments__disputes", Prefetch("order__emails", lost, to_attr="lost_mails")
        )
    )
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Needs staff"),
        "attentions": [
            (each, clock(decide_by(each.order)), payments_to_close(each), next_step(each, request))
            for each in attentions[:MOST]
        ],
        "alerts": [(each, payment_to_close(each)) for each in open_alerts()[:MOST]],
        "failing": list(failing()),
        "events": stuck_events()[:MOST],
        "may_settle": request.user.has_perm("orders.change_order"),
        "may_close": request.user.has_perm("orders.return_money"),
        "may_refuse": request.user.has_perm("orders.enter_code"),
    }
    return render(request, "admin/orders/attention.html", context)


def next_step(attention: Attention, request: HttpRequest) -> tuple[str, str] | None:
    """Return the page on which staff do what this reason calls for, and its name."""
    order, may = attention.order, request.user.has_perm
    match attention.reason:
        case AttentionReason.MAIL | AttentionReason.COMPLAINT:
            if request.user.has_perms(MAY_CORRECT):
                return _("Correct the address"), page_of(order, "order_address")
        case AttentionReason.REFUND_FAILED:
            if may("orders.return_money"):
                return _("Refund"), page_of(order, "order_return_money")
        case AttentionReason.DISPUTE | AttentionReason.DISPUTE_LOST:
            disputes = [each for row in order.payments.all() for each in row.disputes.all()]
            if disputes and may("orders.view_dispute"):
                return _("Open the dispute"), page_of(disputes[-1], "dispute_change")
        case AttentionReason.OTHER_CODE | AttentionReason.BAD_CODE | AttentionReason.PROBLEM_LATE:
            if order.status in AT_DESK and may("orders.enter_code"):
                return _("Open at the desk"), page_of(order, "order_desk")
    return None


def page_of(row: Any, name: str) -> str:
    return reverse(f"admin:orders_{name}", args=[row.pk])


def failing() -> Iterator[dict[str, Any]]:
    """Work that failed so often that the sweep tries it only once an hour."""
    for kind, path in KINDS.items():
        for row in exhausted(kind).select_related(*path)[:MOST]:
            order = row if isinstance(row, Order) else row.order  # type: ignore[attr-defined]
            yield {"what": kind._meta.verbose_name, "row": row, "order": order}


@require_POST
@permission_required("orders.change_order", raise_exception=True)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle the one reason that the button stood beside."""
    order = get_object_or_404(Order, pk=pk)
    asked = request.POST.get("attention", "")
    attention = order.open_attentions.filter(pk=asked).first() if asked.isdecimal() else None
    if attention and attention.holds_order and not request.POST.get("is_sure"):
        messages.warning(request, _("Tick the box first. Nothing was done."))
    elif attention and holds.settle(attention, cast(User, request.user)):
        words = _("Settled: %s.") % attention
        admin.site.get_model_admin(Order).log_change(request, order, words)
        messages.success(request, f"{order.number}: {words}")
    else:
        words = _("%s was changed meanwhile. Nothing was settled.")
        messages.warning(request, words % order.number)
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
