"""A list, read into the code book: whole, or not at all.

The list goes into a temporary table row by row, and the rest is a few statements in the same
transaction. A process that is killed leaves no trace, and a list that is read twice changes
nothing, so there is nothing to resume.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from io import BufferedReader, BytesIO
from itertools import islice
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from orders.code_book.columns import CodeList, open_list
from orders.code_book.look_up import LookUp
from orders.code_book.rows import BadListError, BadRowError
from orders.leases import due, enqueue
from orders.lib import crypto
from orders.models import Alert, CodeBookEntry, CodeFamily, Import, ImportPart, raise_alert

BATCH = 5_000
MOST_UPLOADED = 10_000  # rows; the command reads a longer list

# `hash` and `family` are the serial's hashes under the newest key, within its brand and its family;
# `entry` is what the book has for it. During a change of keys a row stands here once more for each
# older key, of the kind "older", with `same`, the newest hash within the family.
# Values of `code` can only be compared, for one serial: their key is drawn for each list. The other
# kinds but "" are those of remarks. Subqueries look into the book where a join would do: of a
# table that grew since it was analysed, the planner joins all rows with all.
CREATE = """CREATE TEMP TABLE code_list (line bigint, brand_id bigint, name text, hash text,
    family text, same text, entry bigint, code bigint, contents text, kind text, remark text)"""
FIND_REPEATED = """UPDATE code_list SET
    kind = CASE WHEN differs THEN 'conflict' ELSE 'repeated' END,
    remark = CASE WHEN differs THEN %s ELSE %s END
    FROM (SELECT family AS twice, min(line) AS first, min(code) <> max(code) AS differs
        FROM code_list WHERE kind IN ('', 'repaired')
        GROUP BY family HAVING min(line) < max(line)) AS found
    WHERE family = twice AND (differs OR line > first) AND kind IN ('', 'repaired')"""
# entries of version 1.0 have no family yet
FIND_ENTRIES = """UPDATE code_list SET entry = coalesce(entry,
        (SELECT min(id) FROM orders_codebookentry AS known
            WHERE known.family_hash = code_list.family),
        (SELECT id FROM orders_codebookentry AS known
            WHERE known.serial_hash = code_list.hash AND known.family_hash = ''))
    WHERE kind IN ('', 'repaired', 'older')"""
FIND_OLDER = """UPDATE code_list SET entry = found.known
    FROM (SELECT same AS newest, entry AS known FROM code_list
        WHERE kind = 'older' AND entry IS NOT NULL) AS found
    WHERE family = newest AND kind <> 'older'"""
# In the order of hashes, so that two lists cannot wait for each other. Where another radio of the
# brand has this serial, the hash within the brand is taken.
ADD = """INSERT INTO orders_codebookentry
    (brand_id, serial_hash, family, family_hash, contents_encrypted, origin, came_with_id, added_at)
    SELECT brand_id,
        CASE WHEN (SELECT id FROM orders_codebookentry AS other
            WHERE other.serial_hash = code_list.hash) IS NULL THEN hash ELSE family END,
        name, family, contents, '', %s, CURRENT_TIMESTAMP FROM code_list
    WHERE kind IN ('', 'repaired') AND entry IS NULL
    ORDER BY hash ON CONFLICT (serial_hash) DO NOTHING"""
KNOWN = """SELECT line, family, code, known FROM (SELECT line, family, code,
        (SELECT contents_encrypted FROM orders_codebookentry WHERE id = code_list.entry
            AND (came_with_id IS NULL OR came_with_id <> %s)) AS known
        FROM code_list WHERE kind IN ('', 'repaired')) AS usable WHERE known IS NOT NULL"""
COUNT = "SELECT kind, count(*) FROM code_list WHERE kind <> 'older' GROUP BY kind"
REMARK = """INSERT INTO orders_remark (of_id, kind, line, text)
    SELECT %s, kind, line, remark FROM code_list WHERE remark <> '' ORDER BY line"""


def check_upload(content: bytes) -> None:
    """Raises BadListError for what the admin does not take."""
    rows = open_list(in_memory(content)).rows
    if sum(1 for _row in islice(rows, MOST_UPLOADED + 1)) > MOST_UPLOADED:
        raise too_long()


def too_long() -> BadListError:
    return BadListError(
        _("This list is too long for a web page. Split it, or use manage.py import_codes.")
    )


def in_memory(content: bytes) -> BufferedReader:
    return BufferedReader(BytesIO(content))


def accept_upload(file: UploadedFile, **values: Any) -> Import:
    """Keeps a list, encrypted, for a worker. `values` are the import's own."""
    file.seek(0)
    with transaction.atomic():
        job = Import.objects.create(name=(file.name or "")[:120], **values, **due())
        for number, part in enumerate(file.chunks(ImportPart.SIZE)):
            contents = crypto.encrypt_bytes(part)
            ImportPart.objects.create(of=job, number=number, contents_encrypted=contents)
        enqueue(job)
    return job


