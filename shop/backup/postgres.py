"""PostgreSQL's own tools: pg_dump writes, pg_restore reads, both through a pipe."""

import os
import shutil
import subprocess
from collections.abc import Generator, Iterable
from tempfile import TemporaryFile
from typing import IO

from django.db import connection
from psycopg.conninfo import make_conninfo

from shop.backup.trouble import BackupError

AT_ONCE = 2**18  # bytes


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"{name} is not installed: apt-get install postgresql-client, of the server's version."
        )
    return found


def refuse_others_than_postgres() -> None:
    if connection.vendor != "postgresql":
        raise BackupError(
            "Only PostgreSQL is backed up here; of the demo's SQLite copy the file, while it rests."
        )


# What leads to a database. Not all that psycopg's own library knows: an older client refuses words
# that are new to it.
LEADS = (
    "service", "host", "hostaddr", "port", "user", "dbname", "connect_timeout",
    "sslmode", "sslrootcert", "sslcert", "sslkey",
)  # fmt: skip


def _address() -> str:
    """Where the database is, without its password: anybody on the machine sees a command."""
    known = connection.get_connection_params()
    return make_conninfo(**{name: known[name] for name in LEADS if known.get(name)})


def _environment() -> dict[str, str]:
    password = connection.get_connection_params().get("password")
    return os.environ | ({"PGPASSWORD": password} if password else {})


def dump(snapshot: str, without_rows: Iterable[str]) -> Generator[bytes]:
    """All that the snapshot shows, as pg_dump's own format, which is compressed."""
    command = [
        tool("pg_dump"), "--format=custom", f"--snapshot={snapshot}", "--no-owner",
        "--no-privileges", "--no-comments", f"--dbname={_address()}",
        *(f"--exclude-table-data={table}" for table in without_rows),
    ]  # fmt: skip
    with TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=_environment())
        assert process.stdout
        try:
            while piece := process.stdout.read(AT_ONCE):
                yield piece
            failed = process.wait() != 0
        finally:  # whoever reads has met trouble: nobody waits for the rest
            process.kill()
            process.wait()
            process.stdout.close()
        if failed:
            raise BackupError(f"pg_dump failed: {_first_line(said)}")


def restore(pieces: Iterable[bytes]) -> None:
    """All or nothing: one transaction, which ends with the last piece."""
    command = [
        tool("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner",
        "--no-privileges", f"--dbname={_address()}",
    ]  # fmt: skip
    with TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=said, env=_environment())
        assert process.stdin
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it gave up, and says why
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait() != 0:
            raise BackupError(f"pg_restore failed, nothing was stored: {_first_line(said)}")


def _first_line(said: IO[bytes]) -> str:
    """Not more: further lines may quote rows."""
    said.seek(0)
    lines = said.read(4000).decode(errors="replace").splitlines()
    return lines[0] if lines else "it did not say why"
