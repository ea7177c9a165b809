"""All that is encrypted or hashed, brought under the newest keys while the shop runs.

Whatever is stored begins with its key's name, so the rows that are left are found by a look at how
they begin: the work can be stopped, begun again and done by two at once. A row is written only
where it still is as it was read (compare and swap), so that no order's own change is lost; and it
is readable at every moment, since every process reads under all keys that it has.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import Max, Q, QuerySet

from orders.lib import crypto
from orders.models import (
    Answer,
    Attempt,
    Block,
    Code,
    CodeBookEntry,
    ImportPart,
    Order,
    Question,
    Upload,
)

WINDOW = 20_000  # primary keys that one statement looks through
PATIENCE = 5  # times that a batch is tried which waited for somebody else in vain


@dataclass(frozen=True)
class Secret:
    """Where a table has secrets: encrypted columns, and a hash with how it is made anew."""

    model: type[models.Model]
    encrypted: tuple[str, ...] = ()
    hashed: str = ""
    hash_of: Callable[[Any], str] = lambda row: ""
    reads: tuple[str, ...] = ()  # what `hash_of` needs beside the row
    # whether one of two rows can go that turn out to be of the same serial, under two keys
    is_same: Callable[[Any, Any], bool] = lambda row, other: False
    batch: int = 500

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.encrypted, self.hashed) if self.hashed else self.encrypted

    def left(self) -> QuerySet[Any]:
        """The rows that are not yet wholly under the newest keys."""
        others = [
            ~Q(**{f"{column}__startswith": self.newest(column)}) & ~Q(**{column: ""})
            for column in self.columns
        ]
        return self.model._base_manager.filter(reduce(or_, others))

    def newest(self, column: str) -> str:
        return crypto.newest_hash() if column == self.hashed else crypto.newest_encryption()


def code_that_was_heard(attempt: Attempt) -> str:
    """A source's answer is not stored, so it can be hashed anew only if the order took it. Any
    other is forgotten: it told two answers apart while the source was being asked."""
    heard = (
        code
        for code in attempt.order.codes.all()
        if attempt.code_hash in crypto.hashes_of_value("code", code.digits)
    )
    return next((crypto.hash_value("code", code.digits) for code in heard), "")


def serial_that_was_asked_for(attempt: Attempt) -> str:
    """Where staff have corrected it since, nobody knows any more: a hash that no serial has."""
    hashes = attempt.order.serial_hashes
    return hashes[0] if attempt.serial_hash in hashes else crypto.hash_value("corrected", "")


# Orders first: a code copies the hash of its order.
SECRETS = [
    Secret(
        Order,
        (
            "serial_encrypted", "serial_typed_encrypted", "second_number_encrypted",
            "device_number_encrypted",
        ),
        "serial_hash",
        lambda order: crypto.hash_serial(order.brand_id, order.canonical_serial),
        reads=("radio",),
    ),
    Secret(
        Code,
        ("code_encrypted",),
        "serial_hash",
        lambda code: crypto.hash_serial(code.order.brand_id, code.order.canonical_serial),
        reads=("order__radio",),
    ),
    Secret(Attempt, (), "code_hash", code_that_was_heard, reads=("order",)),
    Secret(Attempt, (), "serial_hash", serial_that_was_asked_for, reads=("order__radio",)),
    Secret(
        Block,
        ("value_encrypted",),
        "value_hash",
        lambda block: crypto.hash_value(block.kind, block.value),
        is_same=lambda row, other: True,
    ),
    Secret(Question, ("text_encrypted",)),
    Secret(Answer, ("text_encrypted",)),
    Secret(Upload, ("content_encrypted",), batch=10),
    Secret(ImportPart, ("contents_encrypted",), batch=10),
    Secret(
        CodeBookEntry,
        ("contents_encrypted",),
        "serial_hash",
        lambda entry: crypto.hash_serial(entry.brand_id, entry.serial),
        is_same=lambda row, other: bool(row.code == other.code),
        batch=2_000,
    ),
]  # fmt: skip


@dataclass
class Progress:
    """How far one table is. `unreadable` and `twins` are primary keys for a person to look at."""

    secret: Secret
    share: float = 0.0
    changed: int = 0
    unreadable: list[int] = field(default_factory=list)
    twins: list[int] = field(default_factory=list)


def count_left(secret: Secret) -> int:
    return sum(rows.count() for rows, _share in windows(secret))


def rotate(secret: Secret) -> Iterator[Progress]:
    """One walk through a table; a step for each batch."""
    progress = Progress(secret)
    for rows, share in windows(secret):
        pks = list(rows.order_by("pk").values_list("pk", flat=True))
        for at in range(0, len(pks), secret.batch):
            _rotate(pks[at : at + secret.batch], progress)
            yield progress
        progress.share = share
        yield progress


def windows(secret: Secret) -> Iterator[tuple[QuerySet[Any], float]]:
    """What is left, by ranges of primary keys: no statement takes long, however long the table."""
    last: int = secret.model._base_manager.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last, WINDOW):
        share = min((start + WINDOW) / last, 1)
        yield secret.left().filter(pk__gt=start, pk__lte=start + WINDOW), share


# ------------------------------------------------------------------ one batch
Change = tuple[Any, dict[str, str]]  # a row as it was read, and its columns as they will be


def _rotate(pks: Sequence[int], progress: Progress) -> None:
    secret = progress.secret
    for attempt in range(PATIENCE):
        rows = secret.model._base_manager.select_related(*secret.reads).filter(pk__in=pks)
        changes = list(_changes(rows.order_by("pk"), progress))
        try:
            with transaction.atomic():
                progress.changed += _write(changes, secret)
            return
        except IntegrityError:
            for change in changes:
                _write_one(change, progress)
            return
        except OperationalError:  # a list that is being read may hold rows that this waits for
            time.sleep(0.2 * (attempt + 1))


def _changes(rows: Iterable[Any], progress: Progress) -> Iterator[Change]:
    secret = progress.secret
    for row in rows:
        try:
            yield row, {column: _renewed(row, column, secret) for column in secret.columns}
        except crypto.UnreadableError:
            if row.pk not in progress.unreadable:
                progress.unreadable.append(row.pk)


def _renewed(row: Any, column: str, secret: Secret) -> str:
    stored: str = getattr(row, column)
    if not stored or stored.startswith(secret.newest(column)):
        return stored
    if column == secret.hashed:
        return secret.hash_of(row)
    return crypto.encrypt_bytes(crypto.decrypt_bytes(stored))


def _write(changes: Sequence[Change], secret: Secret) -> int:
    """Compare and swap, all in one go: an UPDATE by the ORM for each takes ten times as long."""
    if not changes:
        return 0
    quote = connection.ops.quote_name
    meta = secret.model._meta
    columns = [quote(column) for column in secret.columns]
    statement = (
        f"UPDATE {quote(meta.db_table)} SET {', '.join(f'{column} = %s' for column in columns)}"  # noqa: S608
        f" WHERE {quote(str(meta.pk.column))} = %s"
        + "".join(f" AND {column} = %s" for column in columns)
    )
    values = [
        (*new.values(), row.pk, *(getattr(row, column) for column in secret.columns))
        for row, new in changes
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
        return int(cursor.rowcount)


def _write_one(change: Change, progress: Progress) -> None:
    """There is a row already under the hash that one of these gets: a process that knew only the
    older key stored a second one. Of two that say the same, the newer way of writing stays."""
    row, new = change
    secret = progress.secret
    try:
        with transaction.atomic():
            progress.changed += _write([change], secret)
        return
    except IntegrityError:
        twin = secret.model._base_manager.filter(**{secret.hashed: new[secret.hashed]})
    other = twin.first()
    if other is not None and secret.is_same(row, other):
        same = {column: getattr(row, column) for column in secret.columns}
        progress.changed += secret.model._base_manager.filter(pk=row.pk, **same).delete()[0]
    elif row.pk not in progress.twins:
        progress.twins.append(row.pk)
