# mypy: allow-untyped-decorators
"""Disputes as Stripe reports them, and the page that shows what would be sent to the bank."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from orders.admin.exact_search import FoundWhole
from orders.admin.masking import CLOCK, clock
from orders.models import Dispute, Order
from orders.payments.evidence import evidence_of, send_evidence
from orders.stripe_api import StripeRefusedError, StripeTroubleError

STATE = {"won": "success", "lost": "danger", "needs_response": "warning"}
FIELDS = {  # in the order in which the page shows them
    "product_description": gettext_lazy("What was sold"),
    "customer_email_address": gettext_lazy("The customer's e-mail address"),
    "customer_purchase_ip": gettext_lazy("The network address of the purchase"),
    "service_date": gettext_lazy("The day on which the code was there"),
    "refund_policy_disclosure": gettext_lazy("What the customer was told and agreed to"),
    "access_activity_log": gettext_lazy("What happened, and what the customer opened"),
    "uncategorized_text": gettext_lazy("The money"),
}


@admin.register(Dispute)
class DisputeAdmin(FoundWhole):
    list_display = ["order", "amount_text", "state", "words", "opened_at", "answer", "closed_at"]
    list_filter = ["status", "reason", "opened_at"]
    more_lookups = ["closed_at__gte", "closed_at__lt"]
    list_select_related = ["payment__order"]
    search_fields = ["payment__order__number", "stripe_id", "payment__intent_id"]
    stripe_ids = ["stripe_id", "payment__intent_id"]
    number_field = "payment__order__number"
    search_help_text = gettext_lazy("Order number, or an id of Stripe")
    change_form_outer_before_template = "admin/orders/_dispute.html"
    fields = [
        ("payment", "amount_text"),
        ("status_text", "words"),
        ("opened_at", "closed_at"),
        ("evidence_due_at", "evidence_sent_at"),
        ("evidence_sent_by", "stripe_id"),
    ]
    readonly_fields = [
        "amount_text", "status_text", "words", "opened_at", "closed_at", "evidence_due_at",
        "evidence_sent_at", "evidence_sent_by", "stripe_id",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("order"), ordering="payment__order__number")
    def order(self, dispute: Dispute) -> Order:
        return dispute.payment.order

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_text(self, dispute: Dispute) -> str:
        return dispute.amount_text

    @display(description=gettext_lazy("status"), ordering="status", label=STATE)
    def state(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.status, dispute.status_text

    @admin.display(description=gettext_lazy("status"))
    def status_text(self, dispute: Dispute) -> str:
        return dispute.status_text

    @admin.display(description=gettext_lazy("the bank's reason"), ordering="reason")
    def words(self, dispute: Dispute) -> str:
        return dispute.reason_text

    @display(description=gettext_lazy("answer due"), ordering="evidence_due_at", label=CLOCK)
    def answer(self, dispute: Dispute) -> tuple[str, str] | None:
        return clock(dispute.evidence_due_at) if dispute.takes_evidence else None

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("<int:pk>/evidence/", evidence, "evidence"),
            ("<int:pk>/evidence/send/", send, "send_evidence"),
        ]
        urls: list[URLPattern] = super().get_urls()
        return [
            path(route, self.admin_site.admin_view(view), name=f"orders_dispute_{name}")
            for route, view, name in pages
        ] + urls


def find(pk: int) -> Dispute:
    rows = Dispute.objects.select_related("payment__order__radio", "payment__order__brand")
    return get_object_or_404(rows, pk=pk)


@require_safe
@permission_required("orders.view_dispute", raise_exception=True)
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    return preview(request, find(pk))


def preview(request: HttpRequest, dispute: Dispute, status: int = 200) -> HttpResponse:
    prepared = evidence_of(dispute)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Evidence: %s") % dispute.payment.order.number,
        "dispute": dispute,
        "order": dispute.payment.order,
        "clock": clock(dispute.evidence_due_at),
        "rows": [(label, prepared[name]) for name, label in FIELDS.items() if name in prepared],
        "may_send": dispute.takes_evidence and request.user.has_perm("orders.send_evidence"),
    }
    return render(request, "admin/orders/evidence.html", context, status=status)


@require_POST
@permission_required("orders.send_evidence", raise_exception=True)
def send(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = find(pk)
    if not request.POST.get("is_sure"):
        messages.error(request, _("Read it, tick that it may go to the bank, then send it."))
        return preview(request, dispute, status=422)
    try:
        is_sent = send_evidence(dispute, request.user)  # type: ignore[arg-type]
    except StripeTroubleError:
        words = _(
            "Stripe did not answer: it may be there. Send it once more in a minute; it is not "
            "sent twice."
        )
        messages.warning(request, words)
        return redirect("admin:orders_dispute_evidence", pk)
    except StripeRefusedError:
        words = _("Stripe did not take it. Look at the dispute again before you send it once more.")
        messages.error(request, words)
        return redirect("admin:orders_dispute_evidence", pk)
    if is_sent:
        site_admin = admin.site.get_model_admin(Dispute)
        site_admin.log_change(request, dispute, _("Sent the evidence to Stripe."))
        messages.success(request, _("The evidence is with Stripe, which passes it on to the bank."))
    else:
        messages.info(request, _("Nothing was sent: Stripe has evidence, or takes none any more."))
    return redirect("admin:orders_dispute_change", pk)
