"""Rows that were checked, compared with the book, and added where they are new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.code_book.known_radios import Checked
from orders.models import CodeBookEntry, Import, Remark

STAGING = "code_book_staging"


@dataclass
class Outcome:
    """What became of some rows of a list."""

    added: int = 0
    known: int = 0
    repeated: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, of: Import, kind: Remark.Kind, line: int, text: str) -> None:
        self.remarks.append(Remark(of=of, kind=kind, line=line, text=text[:300]))

    def count(self, kind: Remark.Kind) -> int:
        return sum(remark.kind == kind for remark in self.remarks)


def store(rows: Sequence[Checked], job: Import, outcome: Outcome) -> None:
    """In the caller's transaction, as one statement for all that is new.

    1. Rows of these with the same serial: the first counts.
    2. What the book has, under any key, stays as it is. While keys are being changed an entry is at
       every moment under one of them, so that asking for all hashes at once misses none.
    3. The rest is added. Of two lists read at once, the first to store a serial wins; the other one
       looks again.
    """
    first: dict[str, Checked] = {}
    twice = []
    for row in rows:
        if first.setdefault(row.hash, row) is not row:
            twice.append(row)
    known = _known(first.values())
    new = [row for row in first.values() if row.hash not in known]
    added = _add(new, job)
    known |= _known(row for row in new if row.hash not in added)
    outcome.added += len(added)
    for row in rows:
        if row.repair:
            outcome.remark(job, Remark.Kind.REPAIRED, row.line, row.repair)
    for row in first.values():
        if row.hash not in added:
            _compare(row, known.get(row.hash), job, outcome)
    for row in twice:
        same = first[row.hash]
        if same.hash not in added:
            _compare(row, known.get(row.hash), job, outcome)
        else:
            _tell(row, same.code, True, job, outcome)


def _compare(row: Checked, entry: CodeBookEntry | None, job: Import, outcome: Outcome) -> None:
    if entry is None:
        text = _("The book was changed at this moment. Read the list again.")
        outcome.remark(job, Remark.Kind.BROKEN, row.line, text)
    else:
        _tell(row, entry.code, entry.came_with_id == job.pk, job, outcome)


def _tell(row: Checked, code: str, is_of_list: bool, job: Import, outcome: Outcome) -> None:
    """Of a row whose serial has this code already."""
    if row.code == code and is_of_list:
        outcome.repeated += 1
        outcome.remark(job, Remark.Kind.REPEATED, row.line, _("The same stands before it."))
    elif row.code == code:
        outcome.known += 1
    elif is_of_list:
        text = _("This serial stands in the list with another code before, which was kept.")
        outcome.remark(job, Remark.Kind.CONFLICT, row.line, text)
    else:
        text = _("This serial is known with another code, which was kept.")
        outcome.remark(job, Remark.Kind.CONFLICT, row.line, text)


def _known(rows: Iterable[Checked]) -> dict[str, CodeBookEntry]:
    """Entries by the newest hash of their serial."""
    newest = {each: row.hash for row in rows for each in row.hashes}
    if not newest:
        return {}
    return {newest[entry.serial_hash]: entry for entry in _with_hashes(list(newest))}


def _with_hashes(hashes: list[str]) -> Iterable[CodeBookEntry]:
    if connection.vendor != "postgresql":
        return CodeBookEntry.objects.filter(serial_hash__in=hashes).order_by()
    with connection.cursor() as cursor:
        # with thousands of hashes to find it would take to reading the whole book
        cursor.execute("SET LOCAL enable_seqscan = off")
    book = CodeBookEntry._meta.db_table
    # one parameter; thousands of them take as long to parse as to look up
    return CodeBookEntry.objects.raw(
        f"SELECT * FROM {book} WHERE serial_hash = ANY(%s)",  # noqa: S608
        [hashes],
    )


def _add(rows: list[Checked], job: Import) -> set[str]:
    """The hashes of those that nobody else added at the same moment."""
    if not rows:
        return set()
    return _copy(rows, job) if connection.vendor == "postgresql" else _create(rows, job)


def _create(rows: list[Checked], job: Import) -> set[str]:
    """SQLite has one writer at a time, and this transaction is it: nothing can be lost."""
    CodeBookEntry.objects.bulk_create(
        CodeBookEntry(
            brand_id=row.brand_id, serial_hash=row.hash, contents_encrypted=row.contents,
            came_with=job,
        )
        for row in rows
    )  # fmt: skip
    return {row.hash for row in rows}


def _copy(rows: list[Checked], job: Import) -> set[str]:
    """Added in the order of their hashes, so that two lists cannot wait for each other."""
    book = CodeBookEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {STAGING}"
            " (brand_id bigint, serial_hash text, contents text) ON COMMIT DELETE ROWS"
        )
        # of a batch before, where both are within a larger transaction
        cursor.execute(f"DELETE FROM {STAGING}")  # noqa: S608
        with cursor.copy(f"COPY {STAGING} FROM STDIN") as copy:
            # hex and base64 have nothing that COPY would take for anything else
            copy.write("".join(f"{row.brand_id}\t{row.hash}\t{row.contents}\n" for row in rows))
        cursor.execute(
            f"INSERT INTO {book}"  # noqa: S608
            " (brand_id, serial_hash, contents_encrypted, origin, came_with_id, added_at)"
            f" SELECT brand_id, serial_hash, contents, '', %s, %s FROM {STAGING}"
            " ORDER BY serial_hash ON CONFLICT (serial_hash) DO NOTHING RETURNING serial_hash",
            [job.pk, timezone.now()],
        )
        return set(chain.from_iterable(cursor.fetchall()))
