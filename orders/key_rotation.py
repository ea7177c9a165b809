"""Moves all that is encrypted or hashed to the newest keys, while the shop runs.

Every process reads with all its keys, so a row is readable before and after. Stored values begin
with the name of their key: what is left is found by prefix, so that the work can stop, start again
and run twice at once.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Model, Q, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from orders import models
from orders.lib import crypto
from orders.lib.batches import windows
from orders.lib.mailbox import canonical

Problems = defaultdict[str, set[int]]  # primary keys that staff must look at


@dataclass(frozen=True)
class Secret:
    """A table with encrypted columns, and hashed ones with how to make each hash again."""

    model: type[Model]
    hashes: dict[str, Callable[[Any], str]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()  # relations that `hash_of` follows
    # Whether two rows that turn out to be of one serial, under two keys, say the same.
    is_same: Callable[[Any, Any], bool] = lambda row, twin: False
    batch: int = 1000  # primary keys that one transaction looks through
    read: Callable[[str], bytes] = crypto.decrypt_bytes

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @cached_property
    def encrypted(self) -> list[str]:
        columns = [field.column for field in self.model._meta.concrete_fields]
        return [each for each in columns if each.endswith("_encrypted") or each == "key"]

    @cached_property
    def columns(self) -> list[str]:
        return [*self.encrypted, *self.hashes]

    def twins(self, row: Any) -> QuerySet[Any]:
        """Rows that stand already where this one would, by its unique hash."""
        column = next(iter(self.hashes))
        return self.model._base_manager.filter(**{column: self.hashes[column](row)})

    def newest(self, column: str) -> str:
        return crypto.newest_hash() if column in self.hashes else crypto.newest_encryption()

    def left(self) -> QuerySet[Any]:
        """Rows that are not wholly under the newest keys."""
        older = [
            ~Q(**{f"{column}__startswith": self.newest(column)}) & ~Q(**{column: ""})
            for column in self.columns
        ]
        return self.model._base_manager.filter(reduce(or_, older))

    def renewed(self, row: Any) -> list[str]:
        """The row's values for `columns`, under the newest keys."""
        values = []
        for column in self.columns:
            value = getattr(row, column)
            if value and not value.startswith(self.newest(column)):
                if column in self.hashes:
                    value = self.hashes[column](row)
                else:
                    value = crypto.encrypt_bytes(self.read(value))
            values.append(value)
        return values


def queried_serial_hash(attempt: models.Attempt) -> str:
    """If staff have since corrected the serial, the original is unknown: use a hash that matches
    nothing."""
    hashes = attempt.order.serial_hashes
    return hashes[0] if attempt.serial_hash in hashes else crypto.hash_value("corrected", "")


def queried_family_hash(attempt: models.Attempt) -> str:
    hashes = attempt.order.hashes.family
    return hashes[0] if attempt.family_hash in hashes else crypto.hash_value("corrected", "")


def serial_hash(order: models.Order) -> str:
    return order.hashes.brand[0]


def family_hash(order: models.Order) -> str:
    return order.hashes.family[0]


def hashes_of_code(code: models.Code) -> models.SerialHashes:
    """The serial of its order may have been corrected since the code was found."""
    order = code.order
    if code.family_hash not in order.hashes.family:
        for problem in order.problems.exclude(former_radio=None):
            former = problem.former_hashes
            if former and code.family_hash in former.family:
                return former
    return order.hashes


def mailbox_hash(message: models.Message) -> str:
    return crypto.hash_value("mailbox", canonical(message.email))


def token_hash(order: models.Order) -> str:
    return crypto.hash_value("link", order.token)


def entry_family_hash(entry: models.CodeBookEntry) -> str:
    return crypto.hashes_in_family(entry.family, entry.serial)[0]


def entry_serial_hash(entry: models.CodeBookEntry) -> str:
    """Where another radio of the brand has the serial, the entry has its family's hash twice."""
    if entry.serial_hash in crypto.hashes_in_family(entry.family, entry.serial):
        return entry_family_hash(entry)
    return crypto.hash_serial(entry.brand_id, entry.serial)


def comparison_hash(row: models.Comparison) -> str:
    return crypto.hashes_in_family(row.family_id, row.serial)[0]


