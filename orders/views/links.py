"""How a customer's secret link finds its order."""

from django.http import Http404

from orders.models import Order


def find_order(number: str, token: str) -> Order:
    """Return the order of a link. Raises the same Http404 for a wrong number and a wrong token."""
    order = Order.objects.select_related("brand", "radio", "car_model", "generation").filter(
        number=number
    ).first()  # fmt: skip
    if not (order or Order()).has_token(token) or order is None:
        raise Http404
    return order
