# mypy: allow-untyped-decorators
"""What belongs to an order and stands on its page: what happened, payments, mails, consents."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.admin.masking import pdf_link
from orders.admin.read_only import ReadOnlyInline
from orders.models import (
    Attempt,
    Consent,
    Email,
    EmailStatus,
    History,
    Payment,
    PaymentStatus,
    Provider,
    Receipt,
    RefundStatus,
    Status,
)

STATUS_WORDS = {
    "order": dict(Status.choices),
    "payment": dict(PaymentStatus.choices),
    "refund": dict(RefundStatus.choices),
    "email": dict(EmailStatus.choices),
}
MOVE_WORDS = {
    "hold": _("authorize"),
    "place": _("pay"),
    "let_go": _("lift the hold"),
    "export_serial": _("export the serial"),
    "saw_known_code": _("look at the known code"),
    "other_code": _("type another code than the known one"),
}
PROVIDER_WORDS = dict(Provider.choices) | {
    "answered_before": _("the same serial, sold before"),
    "computed": _("computed"),
}


class HistoryInline(ReadOnlyInline):
    model = History
    verbose_name_plural = _("What happened")
    fields = ["at", "what", "became", "by", "note"]
    readonly_fields = ["at", "what", "became"]

    @admin.display(description=_("what"))
    def what(self, row: History) -> str:
        move = MOVE_WORDS.get(row.move) or row.move.replace("_", " ")
        return f"{row.subject}: {move}"

    @admin.display(description=_("since then"))
    def became(self, row: History) -> Any:
        return STATUS_WORDS.get(row.subject, {}).get(row.status, row.status)


class AttemptInline(ReadOnlyInline):
    """Requests to providers; one without an outcome is of a worker that died."""

    model = Attempt
    verbose_name_plural = _("Where the code was looked for")
    fields = ["started_at", "where", "outcome", "took", "note"]
    readonly_fields = ["where", "took"]

    @admin.display(description=_("provider"))
    def where(self, attempt: Attempt) -> Any:
        return PROVIDER_WORDS.get(attempt.source, attempt.source)

    @admin.display(description=_("took"))
    def took(self, attempt: Attempt) -> str:
        ms = attempt.duration_ms
        return "–" if ms is None else f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms} ms"


class PaymentInline(ReadOnlyInline):
    model = Payment
    verbose_name_plural = _("Payments")
    fields = ["amount_text", "status", "held_at", "hold_ends_at", "captured_at", "failure"]
    readonly_fields = fields
    show_change_link = True

    @admin.display(description=_("amount"))
    def amount_text(self, payment: Payment) -> str:
        return payment.amount_text


class ReceiptInline(ReadOnlyInline):
    model = Receipt
    verbose_name_plural = _("Receipts and credit notes")
    fields = ["number_text", "kind", "issued_at", "amount_text", "pdf"]
    readonly_fields = fields

    @admin.display(description=_("number"))
    def number_text(self, receipt: Receipt) -> SafeString:
        page = reverse("admin:orders_receipt_change", args=[receipt.pk])
        return format_html('<a href="{}">{}</a>', page, receipt.number_text)

    @admin.display(description=_("amount"))
    def amount_text(self, receipt: Receipt) -> str:
        return receipt.signed_text(receipt.amount)

    @admin.display(description="PDF")
    def pdf(self, receipt: Receipt) -> SafeString:
        return pdf_link(receipt)


class EmailInline(ReadOnlyInline):
    model = Email
    verbose_name_plural = _("Mails")
    fields = ["mail", "to", "status", "created_at", "sent_at"]
    readonly_fields = ["status", "created_at", "sent_at"]


class ConsentInline(ReadOnlyInline):
    model = Consent
    verbose_name_plural = _("What the customer agreed to")
    fields = ["text", "what_it_was", "given_at", "address"]
    readonly_fields = ["what_it_was", "given_at"]

    @admin.display(description=_("version"))
    def what_it_was(self, consent: Consent) -> str:
        """Links the terms to their text."""
        if not consent.agreed_id:
            return consent.version
        url = reverse("admin:orders_agreedtext_change", args=[consent.agreed_id])
        return format_html('<a href="{}">{}</a>', url, consent.version)
