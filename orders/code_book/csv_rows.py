"""Rows of CSV, as spreadsheets and databases write it."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from orders.code_book.rows import LONGEST_CELL, MOST_COLUMNS, BadRowError, Cell, Row

BLOCK = 256 * 1024  # bytes
LONGEST = 20_000  # bytes of a line
DELIMITERS = ";,\t"
BOM = b"\xef\xbb\xbf"
TOLD = re.compile(r"sep=([;,\t])\s*")  # Excel's own first line, which stands before the header
KEPT_AS_TEXT = re.compile(r'="([^"]*)"')  # how one makes Excel keep the zeros of ="0123"


class CsvRows:
    """A line is a row: a quotation mark left open spoils its own line and no other."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, 2) if file.seekable() else 0
        self.delimiter = ""

    def read(self, place: int = 0, line: int = 0) -> Iterator[Row]:
        if place and not self.delimiter:
            next(self.read())  # the first line tells it
        if self.file.seekable():
            self.file.seek(place)
        for raw, next_place in _lines(self.file, place):
            line += 1
            text = decoded(raw.removeprefix(BOM) if line == 1 else raw)
            if line == 1 and (told := TOLD.fullmatch(text)):
                self.delimiter = told[1]
            elif text.strip():
                self.delimiter = self.delimiter or max(DELIMITERS, key=text.count)
                yield Row(line, self._cells(text, len(raw)), next_place)

    def _cells(self, text: str, length: int) -> list[Cell] | BadRowError:
        if length > LONGEST or "\0" in text:
            return BadRowError(_("This line is no row of a list."))
        try:
            cells = next(csv.reader([text], delimiter=self.delimiter), [])
        except csv.Error:
            return BadRowError(_("This line is no row of a list."))
        if len(cells) > MOST_COLUMNS:
            return BadRowError(_("There are too many columns."))
        return [_cell(cell.strip()) for cell in cells]


def decoded(raw: bytes) -> str:
    """UTF-8, or what Windows writes in western Europe. Asked for each line anew, because nobody
    knows before the last one; serials and codes are the same in both."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _cell(text: str) -> Cell:
    if text[:1] in ("=", "'"):
        if kept := KEPT_AS_TEXT.fullmatch(text):
            return kept[1].strip()
        if text[0] == "=":
            return BadRowError(_("This is a formula. Save the list with its values."))
        text = text[1:]
    if len(text) > LONGEST_CELL:
        return BadRowError(_("This cell is too long."))
    return text


def _lines(file: BinaryIO, place: int) -> Iterator[tuple[bytes, int]]:
    """Each line, cut where it is longer than any row, and where the next one begins.

    Lines end by LF, CR LF or CR: all three come from spreadsheets.
    """
    rest, cut = b"", 0
    while block := file.read(BLOCK):
        pieces = (rest + block).splitlines(keepends=True)
        # of a line that ends in CR, the LF may come with the next block
        rest = b"" if pieces[-1].endswith(b"\n") else pieces.pop()
        for piece in pieces:
            place += len(piece) + cut
            cut = 0
            yield piece, place
        if len(rest) > LONGEST + 1:
            cut += len(rest) - (LONGEST + 1)
            rest = rest[: LONGEST + 1]
    if rest:
        yield rest, place + len(rest) + cut
