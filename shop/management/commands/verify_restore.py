from argparse import ArgumentParser, FileType
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from shop.backup.restore import describe, problems, restore_backup


class Command(BaseCommand):
    help = "Restore a backup into the empty database of DATABASE_URL, and check that it is usable"
    requires_system_checks = ()  # they look into tables that are not there yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        words = "age's secret key, in a file of age-keygen's; - reads it from standard input"
        parser.add_argument("--identity", required=True, type=FileType(), help=words)

    def handle(self, *args: Any, file: Path, identity: TextIO, **options: Any) -> None:
        with identity:
            restore_backup(file, identity.read())
        self.stdout.write(f"Restored: {describe()}")
        if found := list(problems()):
            raise CommandError("\n".join([*found, "Do not open the shop with this database."]))
        self.stdout.write("Every encrypted value can be read, and every hash has its key.")
