"""Retention: which orders are closed, and the nightly deletion of what is old enough.

Each row goes in a small transaction of its own, after a second look under its order's lock: stopped
at any moment, the next night goes on; two runs at once do no harm. The steps are those of the
privacy page and docs/operations.md; a test compares them.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from orders.leases import without_lease
from orders.lib.batches import windows
from orders.models import (
    DISPUTE_CLOSED,
    KEEPING_MONEY,
    LIVE_REFUNDS,
    UNSETTLED,
    Alert,
    Block,
    Consent,
    DataRequest,
    Dispute,
    Email,
    EmailStatus,
    EventStatus,
    History,
    LastRun,
    LinkRequest,
    Message,
    Order,
    Payment,
    Refund,
    Status,
    StripeEvent,
    needs_staff,
    on_its_own,
)
from orders.privacy.anonymise import anonymise_order, delete_books, delete_unpaid

logger = logging.getLogger(__name__)

BATCH = 500  # rows that one statement deletes
CLOSED_STATUSES = (Status.READY, Status.DELIVERED, Status.RELEASED, Status.REFUNDED, Status.EXPIRED)
UNPAID = Q(status=Status.EXPIRED)

Action = Callable[[Order, QuerySet[Order]], bool]


# ------------------------------------------------------------------ closed orders
def closed_orders() -> QuerySet[Order]:
    """Return the orders to which nothing can happen any more, except at Stripe."""
    of_order = {"order": OuterRef("pk")}
    of_payment = {"payment__order": OuterRef("pk")}
    unsettled = Q(status__in=UNSETTLED) | Q(due_at__isnull=False)
    refunding = Q(status__in=LIVE_REFUNDS) | Q(due_at__isnull=False)
    strange = Q(status=Status.EXPIRED) & Exists(
        Payment.objects.filter(**of_order, status__in=KEEPING_MONEY)
    )
    calm = Order.objects.filter(
        without_lease(), status__in=CLOSED_STATUSES, due_at=None, anonymised_at=None
    )
    return calm.filter(on_hold_at=None).exclude(
        needs_staff()
        | Exists(Payment.objects.filter(unsettled, **of_order))
        | Exists(Refund.objects.filter(refunding, **of_payment))
        | Exists(Dispute.objects.filter(**of_payment).exclude(status__in=DISPUTE_CLOSED))
        | Exists(Email.objects.filter(**of_order, due_at__isnull=False))
        | Exists(Alert.objects.filter(**of_order, settled_at=None))
        | strange
    )


def unchanged_since(orders: QuerySet[Order], before: datetime) -> QuerySet[Order]:
    """Leave out the orders to which something happened since then."""
    lately = History.objects.filter(order=OuterRef("pk"), at__gte=before)
    closed = Dispute.objects.filter(payment__order=OuterRef("pk"), closed_at__gte=before)
    return orders.filter(created_at__lt=before).exclude(Exists(lately) | Exists(closed))


def never_paid(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Keep the orders without authorization, capture or receipt."""
    secured = Q(held_at__isnull=False) | Q(captured_at__isnull=False)
    payments = Payment.objects.filter(secured | Q(amount_captured__gt=0), order=OuterRef("pk"))
    return orders.filter(UNPAID, receipts=None).exclude(Exists(payments))


