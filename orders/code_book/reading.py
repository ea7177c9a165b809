"""A list, read into the book batch by batch.

Each batch is one transaction: its entries, its remarks, the counts, and the place where to go on.
A process that is killed costs the batch it was at, and nothing is counted twice.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedReader
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.code_book.columns import Columns
from orders.code_book.known_radios import Catalogue, Checked
from orders.code_book.lists import open_list
from orders.code_book.rows import BadListError, BadRowError, Row, Rows
from orders.code_book.storing import Outcome, store
from orders.leases import enqueue
from orders.models import Import, Remark

BATCH = 5_000  # rows that are looked up and stored together


@dataclass
class Batch:
    """Rows as they come, checked. `trouble` says why there are no more."""

    rows: int = 0
    line: int = 0
    place: int = 0
    checked: list[Checked] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    trouble: str = ""


class LeaseLostError(Exception):
    """Somebody else has the list now, or it is being undone."""


def read_slice(job: Import, file: BufferedReader, lasts: timedelta) -> None:
    """Read on for so long after the first batch, and leave the rest due. Until that one a large
    spreadsheet takes seconds to be opened, which each slice has to do anew."""
    end = 0.0
    with suppress(LeaseLostError):
        for _batch in read_batches(job, file):
            end = end or time.monotonic() + lasts.total_seconds()
            if time.monotonic() >= end:
                job.postpone(timezone.now())
                enqueue(job)
                return


def read_batches(job: Import, file: BufferedReader, *, ahead: bool = False) -> Iterator[None]:
    """Read to the end, which moves the job; a step for each batch that was stored.

    `ahead` prepares batches in a thread of their own while the database stores others. Such a file
    must be one that does not come from the database. Raises ClaimLostError.
    """
    try:
        rows = open_list(file)
        if not job.size and rows.size:
            job.keep(size=rows.size)
        batches = _batches(rows, job)
    except BadListError as error:
        job.stop(str(error))
        return
    for batch in _ahead(batches) if ahead else batches:
        _store(batch, job)
        yield
        if batch.trouble:
            job.stop(batch.trouble)
            return
    job.end_reading()


def _batches(rows: Rows, job: Import) -> Iterator[Batch]:
    """Raises BadListError for a first line that names no columns; later it says so in a batch."""
    from_start = rows.read()
    header = next(from_start, None)
    if header is None:
        raise BadListError(_("This file is empty."))
    columns = Columns(header)
    catalogue = Catalogue(job.brand, pads_codes=job.pads_codes)
    rest = rows.read(job.place, job.line) if job.place else from_start
    return _checked(rest, columns, catalogue)


def _checked(rows: Iterator[Row], columns: Columns, catalogue: Catalogue) -> Iterator[Batch]:
    is_over = False
    while not is_over:
        batch = Batch()
        try:
            for row in islice(rows, BATCH):
                _check(row, columns, catalogue, batch)
        except BadListError as error:
            batch.trouble = str(error)
        is_over = bool(batch.trouble) or batch.rows < BATCH
        if batch.rows or batch.trouble:
            yield batch


def _check(row: Row, columns: Columns, catalogue: Catalogue, batch: Batch) -> None:
    try:
        batch.checked.append(catalogue.check(row.line, columns.fields(row)))
    except BadRowError as error:
        batch.broken.append((row.line, str(error)))
    batch.rows += 1
    batch.line, batch.place = row.line, row.next_place


def _store(batch: Batch, job: Import) -> None:
    outcome = Outcome()
    with transaction.atomic():
        store(batch.checked, job, outcome)
        for line, text in batch.broken:
            outcome.remark(job, Remark.Kind.BROKEN, line, text)
        outcome.remarks.sort(key=lambda remark: remark.line or 0)
        Remark.objects.bulk_create(outcome.remarks, batch_size=BATCH)
        stands = job.keep(
            place=batch.place or F("place"),
            line=batch.line or F("line"),
            rows=F("rows") + batch.rows,
            added=F("added") + outcome.added,
            known=F("known") + outcome.known,
            repeated=F("repeated") + outcome.repeated,
            conflicts=F("conflicts") + outcome.count(Remark.Kind.CONFLICT),
            broken=F("broken") + outcome.count(Remark.Kind.BROKEN),
            repaired=F("repaired") + outcome.count(Remark.Kind.REPAIRED),
            claimed_until=Now() + settings.CLAIM_LASTS,
            tries=0,  # something was recorded
        )
        if not stands:
            raise LeaseLostError


def _ahead(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same, two of them prepared meanwhile: waiting for PostgreSQL leaves Python free."""
    source = iter(batches)
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = deque(thread.submit(next, source, None) for _ in range(2))
        while batch := coming.popleft().result():
            coming.append(thread.submit(next, source, None))
            yield batch
