"""Which orders a person looks at before any source is asked."""

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from orders.models.abuse import Block

if TYPE_CHECKING:
    from orders.models.order import Order

LOCKS = 1  # of PostgreSQL's advisory locks, those that are taken here


def is_blocked(order: "Order") -> bool:
    return Block.names(Block.Kind.SERIAL, order.serial) or Block.names(
        Block.Kind.EMAIL, order.email
    )


def orders_of_buyer(order: "Order") -> QuerySet["Order"]:
    """Of the same e-mail address, or from the same place."""
    same = Q(pk=order.pk)
    if order.email:
        same |= Q(email__iexact=order.email)
    if order.network:
        same |= Q(network=order.network)
    return type(order).objects.filter(same)


def one_at_a_time(order: "Order") -> None:
    """Until the transaction ends, no other order of this buyer is looked at: placed at the same
    moment, they would not count each other."""
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time
    buyers = [f"email {order.email.lower()}", f"network {order.network}" if order.network else ""]
    with connection.cursor() as cursor:
        for key in sorted(zlib.crc32(buyer.encode()) for buyer in buyers if buyer):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, key - 2**31])


def has_many_serials(order: "Order") -> bool:
    """Whoever empties a yard of cars orders one radio after the other. Orders that nobody paid do
    not count: a slip that was corrected is one of them."""
    since = timezone.now() - timedelta(hours=settings.VELOCITY_HOURS)
    paid = orders_of_buyer(order).filter(placed_at__gte=since)
    # hashed now, because those that are stored may be of two keys while keys are being changed
    serials = {each.serial_hashes[0] for each in paid.select_related("radio").iterator()}
    return bool(len(serials) >= settings.VELOCITY_SERIALS)
