from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shop.backup.manifest import Manifest
from shop.backup.restoring import look_through, restore_backup
from shop.backup.trouble import BackupError
from shop.backup.verifying import migrations_to_apply, wrong_with


class Command(BaseCommand):
    help = "Read a backup into the empty database of DATABASE_URL, and look whether all is there"
    # On a new machine not everything is set yet, and there are no tables to be looked at.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--only-read", action="store_true", help="tell what is in it, and store nothing"
        )

    def handle(self, *args: Any, file: Path, only_read: bool, **options: Any) -> None:
        try:
            manifest = look_through(file) if only_read else restore_backup(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{'Whole' if only_read else 'Restored'}: {manifest.total:,} rows of "
            f"{len(manifest.rows)} tables, of {manifest.made_at}, PostgreSQL {manifest.postgres}"
        )
        if not only_read:
            self._verify(manifest)

    def _verify(self, manifest: Manifest) -> None:
        wrong = list(wrong_with(manifest))
        for sentence in wrong:
            self.stderr.write(sentence)
        if wrong:
            raise CommandError("Not all is as it was backed up. Do not open the shop with it yet.")
        self.stdout.write("Every table has the rows that it had; every secret can be read.")
        if waiting := migrations_to_apply():
            self.stdout.write(f"This code is newer: run manage.py migrate ({', '.join(waiting)}).")
        self.stdout.write("Then: manage.py check_invariants, and manage.py reconcile --days 30.")