def phone_key(stored: str) -> bytes:
    """The key of a second factor. 0.9.0 stored it unencrypted, as 40 hex digits."""
    return bytes.fromhex(stored) if len(stored) == 40 else crypto.decrypt_bytes(stored)


# Orders first: a code copies the hash of its order.
SECRETS = [
    Secret(
        models.Order,
        {"serial_hash": serial_hash, "family_hash": family_hash, "token_hash": token_hash},
        reads=("radio",),
    ),
    Secret(
        models.Code,
        {
            "serial_hash": lambda code: hashes_of_code(code).brand[0],
            "family_hash": lambda code: hashes_of_code(code).family[0],
        },
        reads=("order__radio",),
    ),
    Secret(
        models.Attempt,
        {
            "serial_hash": queried_serial_hash,
            "family_hash": queried_family_hash,
            "code_hash": lambda attempt: "",  # of version 1.0: the code is not known here
        },
        reads=("order__radio",),
    ),
    Secret(
        models.Block, {"value_hash": lambda block: crypto.hash_value(block.kind, block.value)},
        is_same=lambda row, twin: True,
    ),
    Secret(TOTPDevice, read=phone_key),
    Secret(models.Problem),
    Secret(models.Note),
    Secret(models.Question),
    Secret(models.Answer),
    Secret(models.Message, {"mailbox_hash": mailbox_hash}),
    Secret(models.Upload, batch=10),
    Secret(models.LabelPhoto, batch=10),
    Secret(models.ImportPart, batch=10),
    Secret(
        models.Comparison, {"serial_hash": comparison_hash},
        is_same=lambda row, twin: bool(row.is_equal == twin.is_equal),
    ),
    Secret(
        models.CodeBookEntry, {"serial_hash": entry_serial_hash, "family_hash": entry_family_hash},
        is_same=lambda row, twin: bool(row.code == twin.code),
    ),
]  # fmt: skip
UNREADABLE = "no key reads"
TWINS = "take the wrong one out: there is a second entry with another code for the serial of"


def count_left(secret: Secret) -> int:
    return sum(rows.count() for rows in windows(secret.left()))


def rotate(secret: Secret, problems: Problems) -> int:
    """Return how many rows were changed."""
    return sum(_rotate(secret, rows, problems) for rows in windows(secret.left(), secret.batch))


def _rotate(secret: Secret, rows: QuerySet[Any], problems: Problems) -> int:
    for pause in (0.2, 0.4, 0.6, 0.8, 1):
        try:
            return _write(secret, rows, problems)
        except OperationalError:  # an import holds locks on these rows
            time.sleep(pause)
        except IntegrityError:
            pks = list(rows.values_list("pk", flat=True))
            return sum(_write_alone(secret, rows.filter(pk=pk), problems) for pk in pks)
    return 0


def _write(secret: Secret, rows: QuerySet[Any], problems: Problems) -> int:
    """Renew the rows under lock, so that no change by the shop is lost."""
    values = []
    sets = ", ".join(f"{column} = %s" for column in secret.columns)
    with transaction.atomic(), connection.cursor() as cursor:
        rows = rows.select_related(*secret.reads or (None,)).order_by("pk")
        for row in rows.select_for_update(of=("self",), no_key=True):
            try:
                values.append([*secret.renewed(row), row.pk])
            except crypto.UnreadableError:
                problems[UNREADABLE].add(row.pk)
        # a third of the time that `bulk_update` takes
        table = secret.model._meta.db_table
        cursor.executemany(f"UPDATE {table} SET {sets} WHERE id = %s", values)  # noqa: S608
    return len(values)


def _write_alone(secret: Secret, rows: QuerySet[Any], problems: Problems) -> int:
    """Write one row; if its twin says the same, delete it instead.

    Twins are left by a process that knew only the older key and stored one serial a second time.
    """
    try:
        return _write(secret, rows, problems)
    except IntegrityError:
        with transaction.atomic():
            for row in rows.select_for_update():
                if any(secret.is_same(row, twin) for twin in secret.twins(row)):
                    return int(row.delete()[0])
                problems[TWINS].add(row.pk)
        return 0