def beyond_dispute(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Keep the orders whose payment a bank can no longer dispute."""
    lately = Payment.objects.filter(
        order=OuterRef("pk"), captured_at__gte=ago(settings.PROOF_KEPT_DAYS)
    )
    return orders.exclude(Exists(lately))


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


# ------------------------------------------------------------------ each night
def apply_retention() -> dict[str, int]:
    """Run all steps. Returns how many rows each deleted or emptied."""
    counts = {}
    for step in STEPS:
        name = step.__name__.replace("_", " ")
        with on_its_own(step.__name__):
            counts[name] = step()
    if len(counts) == len(STEPS):
        LastRun.note(LastRun.APPLY_RETENTION)
    return counts


# ------------------------------------------------------------------ whole orders
def orders_never_paid() -> int:
    return _each(
        never_paid(unchanged_since(closed_orders(), ago(settings.UNPAID_KEPT_DAYS))), delete_unpaid
    )


def orders_anonymised() -> int:
    return _each(unchanged_since(closed_orders(), ago(settings.ORDERS_KEPT_DAYS)), anonymise_order)


def orders_erased_on_request() -> int:
    """Orders that were not closed, or could be disputed, when the customer asked."""
    asked = closed_orders().filter(erase_asked_at__isnull=False)
    return _each(never_paid(asked), delete_unpaid) + _each(beyond_dispute(asked), anonymise_order)


def orders_past_tax_law() -> int:
    """Tax law counts from the end of the year."""
    now = timezone.localtime()
    years = settings.RECEIPTS_KEPT_YEARS
    since = now.replace(year=now.year - years, month=1, day=1, hour=0, minute=0, second=0)
    anonymised = Order.objects.filter(anonymised_at__lt=now, created_at__lt=since)
    lately = History.objects.filter(at__gte=since).values("order")
    old = anonymised.exclude(receipts__issued_at__gte=since).exclude(pk__in=lately)
    return _each(old, delete_books)


def _each(orders: QuerySet[Order], act: Action) -> int:
    count = 0
    for rows in windows(orders):
        for order in rows.order_by("pk"):
            with on_its_own(act.__name__):
                count += act(order, orders)
    return count


# ------------------------------------------------------------------ parts of orders
def network_addresses() -> int:
    """A network address is evidence only while the payment may be disputed."""
    before = ago(settings.PROOF_KEPT_DAYS)
    orders = beyond_dispute(unchanged_since(closed_orders(), before))
    placed = _update(orders.exclude(network=""), network="")
    consents = Consent.objects.filter(given_at__lt=before, order__in=orders)
    cards = Payment.objects.exclude(card_hash="").filter(
        Q(order__in=orders) | Q(order__anonymised_at__isnull=False)  # by version 1.0
    )
    return (
        placed
        + _update(consents.exclude(address=None), address=None)
        + _update(cards, card_hash="")
    )


def addresses_that_were_corrected() -> int:
    """A mistyped address is a stranger's; alerts to staff went to our own."""
    before = ago(settings.UNPAID_KEPT_DAYS)
    others = Email.objects.filter(created_at__lt=before).exclude(to__iexact=F("order__email"))
    others = others.exclude(to="").exclude(to__iexact=settings.STAFF_EMAIL)
    others = others.filter(order__status__in=CLOSED_STATUSES)
    noted = History.objects.filter(move="correct_email", at__lt=before).exclude(note="")
    return _update(others.exclude(status=EmailStatus.QUEUED), to="") + _update(noted, note="")


# ------------------------------------------------------------------ what belongs to no order
def events_and_settled_alerts() -> int:
    before = ago(settings.EVENTS_KEPT_DAYS)
    done = StripeEvent.objects.filter(received_at__lt=before, due_at=None)
    done = done.exclude(status=EventStatus.RECEIVED)
    return _delete(done) + _delete(Alert.objects.filter(settled_at__lt=before))


def block_list_entries() -> int:
    return _delete(Block.objects.filter(created_at__lt=ago(settings.BLOCKS_KEPT_DAYS)))


def staff_log_entries() -> int:
    before = ago(settings.STAFF_LOG_KEPT_DAYS)
    log = LogEntry.objects.filter(action_time__lt=before)
    return _delete(log) + _delete(DataRequest.objects.filter(at__lt=before))


def link_requests() -> int:
    """Requests that a worker has looked at are deleted at once; these made it fail."""
    return _delete(LinkRequest.objects.filter(created_at__lt=ago(1)))


def messages() -> int:
    """Messages of the contact form with their answers; after a day, the network alone."""
    old = Message.objects.filter(created_at__lt=ago(settings.UPLOADS_KEPT_DAYS), due_at=None)
    lately = Message.objects.filter(created_at__lt=ago(1)).exclude(network="")
    return _delete(old) + _update(lately, network="")


def sign_in_attempts() -> int:
    """Names and addresses; django-axes needs them for a quarter of an hour."""
    return _delete(AccessAttempt.objects.filter(attempt_time__lt=ago(1)))


def ended_sessions() -> int:
    return _delete(Session.objects.filter(expire_date__lt=timezone.now()))


def _update(rows: QuerySet[Any], **values: Any) -> int:
    return sum(window.update(**values) for window in windows(rows))


def _delete(rows: QuerySet[Any]) -> int:
    """Delete in batches; a deleted batch is no longer among the rows that are left."""
    count = 0
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        of_batch: QuerySet[models.Model] = rows.model._base_manager.filter(pk__in=pks)
        of_batch.delete()
        count += len(pks)
    return count


STEPS: tuple[Callable[[], int], ...] = (
    orders_never_paid,
    orders_anonymised,
    orders_erased_on_request,
    orders_past_tax_law,
    network_addresses,
    addresses_that_were_corrected,
    events_and_settled_alerts,
    block_list_entries,
    staff_log_entries,
    link_requests,
    messages,
    sign_in_attempts,
    ended_sessions,
)
