import io
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.models import Brand
from orders.code_book.reading import LeaseLostError, read_batches
from orders.models import Import, ImportStatus

REMARKED = {
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
        with self._open(options["file"]) as file:
            name = "standard input" if options["file"] == "-" else Path(options["file"]).name
            job = Import.begin(name, brand, options["pad_codes"])
            self._read(job, file)
        for remark in job.remarks.iterator():
            self.stderr.write(f"line {remark.line}: {remark.get_kind_display()}: {remark.text}")
        self.stdout.write(
            f"List {job.pk}: "
            + ", ".join(f"{getattr(job, name):,} {words}" for name, words in REMARKED.items())
        )
        if job.status != ImportStatus.READ:
            raise CommandError(f"It was not read to its end. {job.trouble}")

    def _brand(self, slug: str | None) -> Brand | None:
        if slug is None:
            return None
        brand = Brand.objects.filter(slug=slug).first()
        if brand is None:
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

    def _read(self, job: Import, file: io.BufferedReader) -> None:
        began = time.monotonic()
        try:
            for _batch in read_batches(job, file, ahead=True):
                self._report(job, time.monotonic() - began)
        except LeaseLostError:
            job.refresh_from_db()
        except KeyboardInterrupt:
            job.stop("Somebody ended the command. What was read stays.")
        if self.stderr.isatty():
            self.stderr.write("")

    def _report(self, job: Import, seconds: float) -> None:
        """Print a line that overwrites itself on a terminal."""
        if not self.stderr.isatty():
            return
        line = f"\r{job.rows:,} rows, {job.rows / max(seconds, 0.001):,.0f} a second"
        if percent := job.percent:
            done = "#" * (percent // 4)
            left = seconds * (100 - percent) / percent
            line = f"{line}  [{done:<25}] {percent} %, {left:.0f} s left"
        self.stderr.write(f"{line}   ", ending="")
        self.stderr.flush()
