# mypy: allow-untyped-decorators
"""Receipts, credit notes and cancellations: to look up, to print, and as a list for the books."""

import csv
from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from unfold.decorators import display

from orders.admin.exact_search import FoundWhole
from orders.admin.masking import pdf_link
from orders.models import Receipt, ReceiptKind, printed_as
from orders.money import number_text
from orders.receipts.pdf import pdf_response

KIND = {
    ReceiptKind.RECEIPT: "success",
    ReceiptKind.CREDIT_NOTE: "warning",
    ReceiptKind.CANCELLATION: "danger",
}
COLUMNS = ["number", "date", "kind", "order", "gross", "vat", "vat_rate", "net", "currency",
           "country"]  # fmt: skip
CHUNK = 1000  # rows read from the database at once
may_view = permission_required("orders.view_receipt", raise_exception=True)


@admin.register(Receipt)
class ReceiptAdmin(FoundWhole):
    list_display = ["number_text", "issued_at", "kind_words", "order", "amount_text", "vat", "pdf"]
    list_filter = ["kind", "currency", "buyer_country"]
    list_select_related = ["order"]
    date_hierarchy = "issued_at"
    search_fields = ["order__number"]
    search_help_text = gettext_lazy("Number of the receipt (R-000123) or of the order")
    list_before_template = "admin/orders/_receipts_csv.html"
    readonly_fields = [
        "number_text", "kind", "issued_at", "pdf", "description", "amount_text", "net", "vat",
        "rate", "buyer_country", "sold_by",
    ]  # fmt: skip
    fields = [
        ("number_text", "pdf"),
        ("kind", "issued_at"),
        ("order", "payment"),
        ("refund", "cancels"),
        "description",
        ("amount_text", "net"),
        ("vat", "rate"),
        "buyer_country",
        "sold_by",
    ]

    @admin.display(description=gettext_lazy("number"), ordering="number")
    def number_text(self, receipt: Receipt) -> str:
        return receipt.number_text

    @display(description=gettext_lazy("kind"), ordering="kind", label=KIND)
    def kind_words(self, receipt: Receipt) -> tuple[str, str]:
        return receipt.kind, receipt.get_kind_display()

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def amount_text(self, receipt: Receipt) -> str:
        return receipt.signed_text(receipt.amount)

    @admin.display(description=gettext_lazy("without VAT"))
    def net(self, receipt: Receipt) -> str:
        return receipt.signed_text(receipt.amount_net)

    @admin.display(description=gettext_lazy("VAT"), ordering="amount_vat")
    def vat(self, receipt: Receipt) -> str:
        return receipt.signed_text(receipt.amount_vat)

    @admin.display(description=gettext_lazy("VAT rate"))
    def rate(self, receipt: Receipt) -> str:
        return f"{rate_text(receipt)} %" if receipt.vat_rate is not None else ""

    @admin.display(description=gettext_lazy("sold by"))
    def sold_by(self, receipt: Receipt) -> str:
        return ", ".join(text for text in receipt.seller.values() if text)

    @admin.display(description="PDF")
    def pdf(self, receipt: Receipt) -> SafeString:
        return pdf_link(receipt)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Receipt], search_term: str
    ) -> tuple[QuerySet[Receipt], bool]:
        if found := queryset.filter(printed_as(search_term)):
            return found, False
        return super().get_search_results(request, queryset, search_term)

    # ------------------------------------------------------------------ PDF and list
    def get_urls(self) -> list[URLPattern]:
        pages = [("csv/", self.as_csv, "csv"), ("<int:pk>/pdf/", self.as_pdf, "pdf")]
        urls: list[URLPattern] = super().get_urls()
        return [
            path(route, self.admin_site.admin_view(view), name=f"orders_receipt_{name}")
            for route, view, name in pages
        ] + urls

    @method_decorator(never_cache)
    @method_decorator(require_safe)
    @method_decorator(may_view)
    def as_pdf(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return pdf_response(get_object_or_404(Receipt, pk=pk))

    @method_decorator(never_cache)
    @method_decorator(require_safe)
    @method_decorator(may_view)
    def as_csv(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with the same filters, the oldest first."""
        try:
            receipts = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:orders_receipt_changelist")
        rows = receipts.order_by("issued_at", "pk").iterator(chunk_size=CHUNK)
        return StreamingHttpResponse(
            lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="receipts.csv"'},
        )


class Line:
    """What csv.writer takes for a file: hands each line back at once."""

    def write(self, line: str) -> str:
        return line


def lines(receipts: Iterator[Receipt]) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(COLUMNS)
    for receipt in receipts:
        yield writer.writerow(row_of(receipt))


def row_of(receipt: Receipt) -> list[str]:
    """Credit notes are negative, so that a column's sum is what was sold."""
    amounts = [
        signed(receipt, amount)
        for amount in (receipt.amount, receipt.amount_vat, receipt.amount_net)
    ]
    gross, vat, net = amounts
    texts = [
        receipt.number_text, timezone.localdate(receipt.issued_at).isoformat(), receipt.kind,
        receipt.order.number,
    ]  # fmt: skip
    where = [receipt.currency.upper(), receipt.buyer_country]
    return [*map(harmless, texts), gross, vat, rate_text(receipt), net, *map(harmless, where)]


def rate_text(receipt: Receipt) -> str:
    return "" if receipt.vat_rate is None else f"{receipt.vat_rate.normalize():f}"


def signed(receipt: Receipt, amount: int) -> str:
    text = number_text(amount, receipt.currency)
    return f"-{text}" if amount and receipt.kind == ReceiptKind.CREDIT_NOTE else text


def harmless(text: str) -> str:
    """A spreadsheet takes such a text for a formula, and runs it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
