"""What is old enough goes, each night. In small transactions of their own, each looked at once more
under its order's lock: stopped at any moment, the next night goes on; two at once do no harm.

Step for step as the privacy page tells it and docs/operations.md explains it; a test compares.
"""

import logging
from collections.abc import Callable
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import DatabaseError, models
from django.db.models import F, QuerySet
from django.utils import timezone

from orders.lib.batches import windows
from orders.models import (
    Alert,
    Block,
    Consent,
    DataRequest,
    Email,
    EmailStatus,
    History,
    LastRun,
    Order,
    StripeEvent,
)
from orders.models.stripe_event import EventStatus
from orders.privacy.anonymise import delete_books, delete_unpaid, forget
from orders.privacy.over import OVER, ago, beyond_dispute, never_paid, over, quiet_since

logger = logging.getLogger(__name__)

BATCH = 500  # rows that one statement deletes

Forget = Callable[[Order, QuerySet[Order]], bool]


def apply_retention() -> dict[str, int]:
    """How many rows of each kind went."""
    counts = {}
    for step in STEPS:
        name = step.__name__.replace("_", " ")
        try:
            counts[name] = step()
        except DatabaseError as error:  # a deadlock, say: the next night tries again
            logger.error("%s: %s", name, type(error).__name__)
    if len(counts) == len(STEPS):
        LastRun.note(LastRun.APPLY_RETENTION)
    return counts


# ------------------------------------------------------------------ whole orders
def orders_never_paid() -> int:
    return _each(never_paid(quiet_since(over(), ago(settings.UNPAID_KEPT_DAYS))), delete_unpaid)


def orders_made_nobodys() -> int:
    return _each(quiet_since(over(), ago(settings.ORDERS_KEPT_DAYS)), forget)


def orders_asked_to_be_forgotten() -> int:
    """They were not over yet, or a bank might have disputed their payment."""
    asked = over().filter(erase_asked_at__isnull=False)
    return _each(never_paid(asked), delete_unpaid) + _each(beyond_dispute(asked), forget)


def books_of_old() -> int:
    """Tax law counts from the end of the year."""
    now = timezone.localtime()
    years = settings.RECEIPTS_KEPT_YEARS
    since = now.replace(year=now.year - years, month=1, day=1, hour=0, minute=0, second=0)
    nobodys = Order.objects.filter(anonymised_at__lt=now, created_at__lt=since)
    lately = History.objects.filter(at__gte=since).values("order")
    old = nobodys.exclude(receipts__issued_at__gte=since).exclude(pk__in=lately)
    return _each(old, delete_books)


def _each(orders: QuerySet[Order], act: Forget) -> int:
    return sum(act(order, orders) for rows in windows(orders) for order in rows.order_by("pk"))


# ------------------------------------------------------------------ parts of orders
def network_addresses() -> int:
    """Where an order came from is proof while its payment may be disputed, and no longer."""
    before = ago(settings.PROOF_KEPT_DAYS)
    orders = beyond_dispute(quiet_since(over(), before))
    placed = _update(orders.exclude(network=""), network="")
    consents = Consent.objects.filter(given_at__lt=before, order__in=orders)
    return placed + _update(consents.exclude(address=None), address=None)


def addresses_that_were_corrected() -> int:
    """A stranger's, if it was mistyped. Alerts to staff went to an address of ours."""
    before = ago(settings.UNPAID_KEPT_DAYS)
    others = Email.objects.filter(created_at__lt=before).exclude(to__iexact=F("order__email"))
    others = others.exclude(to="").exclude(to__iexact=settings.STAFF_EMAIL)
    others = others.filter(order__status__in=OVER)
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


def sign_in_attempts() -> int:
    """Names and addresses; django-axes needs them for a quarter of an hour."""
    return _delete(AccessAttempt.objects.filter(attempt_time__lt=ago(1)))


def ended_sessions() -> int:
    return _delete(Session.objects.filter(expire_date__lt=timezone.now()))


def _update(rows: QuerySet[Any], **values: Any) -> int:
    return sum(window.update(**values) for window in windows(rows))


def _delete(rows: QuerySet[Any]) -> int:
    """Each batch is no longer among the rows that are left."""
    count = 0
    while pks := list(rows.values_list("pk", flat=True)[:BATCH]):
        of_batch: QuerySet[models.Model] = rows.model._base_manager.filter(pk__in=pks)
        of_batch.delete()
        count += len(pks)
    return count


STEPS: tuple[Callable[[], int], ...] = (
    orders_never_paid,
    orders_made_nobodys,
    orders_asked_to_be_forgotten,
    books_of_old,
    network_addresses,
    addresses_that_were_corrected,
    events_and_settled_alerts,
    block_list_entries,
    staff_log_entries,
    sign_in_attempts,
    ended_sessions,
)
