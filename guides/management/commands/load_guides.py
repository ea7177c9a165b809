from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading import ContentError
from guides.loading.checking import read_guides, warnings
from guides.loading.guides import CONTENT, load_guides
from guides.loading.legal import read_legal_texts


class Command(BaseCommand):
    help = "Load guides and legal texts from their files; what staff edited is kept."

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
        brands = read_guides(paths)
        legal_texts = read_legal_texts(paths)
        for warning in warnings(brands):
            self.stdout.write(self.style.WARNING(str(warning)))
        pages = sum(len(files.pages) for files in brands)
        self.stdout.write(f"{pages} guides and {len(legal_texts)} legal texts are well made")

    def load(self, paths: list[Path], force: bool) -> None:
        report = load_guides(paths, force)
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(self.style.SUCCESS(report.summary()))
