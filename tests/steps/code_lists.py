"""Lists of codes for tests, and the two ways by which they come."""

import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from orders.models import Import

UPLOAD = "/admin/orders/import/upload/"
HEADER = "brand,serial,code"


def csv_of(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines]).encode()


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    """A workbook; a cell given as (value, format) is a number that is shown in this format."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row=at, column=column)
            cell.value, cell.number_format = value if isinstance(value, tuple) else (value, "@")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_file(folder: Path, content: bytes, *options: str, name: str = "list.csv") -> Import:
    """By the command."""
    file = folder / name
    file.write_bytes(content)
    with suppress(CommandError):
        call_command(
            "import_codes", str(file), *options, stdout=io.StringIO(), stderr=io.StringIO()
        )
    return Import.objects.latest("pk")


def upload(client: Client, content: bytes, name: str = "list.csv", **fields: Any) -> Any:
    """By the admin; a worker has it to read then."""
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)} | fields)


def remarks(job: Import) -> list[tuple[int | None, str]]:
    return [(remark.line, remark.text) for remark in job.remarks.all()]
