# mypy: allow-untyped-decorators
"""Money that went back, or is on its way: a list to look things up. It is returned from an order's
page."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin.exact_search import FoundWhole
from orders.admin.read_only import ReadOnlyInline
from orders.models import Dispute, Order, Refund, RefundStatus

REFUND_STATUS = {
    RefundStatus.DUE: "info",
    RefundStatus.PENDING: "info",
    RefundStatus.REQUIRES_ACTION: "warning",
    RefundStatus.SUCCEEDED: "success",
    RefundStatus.FAILED: "danger",
    RefundStatus.CANCELLED: "",
}


@admin.register(Refund)
class RefundAdmin(FoundWhole):
    list_display = ["order", "amount_text", "state", "reason", "by", "created_at", "succeeded_at"]
    list_filter = ["status", "reason", "created_at"]
    more_lookups = ["succeeded_at__gte", "succeeded_at__lt"]
    list_select_related = ["payment__order", "by"]
    search_fields = ["payment__order__number", "stripe_id", "payment__intent_id"]
    stripe_ids = ["stripe_id", "payment__intent_id"]
    number_field = "payment__order__number"
    search_help_text = _("Order number, or an id of Stripe")
    fields = [
        "payment",
        ("amount_text", "status"),
        ("reason", "note"),
        ("by", "failure"),
        ("created_at", "succeeded_at"),
        ("asked_at", "due_at"),
        ("stripe_id", "number"),
    ]
    readonly_fields = [
        "amount_text", "status", "failure", "reason", "note", "by", "created_at", "asked_at",
        "succeeded_at", "stripe_id", "number", "due_at",
    ]  # fmt: skip

    @admin.display(description=_("order"), ordering="payment__order__number")
    def order(self, refund: Refund) -> Order:
        return refund.order

    @admin.display(description=_("amount"), ordering="amount")
    def amount_text(self, refund: Refund) -> str:
        return refund.amount_text

    @display(description=_("status"), ordering="status", label=REFUND_STATUS)
    def state(self, refund: Refund) -> tuple[str, str]:
        return refund.status, refund.get_status_display()


class RefundInline(ReadOnlyInline):
    model = Refund
    verbose_name_plural = _("Refunds")
    fields = ["amount_text", "status", "reason", "note", "by", "created_at", "succeeded_at"]
    readonly_fields = fields
    show_change_link = True

    @admin.display(description=_("amount"))
    def amount_text(self, refund: Refund) -> str:
        return refund.amount_text


class DisputeInline(ReadOnlyInline):
    model = Dispute
    verbose_name_plural = _("Disputes")
    fields = ["amount_text", "status", "reason", "opened_at", "evidence_due_at", "closed_at"]
    readonly_fields = fields
    show_change_link = True

    @admin.display(description=_("amount"))
    def amount_text(self, dispute: Dispute) -> str:
        return dispute.amount_text
