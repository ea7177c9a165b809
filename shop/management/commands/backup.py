from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orders.models import LastRun
from shop.backup.making import drop_old_backups, make_backup
from shop.backup.trouble import BackupError


class Command(BaseCommand):
    help = "Write the whole database into one encrypted file, and drop the files that are too old"
    requires_system_checks = ()  # a slip in the settings is no reason to have no backup

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", type=Path, default=None, help="the folder of backups (BACKUP_DIR)"
        )

    def handle(self, *args: Any, to: Path | None, **options: Any) -> None:
        folder = to or (Path(settings.BACKUP_DIR) if settings.BACKUP_DIR else None)
        if folder is None or not folder.is_dir():
            raise CommandError(f"There is no folder {folder or 'in BACKUP_DIR'} to write to.")
        try:
            path, manifest = make_backup(folder)
            LastRun.note(LastRun.BACKUP)
            dropped = drop_old_backups(folder)
        except BackupError as error:
            raise CommandError(str(error)) from error
        size = path.stat().st_size / 1e6
        self.stdout.write(
            f"{path}: {manifest.total:,} rows of {len(manifest.rows)} tables, {size:,.1f} MB"
        )
        if dropped:
            days = settings.BACKUPS_KEPT_DAYS
            self.stdout.write(f"Dropped as older than {days} days: {', '.join(dropped)}")
