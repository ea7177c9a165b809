# mypy: allow-untyped-decorators
"""Payments as the shop recorded them: a list to look things up, nothing to change."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from orders.admin.exact_search import FoundWhole
from orders.admin.refunds.refund import DisputeInline, RefundInline
from orders.models import Payment, PaymentStatus
from orders.money import format_money

PAYMENT_STATUS = dict.fromkeys(PaymentStatus, "") | {
    PaymentStatus.AUTHORIZED: "info",
    PaymentStatus.PROCESSING: "info",
    PaymentStatus.CAPTURED: "success",
    PaymentStatus.PART_REFUNDED: "warning",
    PaymentStatus.REFUNDED: "warning",
    PaymentStatus.FAILED: "danger",
}


@admin.register(Payment)
class PaymentAdmin(FoundWhole):
    list_display = ["order", "amount_text", "state", "created_at", "held_at", "captured_at"]
    list_filter = ["status", "is_superseded", "created_at"]
    more_lookups = ["captured_at__gte", "captured_at__lt"]
    list_select_related = ["order"]
    search_fields = ["order__number", "session_id", "intent_id"]
    stripe_ids = ["session_id", "intent_id"]
    inlines = [RefundInline, DisputeInline]
    search_help_text = _("Order number, or an id of Stripe")
    fields = [
        "order",
        ("amount_text", "captured_text", "refunded_text"),
        ("status", "is_superseded", "failure"),
        ("created_at", "expires_at"),
        ("held_at", "hold_ends_at", "captured_at"),
        ("session_id", "intent_id"),
    ]
    readonly_fields = [
        "amount_text", "captured_text", "refunded_text", "status", "is_superseded", "failure",
        "created_at", "expires_at", "held_at", "hold_ends_at", "captured_at", "session_id",
        "intent_id",
    ]  # fmt: skip

    @admin.display(description=_("amount"), ordering="amount")
    def amount_text(self, payment: Payment) -> str:
        return payment.amount_text

    @admin.display(description=_("captured"))
    def captured_text(self, payment: Payment) -> str:
        return format_money(payment.amount_captured, payment.currency)

    @admin.display(description=_("refunded"))
    def refunded_text(self, payment: Payment) -> str:
        return format_money(payment.amount_refunded, payment.currency)

    @display(description=_("status"), ordering="status", label=PAYMENT_STATUS)
    def state(self, payment: Payment) -> tuple[str, str]:
        return payment.status, payment.get_status_display()
