"""Many customers at once, each with what they drew, until nothing is left to do."""

import random
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from orders.models import (
    LIVE_REFUNDS,
    Email,
    EmailStatus,
    History,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    StripeEvent,
)
from tests.chaos.browser import Town
from tests.chaos.customer import Customer
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.staff import Staff

DIGEST = Mail.DESK_ALERT  # to staff, minutes later, whatever became of the order


@dataclass
class Lot:
    """What one customer drew, and what became of it."""

    fault: Fault
    customer: Customer
    settled_after: float = 0.0
    trouble: str = ""


def draw(town: Town, orders: int, seed: str, only: str = "") -> list[Lot]:
    """Every fault once, then every fault again, each time in another order."""
    chance = random.Random(seed)
    deck = [fault for fault in FAULTS if only in fault.name]
    faults: list[Fault] = []
    while len(faults) < orders:
        faults += chance.sample(deck, len(deck))
    return [
        Lot(fault, Customer(town, place, random.Random(f"{seed}-{place}")))
        for place, fault in enumerate(faults[:orders])
    ]


def live(lot: Lot, staff: Staff) -> None:
    """All of it, until the order has ended and its customer has looked at its page."""
    c = lot.customer
    try:
        lot.fault.play(c, staff)
        c.wait_until(lambda: is_settled(c.row(), lot.fault), "it has ended")
        last = History.objects.filter(order__number=c.number).last()
        lot.settled_after = max(0.0, last.at.timestamp() - c.last_act) if last else 0.0
        before = c.row()
        sees_code = 'id="code"' in c.browser.get(c.page).text
        if sees_code != before.may_show_code and c.row().version == before.version:
            lot.trouble = "its page shows a code that is not due, or none that is"
    except Exception as error:  # the others go on; the end of the run reports it
        lot.trouble = f"{type(error).__name__}: {error}"
    finally:
        c.browser.client.close()
        connection.close()  # each thread has its own


def is_settled(order: Order, fault: Fault) -> bool:
    if order.status not in fault.ends:
        return False
    payments = order.payments.filter(
        status__in=[PaymentStatus.AUTHORIZED, PaymentStatus.PROCESSING]
    )
    refunds = Refund.objects.filter(payment__order=order, status__in=LIVE_REFUNDS)
    mails = order.emails.filter(status=EmailStatus.QUEUED).exclude(mail=DIGEST)
    return not (payments.exists() or refunds.exists() or (mails.exists() and not order.is_on_hold))


def is_calm() -> bool:
    return not what_is_left()


def what_is_left() -> list[str]:
    """A line for each row that waits to be done, but for what staff must look at first."""
    free = Order.objects.filter(on_hold_at=None)
    due: list[QuerySet[Any]] = [
        free.filter(due_at__isnull=False),
        Payment.objects.filter(due_at__isnull=False, order__in=free),
        Refund.objects.filter(due_at__isnull=False, payment__order__in=free),
        Email.objects.filter(due_at__isnull=False, order__in=free).exclude(mail=DIGEST),
        StripeEvent.objects.filter(due_at__isnull=False),
    ]
    return [
        f"{row._meta.verbose_name} {row.pk}, {row.status}, due {row.due_at:%H:%M:%S}, "
        f"{row.tries} tries, claimed until {row.claimed_until}"
        for rows in due
        for row in rows
    ]
