"""Many orders at once: their serials as a list, and a list of codes back, sent after a preview."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from orders.admin.desk.bulk_codes import Line, read_codes, seal, send_codes, unseal, waiting_orders
from orders.admin.desk.order_list import may_enter_code
from orders.admin.desk.page import note_other_code
from orders.admin.masking import in_groups
from orders.admin.receipt import harmless
from orders.code_book.rows import BadListError
from orders.models import History, Order
from orders.money import format_money

MOST_BYTES = 1_000_000
COLUMNS = ["order", "serial", "second number", "device number", "brand", "radio", "car", "code"]


class CodesForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Serials and codes"),
        required=False,
        max_length=100_000,
        help_text=gettext_lazy("One line each: the serial, then the code."),
        widget=forms.Textarea(
            attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off", "accesskey": "c"}
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        help_text=gettext_lazy("CSV or Excel (.xlsx) with the columns serial and code."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
    )
    pads_codes = forms.BooleanField(
        required=False,
        label=gettext_lazy("Put back leading zeros of codes"),
        help_text=gettext_lazy("Only if you know that a spreadsheet dropped them."),
    )
    add_to_book = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Add them to the code book")
    )

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file and (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("This file is too big. Split it."))
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data["text"]) == bool(data["file"]):
            raise forms.ValidationError(_("Paste the codes, or choose a file."))
        return data

    @property
    def content(self) -> bytes:
        file = self.cleaned_data["file"]
        content: bytes = file.read() if file else self.cleaned_data["text"].encode()
        return content


@require_http_methods(["GET", "POST"])
@may_enter_code
def bulk(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return bulk_page(request, CodesForm())
    form = CodesForm(request.POST, request.FILES)
    if not form.is_valid():
        return bulk_page(request, form, status=422)
    try:
        pads_codes = form.cleaned_data["pads_codes"]
        lines = read_codes(form.content, pads_codes=pads_codes, by=request.user)  # type: ignore[arg-type]
    except BadListError as error:
        form.add_error(None, str(error))
        return bulk_page(request, form, status=422)
    return preview(request, lines, to_book=form.cleaned_data["add_to_book"])


def preview(request: HttpRequest, lines: list[Line], *, to_book: bool) -> HttpResponse:
    for line in lines:
        if line.is_other_code and line.order:
            note_other_code(request, line.order)
    good = [line for line in lines if line.order and not line.fault]
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Codes in bulk"),
        "good": [(line, in_groups(line.serial)) for line in good],
        "bad": [(line, in_groups(line.serial)) for line in lines if line.fault],
        "sum": to_charge([line.order for line in good if line.order]),
        "to_book": to_book,
        "sealed": seal(good, request.user, to_book=to_book),  # type: ignore[arg-type]
    }
    return render(request, "admin/orders/bulk_preview.html", context)


def to_charge(orders: list[Order]) -> str:
    """The sum in each currency, without what was captured before."""
    named = Order.objects.filter(pk__in=[order.pk for order in orders])
    captured = {"payments__is_superseded": False, "payments__amount_captured__gt": 0}
    charged = set(named.filter(**captured).values_list("pk", flat=True))
    sums: Counter[str] = Counter()
    for order in orders:
        sums[order.currency] += order.price if order.pk not in charged else 0
    return ", ".join(format_money(amount, currency) for currency, amount in sums.items())


def bulk_page(request: HttpRequest, form: CodesForm, status: int = 200) -> HttpResponse:
    radios: dict[Any, list[str]] = defaultdict(list)
    orders = waiting_orders()
    for order in orders:
        radios[order.radio].append(order.serial)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Codes in bulk"),
        "radios": [(radio, len(serials), "\n".join(serials)) for radio, serials in radios.items()],
        "count": len(orders),
        "form": form,
    }
    return render(request, "admin/orders/bulk.html", context, status=status)


@require_POST
@may_enter_code
def send(request: HttpRequest) -> HttpResponse:
    try:
        rows, to_book = unseal(request.POST.get("sealed", ""), request.user)  # type: ignore[arg-type]
    except BadListError as error:
        messages.error(request, str(error))
        return redirect("admin:orders_order_desk_bulk")
    left = send_codes(rows, request.user, to_book=to_book)  # type: ignore[arg-type]
    if sent := len(rows) - len(left):
        words = ngettext("%d code is stored.", "%d codes are stored.", sent) % sent
        messages.success(request, f"{words} " + _("The payments are being captured."))
    if left:
        numbers = ", ".join(order.number for order in left)
        messages.warning(request, _("Changed since the preview, nothing was sent: %s.") % numbers)
    return redirect("admin:orders_order_desk_bulk")


# ------------------------------------------------------------------ the serials
@require_POST
@may_enter_code
def export(request: HttpRequest) -> HttpResponse:
    """The serials that wait, of one radio or all, as CSV with an empty column for the codes."""
    radio = request.POST.get("radio", "")
    orders = [order for order in waiting_orders() if radio in ("", str(order.radio_id))]
    History.objects.bulk_create(
        History(
            order=order, subject="order", subject_id=order.pk, move="export_serial",
            status=order.status, by_id=request.user.pk,
        )
        for order in orders
    )  # fmt: skip
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="serials.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(map(list, map(cells, orders)))
    return response


def cells(order: Order) -> Iterator[str]:
    texts = [
        order.number, order.serial, order.second_number, order.device_number, order.make,
        order.radio.name, order.car, "",
    ]  # fmt: skip
    return map(harmless, texts)
