"""The receipt and the credit notes of an order, as pages and as PDF.

There is none before the order is a sale.
"""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.lib.http import without_index
from orders.models import Receipt, ReceiptKind, printed_as
from orders.receipts.pdf import pdf_response
from orders.receipts.sheet import Sheet
from orders.views.links import find_order


def find_receipt(number: str, token: str, printed: str) -> Receipt:
    """Return the receipt, or the document with that printed number. Raises Http404."""
    which = printed_as(printed) if printed else Q(kind=ReceiptKind.RECEIPT)
    documents = find_order(number, token).receipts.select_related("order", "payment", "cancels")
    found = documents.filter(which).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def order_receipt(request: HttpRequest, number: str, token: str, printed: str = "") -> HttpResponse:
    receipt = find_receipt(number, token, printed)
    order = receipt.order
    context = {
        "order": order,
        "receipt": receipt,
        "sheet": Sheet(receipt),
        "others": order.receipts.exclude(pk=receipt.pk).order_by("pk"),
    }
    return without_index(render(request, "orders/receipt.html", context))


@never_cache
@require_safe
def order_receipt_pdf(
    request: HttpRequest, number: str, token: str, printed: str = ""
) -> HttpResponse:
    return without_index(pdf_response(find_receipt(number, token, printed)))
