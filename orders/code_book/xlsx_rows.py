"""Rows of an Excel file's first sheet."""

import re
import zlib
from collections.abc import Iterator
from datetime import date, time
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from orders.code_book.rows import LONGEST_CELL, MOST_COLUMNS, BadListError, BadRowError, Cell, Row

MOST_ROWS = 200_000  # takes ten seconds to leaf through, which each slice has to
MOST_UNPACKED = 120 * 1024 * 1024  # bytes
MOST_OTHER = 8 * 1024 * 1024  # of a part that is not read row by row, and takes ten times as much
STREAMED = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/media/", "xl/pivotCache/")
MOST_PARTS = 2_000
MOST_DIGITS = 15  # Excel rounds what is longer
ZEROS = re.compile(r"0+")  # a number format by which 123 is shown, and meant, as 0123
# what zipfile and openpyxl raise for files that are broken, or made to break their reader
DAMAGED = (
    BadZipFile, ParseError, zlib.error, KeyError, ValueError, TypeError, AttributeError,
    IndexError, EOFError, NotImplementedError, RuntimeError, AssertionError,
)  # fmt: skip


class XlsxRows:
    def __init__(self, file: BinaryIO) -> None:
        _check_archive(file)
        try:
            book = load_workbook(file, read_only=True, keep_links=False)
            self.sheet: Any = book.worksheets[0]
            self.size = min(self.sheet.max_row or 0, MOST_ROWS)
            self.sheet.reset_dimensions()  # files lie about them
        except DAMAGED as error:
            raise damaged() from error

    def read(self, place: int = 0, line: int = 0) -> Iterator[Row]:
        del line  # a row's place is its line
        rows = self.sheet.iter_rows(min_row=place + 1, max_col=MOST_COLUMNS + 1)
        while True:
            try:
                cells = [_cell(cell) for cell in next(rows)]
            except StopIteration:
                return
            except DAMAGED as error:
                raise damaged() from error
            place += 1
            while cells and cells[-1] == "":
                cells.pop()
            if not cells:
                continue
            if place > MOST_ROWS:
                raise BadListError(
                    _("A spreadsheet may have %(most)s rows. Save a longer one as CSV.")
                    % {"most": f"{MOST_ROWS:,}"}
                )
            yield Row(place, cells, place)


def damaged() -> BadListError:
    return BadListError(_("This Excel file is damaged. Save it once more, or as CSV."))


def _check_archive(file: BinaryIO) -> None:
    """What the archive says of itself: no more than that is unpacked of any part."""
    try:
        with ZipFile(file) as archive:
            parts = archive.infolist()
    except DAMAGED as error:
        raise damaged() from error
    if all(part.filename != "xl/workbook.xml" for part in parts):
        raise BadListError(_("This is an archive, but no Excel file (.xlsx)."))
    others = [part.file_size for part in parts if not part.filename.startswith(STREAMED)]
    if (
        len(parts) > MOST_PARTS
        or max(others) > MOST_OTHER
        or sum(part.file_size for part in parts) > MOST_UNPACKED
    ):
        raise BadListError(
            _("This Excel file unpacks to more than a list of codes. Save it as CSV.")
        )


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str) and cell.data_type not in ("f", "e"):
        text = value.strip()
        return text if len(text) <= LONGEST_CELL else BadRowError(_("This cell is too long."))
    if isinstance(value, date | time):
        return BadRowError(_("Excel took this for a date. Format the column as text."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return BadRowError(_("This is a formula or an error. Save the list with its values."))
    return _number(value, str(cell.number_format))


def _number(value: int | float, shown_as: str) -> Cell:
    digits = str(int(value)) if value == int(value) else str(value)
    if len(digits) > MOST_DIGITS:
        return BadRowError(_("Excel rounded this number. Format the column as text."))
    return digits.zfill(len(shown_as)) if ZEROS.fullmatch(shown_as) else digits
