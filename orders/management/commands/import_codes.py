from argparse import ArgumentParser, FileType
from typing import Any

from django.core.management.base import BaseCommand

from orders.code_book import Remark, import_rows


class Command(BaseCommand):
    help = "Read a list of codes into the code book: CSV with the columns brand, serial, code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        file = FileType("r", encoding="utf-8-sig", errors="replace")
        parser.add_argument("file", type=file, help="the list; - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        with options["file"] as file:
            report = import_rows(file, origin=file.name)
        self._tell(report.problems, "not used")
        self._tell(report.conflicts, "conflict")
        self.stdout.write(
            f"{report.added} added, {report.known} known already, "
            f"{len(report.conflicts)} in conflict, {len(report.problems)} not used"
        )

    def _tell(self, remarks: list[Remark], what: str) -> None:
        for remark in remarks:
            self.stderr.write(f"line {remark.line}: {what}: {remark.text}")
