import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from django.core.management.base import CommandError
from django.db import connection

# What says where the database is. Other options, such as time limits, are for web requests.
ADDRESS = "service host hostaddr port user password passfile sslmode sslrootcert sslcert sslkey"


class BackupError(CommandError):
    """Says in one sentence why a backup was not made or not restored."""


@contextmanager
def running(program: str, *options: str, **pipe: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run pg_dump or pg_restore beside the block, on the database of DATABASE_URL.

    Kills it if the block fails. Raises BackupError if the program fails."""
    if connection.vendor != "postgresql":
        raise BackupError("Only PostgreSQL is backed up. SQLite: stop the demo and copy its file.")
    if not (path := shutil.which(program)):
        package = "postgresql-client, of the server's version"
        raise BackupError(f"{program} is not installed: apt-get install {package}.")
    known = connection.get_connection_params()
    command = [path, f"--dbname={known.get('dbname', '')}", "--no-owner", "--no-privileges"]
    # in the environment, since every user of the machine sees a command and a password in it
    address = {f"PG{name.upper()}": str(known[name]) for name in ADDRESS.split() if name in known}
    pipe |= {"bufsize": 0, "env": os.environ | address}
    with TemporaryFile() as messages:
        with subprocess.Popen([*command, *options], stderr=messages, **pipe) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                if process.wait() <= 0:  # otherwise it failed first, and its message says more
                    raise
        if process.returncode:
            messages.seek(0)
            # the first line only: the others may quote rows
            message = messages.readline().decode(errors="replace").strip()
            raise BackupError(f"{program} failed: {message or 'it did not say why'}")
