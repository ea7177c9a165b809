"""How often anybody may order, and open a payment page.

Counted from the orders and payments that exist: nothing can be flushed, and a form that was sent
again is one order. A card is tried out on a payment page, so whoever gets few pages tries few; an
order has one page at a time, and so limits on orders are limits on pages.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.models import Order

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class TooManyError(Exception):
    """`field` of the order form is what was seen too often; None: the place it comes from."""

    def __init__(self, says: str, again_at: datetime, field: str | None = None) -> None:
        when = date_format(timezone.localtime(again_at), "l, H:i T")
        super().__init__(f"{says} {_('You can try again after %s.') % when}")
        self.field = field
        self.retry_after = max(1, int((again_at - timezone.now()).total_seconds()))


def refuse_more_orders(network: str, email: str, serial_hashes: Iterable[str]) -> None:
    """Raises TooManyError where one more order would be one too many."""
    orders = Order.objects.order_by()
    if network:
        _refuse_more(
            orders.filter(network=network), settings.ORDERS_PER_ADDRESS_HOUR, HOUR,
            _("More orders came from your connection than we take within an hour."),
        )  # fmt: skip
    _refuse_more(
        orders.filter(email__iexact=email), settings.ORDERS_PER_EMAIL_DAY, DAY,
        _("There are more orders for this address than we take within a day."), "email",
    )  # fmt: skip
    _refuse_more(
        orders.filter(serial_hash__in=serial_hashes), settings.ORDERS_PER_SERIAL_DAY, DAY,
        _(
            "This serial was ordered more often than we take within a day. If one of the orders is "
            "yours, “My order” finds it."
        ),
        "serial",
    )  # fmt: skip


def refuse_more_payments(order: Order) -> None:
    """Raises TooManyError where one more payment page would be one too many."""
    says = _("This order has had more payment pages than we open within a day. No money was taken.")
    _refuse_more(order.payments.order_by(), settings.PAYMENTS_PER_ORDER, DAY, says)


def _refuse_more(
    rows: QuerySet[Any], most: int, within: timedelta, says: str, field: str | None = None
) -> None:
    lately = rows.filter(created_at__gt=timezone.now() - within).order_by("-created_at")
    newest = list(lately.values_list("created_at", flat=True)[:most])
    if len(newest) >= most:
        raise TooManyError(says, newest[-1] + within, field)
