"""A backup is written beside the others under a name of its own, and takes its right name only when
it is whole, on the disk, and was read once more."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from shop.backup.manifest import WITHOUT_ROWS, Manifest, applied_migrations, rows_by_table
from shop.backup.postgres import dump, refuse_others_than_postgres, tool
from shop.backup.sealed import SealedWriter, unsealed
from shop.backup.trouble import BackupError

TIME = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"encore-(\d{8}T\d{6}Z)\.backup(\.part)?")


def make_backup(folder: Path) -> tuple[Path, Manifest]:
    """Raises BackupError; then nothing is left of the attempt, and the older backups stay."""
    refuse_others_than_postgres()
    tool("pg_dump")
    now = timezone.now().astimezone(UTC)
    path = folder / f"encore-{now:{TIME}}.backup"
    part = path.with_name(path.name + ".part")
    try:
        with _new(part) as file:
            manifest = _write(file, now)
        for _piece in read(part):
            pass  # a disk that lost some of it would show here
        part.rename(path)
        _sync(folder)
    except FileExistsError as error:
        raise BackupError("Another backup is being written at this moment.") from error
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"The backup cannot be written: {error.strerror}.") from error
    except DatabaseError as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"The database did not answer: {type(error).__name__}.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path, manifest


def _new(part: Path) -> BinaryIO:
    """For nobody else to read, and of nobody else."""
    return open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: SIM115


def _write(file: BinaryIO, now: datetime) -> Manifest:
    with _snapshot() as snapshot:
        manifest = Manifest(
            made_at=now.isoformat(timespec="seconds"),
            postgres=".".join(map(str, connection.get_database_version())),
            migrations=applied_migrations(),
            rows=rows_by_table(),
        )
        sealed = SealedWriter(file, newest_key())
        sealed.write(manifest.packed())
        with closing(dump(snapshot, WITHOUT_ROWS)) as pieces:
            for piece in pieces:
                sealed.write(piece)
    sealed.end()
    file.flush()
    os.fsync(file.fileno())
    return manifest


@contextmanager
def _snapshot() -> Iterator[str]:
    """What pg_dump will see, and what is counted, are the rows of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # counting a large table takes longer than any page may
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def read(path: Path) -> Iterator[bytes]:
    """Raises BackupError."""
    newest_key()
    try:
        with path.open("rb") as file:
            yield from unsealed(file, settings.BACKUP_KEYS)
    except OSError as error:
        raise BackupError(f"The backup cannot be read: {error.strerror}.") from error


def newest_key() -> str:
    if not settings.BACKUP_KEYS:
        raise BackupError("BACKUP_KEY is missing: openssl rand -hex 32, and keep it elsewhere.")
    return str(settings.BACKUP_KEYS[0])


def _sync(folder: Path) -> None:
    """The new name itself has to reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_old_backups(folder: Path) -> list[str]:
    """Those that are older than BACKUPS_KEPT_DAYS by their names, and what a killed process left.
    Call it after a new one was made: where none can be made, the old ones stay."""
    now = timezone.now()
    kept_for = {None: timedelta(days=settings.BACKUPS_KEPT_DAYS), ".part": timedelta(days=1)}
    dropped = []
    for path in sorted(folder.iterdir()):
        if found := NAME.fullmatch(path.name):
            made_at = datetime.strptime(found[1], TIME).replace(tzinfo=UTC)
            if made_at < now - kept_for[found[2]]:
                path.unlink(missing_ok=True)
                dropped.append(path.name)
    return dropped
