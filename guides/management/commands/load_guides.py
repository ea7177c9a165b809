from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading import ContentError
from guides.loading.checking import read_guides, warnings
from guides.loading.differences import headline, lines_of
from guides.loading.guides import CONTENT, compare_guides, load_guides
from guides.loading.legal import read_legal_texts


class Command(BaseCommand):
    help = "Load guides and legal texts from their files; what staff edited is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders; else all")
        parser.add_argument("--force", action="store_true", help="overwrite what staff edited")
        parser.add_argument("--check", action="store_true", help="only check the files")
        parser.add_argument(
            "--diff", action="store_true", help="only tell what differs from the database, by row"
        )

    def handle(self, *, paths: list[Path], force: bool, **options: Any) -> None:
        if missing := [str(path) for path in paths if not path.exists()]:
            raise CommandError(f"there is no {', '.join(missing)}")
        try:
            if options["check"]:
                self.check_files(paths or [CONTENT])
            elif options["diff"]:
                self.compare(paths, force)
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

    def compare(self, paths: list[Path], force: bool) -> None:
        report = compare_guides(paths, force)
        for change in report.differing:
            self.stdout.write(self.style.MIGRATE_HEADING(headline(change)))
            for line in lines_of(change):
                style = {"-": self.style.ERROR, "+": self.style.SUCCESS}.get(line[0], str)
                self.stdout.write(f"    {style(line)}")
        if not report.differing:
            self.stdout.write("the database is what the files say")
