"""Waiting work: rows with a due time, and workers that lease them.

The database is the queue. A Celery message only names a row, so losing or doubling one is harmless;
the sweep enqueues what is due.
"""

import logging
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from celery import current_app
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from orders.lib.log_context import add_log_fields, log_context, log_fields

logger = logging.getLogger(__name__)

MAX_TRIES = 5  # leases in a row without an outcome, after which staff look


class Work(models.Model):
    """A row on which work may wait. `due_at` is null while there is nothing to do."""

    TASK: ClassVar[str]  # the name of the task that does this row's work
    # Related rows to read along. Not one whose state may change during a call to Stripe: the work
    # reads it when it decides.
    NEEDS: ClassVar[tuple[str, ...]] = ()

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # leases in a row that recorded nothing: the process died, or the work raised
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # postponements in a row; they set how long to wait
    delays = models.PositiveSmallIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    claim_token = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def order_number(self) -> str:
        """For logs: the order that the work is for; empty for none, or for several."""
        return ""

    def make_due(self, at: datetime | None = None) -> None:
        """Make the row due now, or at the given time, and enqueue it."""
        type(self)._base_manager.filter(pk=self.pk).update(**due(at))
        self.refresh_from_db()
        if at is None:
            enqueue(self)

    @property
    def lease_is_valid(self) -> Q:
        """For `make_move(only_if=...)`: a write that counts only while this lease is valid."""
        return Q(claim_token=self.claim_token, claim_token__isnull=False)

    def finish(self, **changes: Any) -> bool:
        """End the work. Returns false, changing nothing, if the lease is no longer valid."""
        return self._record(changes | DONE)

    def postpone(self, at: datetime | None = None, **changes: Any) -> bool:
        """Try again, at the given time or after a back-off. A result, so `tries` starts at 0."""
        at = at or timezone.now() + backoff(self.delays)
        return self._record(changes | FREE | {"due_at": at, "delays": F("delays") + 1})

    def keep(self, **changes: Any) -> bool:
        """Record something on the way; the lease continues."""
        return self._record(changes)

    def return_lease(self) -> bool:
        """End the lease without a result, and keep the count of tries."""
        at = timezone.now() + backoff(self.tries)
        return self._record({"due_at": at, "claimed_until": None, "claim_token": None})

    def _record(self, changes: dict[str, Any]) -> bool:
        rows = type(self)._base_manager.filter(pk=self.pk, claim_token=self.claim_token)
        if self.claim_token is None or rows.update(**changes) != 1:
            return False
        self.refresh_from_db()
        return True


def due_index(name: str) -> models.Index:
    """A partial index of waiting rows: a million finished ones must not slow the sweep."""
    return models.Index(fields=["due_at"], name=name, condition=Q(due_at__isnull=False))


FREE: dict[str, Any] = {"claimed_until": None, "claim_token": None, "tries": 0}
DONE: dict[str, Any] = FREE | {"due_at": None, "delays": 0}


def due(at: datetime | None = None) -> dict[str, Any]:
    """Return the changes that make a row due, for a move that leads to new work.

    They end any lease, so that a worker that is still busy with the old state cannot record its
    result over the new one.
    """
    return FREE | {"due_at": at or Now(), "delays": 0}


def backoff(n: int) -> timedelta:
    """30 s x 2^n, at most an hour, with full jitter: rows that failed together come back apart."""
    most: timedelta = min(settings.BACKOFF_FIRST * 2 ** min(n, 12), settings.BACKOFF_MOST)
    return most * random.random()  # noqa: S311


W = TypeVar("W", bound=Work)


def without_lease() -> Q:
    """The database's clock decides, not this machine's."""
    return Q(claimed_until=None) | Q(claimed_until__lte=Now())


def waiting(model: type[W]) -> QuerySet[W]:
    """Rows that are due, not leased and not exhausted."""
    rows: QuerySet[W] = model._base_manager.all()
    return rows.filter(without_lease(), due_at__lte=Now(), tries__lt=MAX_TRIES)


def exhausted(model: type[W]) -> QuerySet[W]:
    """Rows that were leased so often without a result that staff must look at them."""
    rows: QuerySet[W] = model._base_manager.all()
    return rows.filter(without_lease(), due_at__lte=Now(), tries__gte=MAX_TRIES)


def lease(model: type[W], pk: int) -> W | None:
    """Lease a due row, or return None: another worker has it, or there is nothing to do.

    One conditional UPDATE, so that two workers never both win. The lease expires after CLAIM_LASTS,
    because a worker may die between lease and result.
    """
    token = uuid.uuid4()
    won = (
        waiting(model)
        .filter(pk=pk)
        .update(claim_token=token, claimed_until=Now() + settings.CLAIM_LASTS, tries=F("tries") + 1)
    )
    return model._base_manager.select_related(*model.NEEDS).get(pk=pk) if won else None


@contextmanager
def leased(model: type[W], pk: int) -> Iterator[W | None]:
    """Lease a row, and return it if the work raises.

    The exception is logged by kind and place only: its text may hold what was asked or answered.
    """
    kind = model._meta.model_name or ""
    with log_fields(kind=kind, row=str(pk)):
        row = lease(model, pk)
        began = time.monotonic()
        try:
            if row:
                add_log_fields(order=row.order_number)
            yield row
            if row:
                took = round((time.monotonic() - began) * 1000)
                logger.info("%s %s: %s ms", kind, pk, took, extra={"fields": {"ms": took}})
        except Exception as error:
            if row is None:
                raise
            row.return_lease()
            logger.error(
                "%s %s: %s, tries again",
                kind,
                pk,
                type(error).__name__,
                exc_info=True,
            )


# ------------------------------------------------------------------ messages
_quiet_until = 0.0
QUIET_AFTER_ERROR = 30.0  # seconds; a publish to a frozen Redis costs about four time-outs


def enqueue(row: Work) -> None:
    """Publish the row's task after the commit. Without a broker, the sweep finds the row."""
    transaction.on_commit(lambda: publish(row.TASK, row.pk), robust=True)


def publish(task: str, pk: int) -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    cause = {"request_id": log_context().get("request_id", "")}
    try:
        current_app.send_task(task, (pk,), retry=False, headers=cause)
    except Exception as error:  # no error of the broker may reach a customer
        _quiet_until = time.monotonic() + QUIET_AFTER_ERROR
        logger.warning("message for %s not sent: %s", task, type(error).__name__)


def resume_publishing() -> None:
    """End the pause after an error: a message has just come through the broker."""
    global _quiet_until
    _quiet_until = 0.0
