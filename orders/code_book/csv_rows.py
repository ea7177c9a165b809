"""Rows of CSV, as spreadsheets and databases write it."""

import csv
import re
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO

from django.utils.translation import gettext as _

from orders.code_book.rows import MOST_COLUMNS, BadRowError, Cell, Row, clean

LONGEST = 20_000  # characters of a line
DELIMITERS = ";,\t"
DELIMITER_LINE = re.compile(r"sep=([;,\t])\s*")  # Excel's own first line, before the header


def csv_rows(file: BinaryIO) -> Iterator[Row]:
    """A line is a row: an open quotation mark spoils its own line and no other."""
    delimiter = ""
    for line, text in enumerate(_lines(file), start=1):
        if line == 1 and (named := DELIMITER_LINE.fullmatch(text)):
            delimiter = named[1]
        elif text.strip():
            found = delimiter or max(DELIMITERS, key=text.count)
            if found in text:  # a title may stand before the first line that has one
                delimiter = found
            yield Row(line, _cells(text, found))


def _lines(file: BinaryIO) -> Iterator[str]:
    """Each line in turn; one longer than any row is cut.

    UTF-8, or what Windows writes in western Europe. The encoding is found for each line anew: only
    the last line could say which one the whole file has, and serials are the same in both.
    """
    with TextIOWrapper(file, "utf-8-sig", errors="surrogateescape") as lines:
        while line := lines.readline(LONGEST + 1):
            rest = line
            while len(rest) > LONGEST and not rest.endswith("\n"):
                rest = lines.readline(LONGEST + 1)
            try:
                line.encode()
            except UnicodeEncodeError:
                line = line.encode(errors="surrogateescape").decode("cp1252", errors="replace")
            yield line


def _cells(text: str, delimiter: str) -> list[Cell] | BadRowError:
    try:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    if not cells or len(text) > LONGEST or "\0" in text:
        return BadRowError(_("This line is no row of a list."))
    if len(cells) > MOST_COLUMNS:
        return BadRowError(_("There are too many columns."))
    return [clean(cell) for cell in cells]
