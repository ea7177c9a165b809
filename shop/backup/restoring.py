from collections.abc import Iterator
from pathlib import Path

from django.db import OperationalError, connection

from shop.backup.making import read
from shop.backup.manifest import Manifest, unpacked
from shop.backup.postgres import refuse_others_than_postgres, restore, tool
from shop.backup.trouble import BackupError


def restore_backup(path: Path) -> Manifest:
    """Into the empty database of DATABASE_URL, all or nothing. Raises BackupError."""
    refuse_others_than_postgres()
    tool("pg_restore")
    manifest = look_through(path)
    try:
        _refuse_a_database_with_tables()
    except OperationalError as error:
        raise BackupError("The database of DATABASE_URL does not answer.") from error
    _manifest, dumped = unpacked(read(path))
    restore(dumped)
    connection.close()  # what it knew of the database is of before
    return manifest


def look_through(path: Path) -> Manifest:
    """Read it to its end, storing nothing: a broken file must not begin to change a database."""
    pieces: Iterator[bytes] = read(path)
    manifest, rest = unpacked(pieces)
    for _piece in rest:
        pass
    return manifest


def _refuse_a_database_with_tables() -> None:
    if tables := connection.introspection.table_names():
        name = connection.settings_dict["NAME"]
        raise BackupError(
            f"The database {name} is not empty: it has {len(tables)} tables. Make a new one."
        )