def read_upload(job: Import) -> None:
    """For an import that the caller has leased."""
    parts = job.parts.order_by("number").values_list("contents_encrypted", flat=True)
    content = b"".join(crypto.decrypt_bytes(part) for part in parts)
    if content:
        read_list(job, in_memory(content))
    else:  # of the last version, whose commands left a row when they were killed
        job.stop(_("The command that read it was ended. Read the list again."))


def read_list(
    job: Import, file: BufferedReader, progress: Callable[[int], None] = lambda line: None
) -> None:
    """Adds a list to the book and ends the import, if its lease is still valid then."""
    try:
        with transaction.atomic():
            if not _read(job, open_list(file), progress):
                transaction.set_rollback(True)
    except BadListError as error:
        job.stop(str(error))


def _read(job: Import, codes: CodeList, progress: Callable[[int], None]) -> bool:
    job.entries.all().delete()  # of a list that the last version had read in part
    key = secrets.token_bytes(32)
    rows = _rows(codes, LookUp(job.brand, pads_codes=job.pads_codes), key)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        cursor.execute("DROP TABLE IF EXISTS code_list")
        cursor.execute(CREATE)
        while batch := list(islice(rows, BATCH)):
            _stage(batch)
            progress(batch[-1][0])
        several = _("This serial stands in the list with several codes. None of them was used.")
        cursor.execute(FIND_REPEATED, [several, _("The same stands before it.")])
        cursor.execute(FIND_ENTRIES)
        cursor.execute(FIND_OLDER)
        cursor.execute(ADD, [job.pk])
        added = cursor.rowcount
        cursor.execute(COUNT)
        count = Counter(dict(cursor.fetchall()))
        usable = count[""] + count["repaired"]
        if added < usable:
            # another list was faster; or two radios of one brand have this serial
            cursor.execute(FIND_ENTRIES)
            cursor.execute(ADD, [job.pk])
            added += cursor.rowcount
        conflicts = _conflicts(job, key) if added < usable else 0
        job.remarks.all().delete()
        cursor.execute(REMARK, [job.pk])
    won = job.end_reading(
        sheet=codes.sheet[:40], rows=count.total(), added=added, known=usable - added - conflicts,
        repeated=count["repeated"], conflicts=count["conflict"] + conflicts,
        broken=count["broken"], repaired=count["repaired"],
    )  # fmt: skip
    if won and (first := job.entries.order_by("pk").values_list("pk", flat=True).first()):
        # entries that were stored after these may have been compared already
        CodeFamily.objects.filter(entry_place__gte=first).update(entry_place=first - 1)
    if won and job.conflicts and job.by:  # many such lists could be guesses
        words = _("A list by %(who)s, %(list)s, has other codes than the book, or several for one.")
        text = words % {"who": job.by, "list": job.name}
        raise_alert(Alert.Kind.CODE_LIST, f"code-lists:{job.by_id}", text)
    return won


def _rows(codes: CodeList, look_up: LookUp, key: bytes) -> Iterator[tuple[Any, ...]]:
    """The list as it goes into the table."""
    for row in codes.rows:
        try:
            if (fields := codes.columns.fields(row)) is None:
                continue
            checked = look_up.check(fields)
        except BadRowError as error:
            yield _staged(row.line, kind="broken", remark=str(error)[:300])
            continue
        of_keys = list(zip(checked.hashes.brand, checked.hashes.family, strict=True))
        in_brand, in_family = of_keys[0]
        code = _fingerprint(key, in_family, checked.code)
        yield (
            row.line, checked.brand_id, checked.family, in_brand, in_family, in_family, None, code,
            checked.contents, "repaired" if checked.repair else "", checked.repair,
        )  # fmt: skip
        for older, older_in_family in of_keys[1:]:
            yield (
                row.line, 0, "", older, older_in_family, in_family, None, code, "", "older", "",
            )  # fmt: skip


def _staged(line: int, kind: str, remark: str) -> tuple[Any, ...]:
    return line, 0, "", "", "", "", None, 0, "", kind, remark


def _fingerprint(key: bytes, serial_hash: str, code: str) -> int:
    digest = hmac.digest(key, f"{serial_hash}{code}".encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True)


def _stage(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO code_list VALUES ({places})", rows)  # noqa: S608
            return
        with cursor.copy("COPY code_list FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _conflicts(job: Import, key: bytes) -> int:
    """Remarks on rows that the book has with another code, and returns how many there are.

    The book's codes lie encrypted, so they are compared here.
    """
    with connection.chunked_cursor() as cursor:
        cursor.execute(KNOWN, [job.pk])
        lines = [
            line
            for line, serial_hash, code, known in cursor
            if code != _fingerprint(key, serial_hash, CodeBookEntry(contents_encrypted=known).code)
        ]
    remark = _("This serial is known with another code, which was kept.")
    rows = (_staged(line, "conflict", remark) for line in lines)
    while batch := list(islice(rows, BATCH)):
        _stage(batch)
    return len(lines)
