"""What only version 1.0 needs: links of orders in clear, hashes of codes, links in old payments.

The command `finish_update` removes it, once no process of that version runs. It goes with the next
version, whose migration drops the columns.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from orders.lib.batches import windows
from orders.models import Attempt, Order, Payment
from orders.payments.return_address import LEADS_BACK_FOR

LINK = ("token_clear", "token_hash", "token_encrypted")
WINDOW = 1_000  # rows of one transaction


def seal_links() -> int:
    """Hash and encrypt links. The oldest come first, and with them new orders follow."""
    return _rewrite_links(Order.objects.exclude(token_clear=""), is_clear=False)


def unseal_links() -> int:
    """Write links in clear again, as version 1.0 reads them."""
    return _rewrite_links(Order.objects.exclude(token_encrypted=""), is_clear=True)


def _rewrite_links(orders: QuerySet[Order], *, is_clear: bool) -> int:
    count = 0
    for rows in windows(orders, WINDOW):
        with transaction.atomic():
            locked = list(rows.order_by("pk").select_for_update(no_key=True))
            for order in locked:
                columns = Order.in_clear(order.token) if is_clear else Order.sealed(order.token)
                for name, value in columns.items():
                    setattr(order, name, value)
            Order.objects.bulk_update(locked, LINK, batch_size=250)
        count += len(locked)
    return count


def drop_code_hashes() -> int:
    hashed = windows(Attempt.objects.exclude(code_hash=""))
    return sum(rows.update(code_hash="") for rows in hashed)


def drop_links_of_payments() -> int:
    """Version 0.9 sent the order's link to Stripe; payments that lead back by it keep it."""
    over = timezone.now() - LEADS_BACK_FOR
    sent = Payment.objects.filter(created_at__lt=over, params__success_url__icontains="/orders/RC-")
    count = 0
    for rows in windows(sent, WINDOW):
        with transaction.atomic():
            payments = list(rows.order_by("pk").select_for_update(no_key=True))
            for payment in payments:
                for name in ("success_url", "cancel_url"):
                    payment.params.pop(name, None)
            Payment.objects.bulk_update(payments, ["params"], batch_size=250)
        count += len(payments)
    return count
