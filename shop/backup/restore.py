from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pyrage
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from orders.key_rotation import SECRETS, Secret
from orders.lib import crypto
from shop.backup.postgres import BackupError, running


def restore_backup(path: Path, identity: str) -> None:
    """Store all of a backup in the empty database of DATABASE_URL, or nothing of it.

    `identity` is the text of a file of age-keygen's. Raises BackupError."""
    try:
        lines = [line for line in identity.split("\n") if line.strip() and line[0] != "#"]
        keys = [pyrage.x25519.Identity.from_str(line.strip()) for line in lines]
        if tables := connection.introspection.table_names():
            raise BackupError(f"This database is not empty: it has {len(tables)} tables.")
        options = ("--single-transaction", "--exit-on-error")
        with path.open("rb") as file, running("pg_restore", *options, stdin=PIPE) as process:
            # it raises at what was changed or cut off, before pg_restore has seen the end
            pyrage.decrypt_io(file, process.stdin, keys)
    except pyrage.IdentityError as error:
        raise BackupError("The identity is not one of age: AGE-SECRET-KEY-1….") from error
    except pyrage.DecryptError as error:
        raise BackupError(f"This file does not open: {error}.") from error
    except OperationalError as error:
        raise BackupError("The database of DATABASE_URL does not answer.") from error
    except OSError as error:
        cause = error.strerror or "it was changed or cut off"
        raise BackupError(f"The backup cannot be read: {cause}.") from error
    connection.close()  # it still knows the database as it was


def describe() -> str:
    """How much is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # this reads all of it
        tables = connection.introspection.table_names(cursor)
        names = map(connection.ops.quote_name, tables)
        cursor.execute("SELECT " + "+".join(f"(SELECT count(*) FROM {name})" for name in names))  # noqa: S608
        return f"{cursor.fetchone()[0]:,} rows of {len(tables)} tables"


def problems() -> Iterator[str]:
    """One sentence for each thing that stops this code from working with the database.

    Applies what migrations this code has beyond the backup's."""
    loader = MigrationLoader(connection)
    if not loader.applied_migrations:
        yield "It is no database of this shop: it has no migrations."
    elif unknown := sorted(set(loader.applied_migrations) - set(loader.disk_migrations)):
        names = ", ".join(map(".".join, unknown))
        yield f"This code is older than the backup: it does not know {names}."
    else:
        call_command("migrate", verbosity=0)
        for secret in SECRETS:
            yield from _unreadable(secret)


def _unreadable(secret: Secret) -> Iterator[str]:
    table = secret.model._meta.db_table
    rows: Any = secret.model._base_manager.order_by("pk")
    if secret.encrypted:
        values = rows.values_list(*secret.encrypted).iterator(chunk_size=1000)
        if lost := sum(not _is_readable(value, secret) for row in values for value in row):
            yield f"CODE_KEYS do not read {lost:,} values of {table}: an older key is missing."
    for column in secret.hashes:
        strange = rows.exclude(**{column: ""})
        for name in crypto.hash_names():
            strange = strange.exclude(**{f"{column}__startswith": name})
        if lost := strange.count():
            yield f"HASH_KEYS did not make {lost:,} hashes of {table}: an older key is missing."


def _is_readable(value: str, secret: Secret) -> bool:
    try:
        return not value or secret.read(value) is not None
    except crypto.UnreadableError:
        return False
