"""A list, taken out of the book again."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.code_book.reading import LeaseLostError
from orders.leases import enqueue
from orders.lib import crypto
from orders.models import Code, CodeBookEntry, Import, Provider, Remark

BATCH = 1_000


def undo_slice(job: Import, lasts: timedelta) -> None:
    """Go on for so long, but one batch at least, and leave the rest due."""
    began = time.monotonic()
    with suppress(LeaseLostError):
        for _batch in undo_batches(job):
            if time.monotonic() - began >= lasts.total_seconds():
                job.postpone(timezone.now())
                enqueue(job)
                return


def undo_batches(job: Import) -> Iterator[None]:
    """To the end, which moves the job; a step for each batch. Raises ClaimLostError."""
    while entries := list(job.entries.filter(pk__gt=job.place).order_by("pk")[:BATCH]):
        _take_out(entries, job)
        yield
    job.end_undoing()


def _take_out(entries: list[CodeBookEntry], job: Import) -> None:
    """What was sold from the book stays there, as it was sold."""
    with transaction.atomic():
        orders = sold_with(entries)
        CodeBookEntry.objects.filter(
            pk__in=[entry.pk for entry in entries if entry.pk not in orders]
        ).delete()
        Remark.objects.bulk_create(
            Remark(
                of=job, kind=Remark.Kind.KEPT, line=None,
                text=_("%(entry)s stays: order %(order)s was served with it.")
                % {"entry": CodeBookEntry(pk=pk), "order": number},
            )
            for pk, number in orders.items()
        )  # fmt: skip
        stands = job.keep(
            place=entries[-1].pk,
            removed=F("removed") + len(entries) - len(orders),
            kept=F("kept") + len(orders),
            claimed_until=Now() + settings.CLAIM_LASTS,
            tries=0,  # something was recorded
        )
        if not stands:
            raise LeaseLostError


def sold_with(entries: list[CodeBookEntry]) -> dict[int, str]:
    """Entries by which an order was served, and the last such order's number.

    While keys are being changed, code and entry may be hashed under different ones.
    """
    entry_of = {
        each: entry.pk
        for entry in entries
        for each in crypto.hashes_of_serial(entry.brand_id, entry.serial)
    }
    codes = Code.objects.filter(serial_hash__in=entry_of, source=Provider.CODE_BOOK).order_by("pk")
    found = codes.values_list("serial_hash", "order__number")
    return {entry_of[serial_hash]: number for serial_hash, number in found}
