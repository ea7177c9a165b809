"""Addresses of orders that version 1.0 wrote: cleaned, with their canonical form beside them."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower

from orders.lib.mailbox import canonical, cleaned
from orders.models import Order

BATCH = 500  # orders that one sweep looks at


def adopt_mailboxes() -> None:
    """Follow processes of version 1.0, which run beside this one during an update.

    A cleaned address differs from its canonical form by upper and lower case alone.
    """
    for order in Order.objects.exclude(mailbox=Lower("email")).order_by("pk")[:BATCH]:
        if _as_stored_now(order) != (order.email, order.mailbox):
            with transaction.atomic():
                order.lock()
                order.refresh_from_db()
                _store(order)


def _as_stored_now(order: Order) -> tuple[str, str]:
    try:
        return cleaned(order.email), canonical(order.email)
    except ValidationError:
        return order.email, canonical(order.email)


def _store(order: Order) -> None:
    address, mailbox = _as_stored_now(order)
    if address != order.email:
        order.emails.filter(to=order.email).update(to=address)
    Order.objects.filter(pk=order.pk).update(email=address, mailbox=mailbox)
