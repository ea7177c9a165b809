import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pyrage
from django.conf import settings
from django.utils import timezone

from shop.backup.postgres import BackupError, running

# Staff sign in again after a restore: a stolen backup must not be a way into the admin. Wrong
# sign-ins are kept for a day, less than a backup.
OPTIONS = (
    "--format=custom", "--no-comments",
    "--exclude-table-data=django_session", "--exclude-table-data=axes_*",
)  # fmt: skip
TIME = "%Y%m%dT%H%M%SZ"
# ".backup": the format of 0.9.0 and before. ".part": left behind by a process that was killed
NAME = re.compile(r"encore-(\d{8}T\d{6}Z)\.(?:dump\.age|backup)(?:\.part)?")


def make_backup() -> Path:
    """Write a backup under a temporary name, and rename it once it is complete and on the disk.

    Raises BackupError, and then leaves no file behind."""
    keys, folder = recipients(), Path(settings.BACKUP_DIR)
    if not settings.BACKUP_DIR:
        raise BackupError("BACKUP_DIR is empty: name the folder to write to.")
    path = folder / f"encore-{timezone.now().astimezone(UTC):{TIME}}.dump.age"
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            try:
                with running("pg_dump", *OPTIONS, stdout=PIPE) as process:
                    pyrage.encrypt_io(process.stdout, file, keys)
                file.flush()
                os.fsync(file.fileno())
                part.rename(path)
            finally:
                part.unlink(missing_ok=True)
        directory = os.open(folder, os.O_RDONLY)
        os.fsync(directory)  # the new name
        os.close(directory)
    except (OSError, pyrage.EncryptError) as error:  # age's library quotes the operating system
        cause = getattr(error, "strerror", None) or str(error).rpartition("] ")[2]
        raise BackupError(f"The backup cannot be written: {cause}.") from error
    return path


def recipients() -> list[pyrage.x25519.Recipient]:
    """The public keys of those who can open a backup. Raises BackupError."""
    try:
        keys = [pyrage.x25519.Recipient.from_str(key) for key in settings.BACKUP_RECIPIENTS]
    except pyrage.RecipientError:
        keys = []
    if not keys:
        raise BackupError("BACKUP_RECIPIENTS needs public keys of age: age1…, with commas.")
    return keys


def delete_old_backups() -> list[str]:
    """Delete the files that are older than BACKUPS_KEPT_DAYS by their names.

    Call it after a backup was made: where none can be made, the old ones stay."""
    oldest = timezone.now() - timedelta(days=settings.BACKUPS_KEPT_DAYS)
    deleted = []
    for path in sorted(Path(settings.BACKUP_DIR).iterdir()):
        found = NAME.fullmatch(path.name)
        if found and datetime.strptime(found[1], TIME).replace(tzinfo=UTC) < oldest:
            path.unlink(missing_ok=True)
            deleted.append(path.name)
    return deleted
