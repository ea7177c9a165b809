"""What a backup says of itself: when it was made, and how much must be in it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

LENGTH = 8  # bytes in which the manifest's own length is told
# Who is signed in to the admin signs in anew: a stolen backup must not be a way in.
WITHOUT_ROWS = ("django_session",)


@dataclass(frozen=True)
class Manifest:
    made_at: str  # ISO 8601, UTC
    postgres: str
    migrations: list[str]  # app.name, in the order in which they were applied
    rows: dict[str, int]  # how many each table has

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    def packed(self) -> bytes:
        text = json.dumps(asdict(self)).encode()
        return len(text).to_bytes(LENGTH, "big") + text


def unpacked(pieces: Iterator[bytes]) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest, and what follows it."""
    start = next(pieces)
    end = LENGTH + int.from_bytes(start[:LENGTH], "big")
    while len(start) < end:
        start += next(pieces)
    values: dict[str, Any] = json.loads(start[LENGTH:end])
    return Manifest(**values), _rest(start[end:], pieces)


def _rest(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def rows_by_table() -> dict[str, int]:
    tables = sorted(connection.introspection.table_names())
    return {table: 0 if table in WITHOUT_ROWS else _rows(table) for table in tables}


def _rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return int(cursor.fetchone()[0])


def applied_migrations() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        return [row[0] for row in cursor.fetchall()]
