"""The card for the glove box, as a page and as PDF."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.lib.http import without_index
from orders.receipts.card import Card, NoCodeError, card_response
from orders.views.links import find_order


def find_card(number: str, token: str) -> Card:
    """Return the card of an order whose page shows the code. Raises Http404."""
    try:
        return Card(find_order(number, token))
    except NoCodeError:
        raise Http404 from None


@never_cache
@require_safe
def order_card(request: HttpRequest, number: str, token: str) -> HttpResponse:
    card = find_card(number, token)
    return without_index(render(request, "orders/card.html", {"card": card, "order": card.order}))


@never_cache
@require_safe
def order_card_pdf(request: HttpRequest, number: str, token: str) -> HttpResponse:
    return without_index(card_response(find_card(number, token)))
