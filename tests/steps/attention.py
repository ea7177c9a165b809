"""What staff must look at of an order, and staff who have looked."""

from django.contrib.auth.models import User

from orders.desk import holds
from orders.models import Order
from tests.steps.factories import make_staff


def open_reasons(order: Order) -> list[str]:
    return list(order.open_attentions.values_list("reason", flat=True))


def settle(order: Order, *reasons: str) -> None:
    """Staff settle these reasons, or all that are open."""
    wilma = User.objects.filter(username="wilma").first() or make_staff("wilma")
    for attention in order.open_attentions:
        if not reasons or attention.reason in reasons:
            assert holds.settle(attention, wilma)
    order.refresh_from_db()
