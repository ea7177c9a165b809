from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading import ContentError
from orders.radio_files import CONTENT, load_radios, read_radios


class Command(BaseCommand):
    help = "Load what is sold, and what is no serial, from files; what staff edited is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders; else all")
        parser.add_argument("--force", action="store_true", help="overwrite what staff edited")
        parser.add_argument("--check", action="store_true", help="only check the files")

    def handle(self, *, paths: list[Path], force: bool, check: bool, **options: Any) -> None:
        if missing := [str(path) for path in paths if not path.exists()]:
            raise CommandError(f"there is no {', '.join(missing)}")
        try:
            if check:
                self.check_files(paths or [CONTENT])
            else:
                self.load(paths, force)
        except ContentError as error:
            raise CommandError(f"nothing was loaded:\n{error}") from error

    def check_files(self, paths: list[Path]) -> None:
        contents = [file.content for file in read_radios(paths)]
        radios = sum(len(content.radios) for content in contents)
        not_serials = sum(len(content.not_serials) for content in contents)
        lines = f"radios: {radios}, numbers that are no serial: {not_serials}, all well made"
        self.stdout.write(lines)

    def load(self, paths: list[Path], force: bool) -> None:
        report = load_radios(paths, force)
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(self.style.SUCCESS(report.summary()))
