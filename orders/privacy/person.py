"""One customer, by their e-mail address: what is kept, and its erasure."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.lib.mailbox import canonical
from orders.models import (
    Block,
    DataRequest,
    Email,
    EmailStatus,
    Message,
    Order,
    fingerprints_of,
)
from orders.privacy.anonymise import anonymise_order, delete_unpaid
from orders.privacy.retention import beyond_dispute, closed_orders, never_paid

logger = logging.getLogger(__name__)


@dataclass
class Verdict:
    """What becomes of each order, in words; `later` is done by itself, each night is a try."""

    deleted: list[Order] = field(default_factory=list)
    forgotten: list[Order] = field(default_factory=list)
    later: list[tuple[Order, str]] = field(default_factory=list)
    receipts: int = 0  # which tax law wants, without a name or an address
    other_mails: int = 0  # of orders that are another's by now: the address was a slip
    messages: int = 0  # of the contact form
    is_blocked: bool = False

    @property
    def is_empty(self) -> bool:
        return not (
            self.deleted or self.forgotten or self.later or self.other_mails or self.messages
        )

    @property
    def outcome(self) -> dict[str, str]:
        """For the log of requests: order numbers, no address."""
        return (
            {order.number: "deleted" for order in self.deleted}
            | {order.number: "forgotten" for order in self.forgotten}
            | {order.number: "later" for order, _why in self.later}
        )


def orders_of(address: str) -> QuerySet[Order]:
    return Order.objects.filter(mailbox=canonical(address)).order_by("pk")


def mails_of_others(address: str) -> QuerySet[Email]:
    """That went there while it stood in an order that has another address now."""
    sent = Email.objects.filter(to__iexact=canonical(address))
    return sent.exclude(order__in=orders_of(address))


def verdict(address: str) -> Verdict:
    """What `erase` would do at this moment."""
    found = Verdict()
    for order in orders_of(address).select_related("radio"):
        this = closed_orders().filter(pk=order.pk)
        if never_paid(this).exists():
            found.deleted.append(order)
        elif beyond_dispute(this).exists():
            found.forgotten.append(order)
        else:
            found.later.append((order, why_later(order)))
        found.receipts += order.receipts.count()
    found.other_mails = mails_of_others(address).exclude(status=EmailStatus.QUEUED).count()
    found.messages = Message.of_mailbox(address).count()
    found.is_blocked = Block.names(Block.Kind.EMAIL, address)
    return found


def why_later(order: Order) -> str:
    if not closed_orders().filter(pk=order.pk).exists():
        return _("it is not over yet")
    captured: datetime | None = order.payments.aggregate(last=Max("captured_at"))["last"]
    until = (captured or timezone.now()) + timedelta(days=settings.PROOF_KEPT_DAYS)
    day = date_format(timezone.localtime(until), "j F Y")
    return _("a bank may dispute its payment until %s") % day


def erase(address: str, by: User | None = None) -> Verdict:
    """All that the law does not make us keep, and now. What has to wait is remembered, and goes by
    itself (orders/privacy/retention.py). Twice changes nothing."""
    decided = verdict(address)
    orders_of(address).update(erase_asked_at=Now())
    for order in decided.deleted:
        delete_unpaid(order, never_paid(closed_orders()))
    for order in decided.forgotten:
        anonymise_order(order, beyond_dispute(closed_orders()))
    mails_of_others(address).exclude(status=EmailStatus.QUEUED).update(to="")
    Message.of_mailbox(address).delete()
    asked = DataRequest.note(DataRequest.Kind.ERASE, address, by, decided.outcome)
    # a restored older backup would bring them back (docs/operations.md)
    logger.warning("person erased: fingerprint %s", asked.fingerprint)
    return decided


def address_of(fingerprint: str) -> str | None:
    """Whose it is, if they are still, or again, among the orders or messages."""
    known = Order.objects.exclude(mailbox="").order_by().values_list("mailbox", flat=True)
    written = (message.email for message in Message.objects.iterator())
    addresses = chain(map(str, known.distinct().iterator()), written)
    return next((each for each in addresses if fingerprint in fingerprints_of(each)), None)


def requests_of(address: str) -> QuerySet[DataRequest]:
    return DataRequest.objects.filter(fingerprint__in=fingerprints_of(address))
