from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading.checking import read_guides, warnings
from guides.loading.files import ContentError
from guides.loading.guides import CONTENT, compare_guides, load_guides
from guides.loading.legal import read_legal_texts
from guides.loading.pages import Report


class LoadCommand(BaseCommand):
    """Loads content files, or only checks them."""

    load: Callable[..., Report]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders; else all")
        parser.add_argument("--check", action="store_true", help="only check the files")
        for option, words in (
            ("--overwrite", "replace this page by its file, though staff edited it"),
            ("--keep", "keep this page as staff edited it, until its file changes again"),
        ):
            parser.add_argument(option, action="append", default=[], metavar="PAGE", help=words)

    def handle(self, *, paths: list[Path], **options: Any) -> None:
        if missing := [str(path) for path in paths if not path.exists()]:
            raise CommandError(f"there is no {', '.join(missing)}")
        try:
            self.act(paths, options)
        except ContentError as error:
            raise CommandError(f"nothing was loaded:\n{error}") from error

    def act(self, paths: list[Path], options: dict[str, Any]) -> None:
        if options["check"]:
            self.stdout.write(self.check_files(paths))
            return
        report = type(self).load(paths, options["overwrite"], options["keep"])
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(self.style.SUCCESS(report.summary()))

    def check_files(self, paths: list[Path]) -> str:
        raise NotImplementedError


class Command(LoadCommand):
    help = "Load guides and legal texts from their files; pages that staff edited are left alone."
    load = load_guides

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        words = "only show what differs from the database"
        parser.add_argument("--diff", action="store_true", help=words)

    def act(self, paths: list[Path], options: dict[str, Any]) -> None:
        if options["diff"]:
            self.compare(paths)
        else:
            super().act(paths, options)

    def check_files(self, paths: list[Path]) -> str:
        brands, legal_texts = read_guides(paths or [CONTENT]), read_legal_texts(paths or [CONTENT])
        for warning in warnings(brands):
            self.stdout.write(self.style.WARNING(str(warning)))
        pages = sum(len(files.pages) for files in brands)
        return f"{pages} guides and {len(legal_texts)} legal texts are well made"

    def compare(self, paths: list[Path]) -> None:
        found = compare_guides(paths)
        for headline, lines in found:
            self.stdout.write(self.style.MIGRATE_HEADING(headline))
            for line in lines:
                style = {"-": self.style.ERROR, "+": self.style.SUCCESS}.get(line[0], str)
                self.stdout.write(f"    {style(line)}")
        if not found:
            self.stdout.write("the database is what the files say")
