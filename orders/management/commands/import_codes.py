import io
import sys
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from guides.models import Brand
from orders.code_book.importing import read_list
from orders.models import Import, ImportStatus
from orders.retrieval.chain import answer_waiting_orders

COUNTS = {
    "added": "added", "known": "known already", "repeated": "twice in the list",
    "conflicts": "in conflict", "repaired": "put right", "broken": "not used",
}  # fmt: skip


class Command(BaseCommand):
    help = "Read a list of codes into the code book: CSV or Excel, with the columns serial and code"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the list; - for CSV on standard input")
        parser.add_argument("--brand", help="slug of the brand, where the list names none")
        parser.add_argument(
            "--pad-codes", action="store_true", help="put back leading zeros that codes have lost"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        brand = self._brand(options["brand"])
        # The import is created with its entries: a command that is killed leaves no trace.
        with self._open(options["file"]) as file, transaction.atomic():
            job = Import.objects.create(
                name="standard input" if file is sys.stdin.buffer else Path(file.name).name[:120],
                brand=brand, pads_codes=options["pad_codes"], claim_token=uuid.uuid4(),
            )  # fmt: skip
            read_list(job, file, self._show_progress if self.stderr.isatty() else lambda line: None)
        answer_waiting_orders()
        for remark in job.remarks.iterator():
            self.stderr.write(f"line {remark.line}: {remark.get_kind_display()}: {remark.text}")
        counts = ", ".join(f"{getattr(job, name):,} {words}" for name, words in COUNTS.items())
        sheet = f", sheet {job.sheet}" if job.sheet else ""
        self.stdout.write(f"List {job.pk}{sheet}: {counts}")
        if job.status != ImportStatus.READ:
            raise CommandError(f"It was not read. {job.trouble}")

    def _brand(self, slug: str | None) -> Brand | None:
        brand = Brand.objects.filter(slug=slug).first()
        if slug and not brand:
            known = ", ".join(Brand.objects.values_list("slug", flat=True))
            raise CommandError(f"No brand is called {slug}. There are: {known}")
        return brand

    def _open(self, name: str) -> io.BufferedReader:
        if name == "-":
            return sys.stdin.buffer  # type: ignore[return-value]
        try:
            return open(name, "rb")
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error

    def _show_progress(self, line: int) -> None:
        self.stderr.write(f"\r{line:,} lines ", ending="")
        self.stderr.flush()
