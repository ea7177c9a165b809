from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading import ContentError
from guides.loading.checking import read_guides, warnings
from guides.loading.guides import CONTENT, compare_guides, load_guides
from guides.loading.legal import read_legal_texts


class Command(BaseCommand):
    help = "Load guides and legal texts from their files; pages that staff edited are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_load_arguments(parser)
        parser.add_argument(
            "--diff", action="store_true", help="only show what differs from the database"
        )

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        refuse_missing(paths)
        try:
            if options["check"]:
                self.check_files(paths or [CONTENT])
            elif options["diff"]:
                self.compare(paths)
            else:
                report = load_guides(paths, options["overwrite"], options["keep"])
                for line in report.lines():
                    self.stdout.write(line)
                self.stdout.write(self.style.SUCCESS(report.summary()))
        except ContentError as error:
            raise CommandError(f"nothing was loaded:\n{error}") from error

    def check_files(self, paths: list[Path]) -> None:
        brands = read_guides(paths)
        legal_texts = read_legal_texts(paths)
        for warning in warnings(brands):
            self.stdout.write(self.style.WARNING(str(warning)))
        pages = sum(len(files.pages) for files in brands)
        self.stdout.write(f"{pages} guides and {len(legal_texts)} legal texts are well made")

    def compare(self, paths: list[Path]) -> None:
        found = compare_guides(paths)
        for headline, lines in found:
            self.stdout.write(self.style.MIGRATE_HEADING(headline))
            for line in lines:
                style = {"-": self.style.ERROR, "+": self.style.SUCCESS}.get(line[0], str)
                self.stdout.write(f"    {style(line)}")
        if not found:
            self.stdout.write("the database is what the files say")


def add_load_arguments(parser: ArgumentParser) -> None:
    """Those of `load_radios`, too."""
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders; else all")
    parser.add_argument("--check", action="store_true", help="only check the files")
    for option, words in (
        ("--overwrite", "replace this page by its file, though staff edited it"),
        ("--keep", "keep this page as staff edited it, until its file changes again"),
    ):
        parser.add_argument(option, action="append", default=[], metavar="PAGE", help=words)


def refuse_missing(paths: list[Path]) -> None:
    if missing := [str(path) for path in paths if not path.exists()]:
        raise CommandError(f"there is no {', '.join(missing)}")
