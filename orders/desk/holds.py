"""Who is told that an order is on hold: staff, at once and once more before its time is up.

No robot decides about such an order, and its customer waits: somebody must know of it without
having looked.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from orders.desk.deadlines import decide_by
from orders.models import Email, Mail, Order, queue_mail

BATCH = 500  # that one sweep looks at
DAY = timedelta(days=1)


def watch_holds() -> None:
    """Whoever was reminded already knows all that there is to tell."""
    on_hold = Order.objects.filter(on_hold_at__isnull=False).exclude(attention_reason="")
    reminded = Email.objects.filter(
        order=OuterRef("pk"), mail=Mail.HOLD_ENDS, created_at__gte=OuterRef("on_hold_at")
    )
    for order in on_hold.exclude(Exists(reminded)).order_by(F("on_hold_at"))[:BATCH]:
        tell_once(order, Mail.ON_HOLD)
        if is_to_be_reminded(order):
            tell_once(order, Mail.HOLD_ENDS)


def is_to_be_reminded(order: Order) -> bool:
    """A day before its time is up; of less time than two days when half is left."""
    ends, began = decide_by(order), order.on_hold_at
    if ends is None or began is None:
        return False
    at: datetime = max(ends - DAY, began + (ends - began) / 2)
    return at <= timezone.now()


def tell_once(order: Order, mail: Mail) -> None:
    """Once each time it is put on hold. Two sweeps may run at once: the second waits for the
    first, and sees its mail."""
    with transaction.atomic():
        order.lock()
        if not order.emails.filter(mail=mail, created_at__gte=order.on_hold_at).exists():
            queue_mail(order, mail, to=settings.STAFF_EMAIL)
