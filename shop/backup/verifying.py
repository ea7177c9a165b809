"""Whether what was restored is all there, and can be read with the keys that are set."""

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from orders.key_rotation import SECRETS, Secret
from orders.lib import crypto
from shop.backup.manifest import Manifest, applied_migrations, rows_by_table

BATCH = 1000


def wrong_with(manifest: Manifest) -> Iterator[str]:
    """A sentence for each thing; none if the restored database is the one that was backed up."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    yield from _rows_that_differ(manifest)
    yield from _migrations_that_differ(manifest)
    for secret in SECRETS:
        yield from _unreadable(secret)


def _rows_that_differ(manifest: Manifest) -> Iterator[str]:
    now = rows_by_table()
    for table in sorted(now.keys() | manifest.rows.keys()):
        were, are = manifest.rows.get(table), now.get(table)
        if were != are:
            yield f"{table} has {_count(are)}, and had {_count(were)} when it was backed up."


def _count(rows: int | None) -> str:
    return "no table" if rows is None else f"{rows:,} rows"


def _migrations_that_differ(manifest: Manifest) -> Iterator[str]:
    if applied_migrations() != manifest.migrations:
        yield "The list of migrations is another than when it was backed up."
    loader = MigrationExecutor(connection).loader
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    if unknown:
        app, name = unknown[0]
        yield f"This code is older than the backup: it does not know {app}.{name}."


def migrations_to_apply() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _is_backwards in plan]


def _unreadable(secret: Secret) -> Iterator[str]:
    """Every value is decrypted, a batch at a time. Columns that a later migration adds are not
    there yet."""
    table = secret.model._meta.db_table
    with connection.cursor() as cursor:
        known = connection.introspection.table_names(cursor)
        columns = (
            {each.name for each in connection.introspection.get_table_description(cursor, table)}
            if table in known
            else set()
        )
    encrypted = [name for name in secret.encrypted if name in columns]
    rows: Any = secret.model._base_manager.order_by("pk")
    if encrypted:
        lost = sum(
            not _is_readable(value)
            for row in rows.values_list(*encrypted).iterator(chunk_size=BATCH)
            for value in row
        )
        if lost:
            yield f"CODE_KEYS do not read {lost:,} values of {table}: an older key is missing."
    if secret.hashed in columns:
        known_hashes = [
            ~Q(**{f"{secret.hashed}__startswith": name}) for name in crypto.hash_names()
        ]
        strange = rows.exclude(**{secret.hashed: ""}).filter(reduce(and_, known_hashes, Q()))
        if lost := strange.count():
            yield f"HASH_KEYS did not make {lost:,} hashes of {table}: an older key is missing."


def _is_readable(value: str) -> bool:
    try:
        return not value or bool(crypto.decrypt_bytes(value) is not None)
    except crypto.UnreadableError:
        return False
