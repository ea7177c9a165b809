"""Which sheet of a file is the list, and which of its columns is what."""

from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from orders.code_book.csv_rows import csv_rows
from orders.code_book.rows import BadListError, BadRowError, Cell, Row, plain
from orders.code_book.xlsx_rows import Workbook

ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
MOST_TITLES = 10  # rows before the one that names the columns
# as `plain` writes them: "Serial No." is serialno
NAMES = {
    "serial": {
        "serial", "serialnumber", "serialno", "serialnr", "sn", "seriennummer", "seriennr",
        "numerodeserie", "nodeserie", "ndeserie", "nserie", "serie", "numerodiserie",
        "numeroseriale", "seriale", "serienummer", "numerseryjny",
    },
    "code": {
        "code", "unlockcode", "radiocode", "unlock", "pin", "pincode", "entsperrcode", "codigo",
        "codice", "codeautoradio", "kod",
    },
    "brand": {
        "brand", "make", "carmake", "carbrand", "manufacturer", "marke", "marque", "marca", "merk",
        "marka", "hersteller",
    },
    "radio": {"radio", "radiokey", "unit", "headunit", "radiomodel", "gerat", "autoradio"},
    "note": {
        "note", "notes", "origin", "source", "remark", "remarks", "comment", "comments",
        "bemerkung", "bemerkungen", "notiz", "remarque", "remarques", "nota", "notas",
    },
}  # fmt: skip
NEEDED = ("serial", "code")


class Fields(NamedTuple):
    """What a row holds, before anything of it is checked."""

    serial: str
    code: str
    brand: str = ""
    radio: str = ""
    note: str = ""


class NoHeaderError(BadListError):
    """The row names no columns: it may be a title above the header."""


class Columns:
    def __init__(self, header: Row) -> None:
        """Raises BadListError."""
        if isinstance(header.cells, BadRowError):
            raise NoHeaderError(_("The first line does not name the columns of a list of codes."))
        names = [plain(cell) if isinstance(cell, str) else "" for cell in header.cells]
        found = {
            column: [place for place, name in enumerate(names) if name in known]
            for column, known in NAMES.items()
        }
        if missing := [column for column in NEEDED if not found[column]]:
            raise NoHeaderError(
                _("The first line must name the columns serial and code. Missing: %(missing)s.")
                % {"missing": ", ".join(missing)}
            )
        for column, places in found.items():
            if len(places) > 1:
                words = _("The first line names two columns for the %(column)s.")
                raise BadListError(words % {"column": column})
        self.places = [next(iter(found[column]), None) for column in Fields._fields]
        self.last = max(found[column][0] for column in NEEDED)

    @classmethod
    def find(cls, rows: Iterator[Row]) -> "Columns":
        """Reads on to the header, past titles. Raises BadListError."""
        trouble = BadListError(_("This file is empty."))
        for number, row in enumerate(islice(rows, MOST_TITLES)):
            try:
                return cls(row)
            except NoHeaderError as error:
                trouble = trouble if number else error
        raise trouble

    def fields(self, row: Row) -> Fields | None:
        """None for a row without serial and code: blank, a title or a remark.

        Raises BadRowError.
        """
        if isinstance(row.cells, BadRowError):
            raise row.cells
        cells = [
            row.cells[place] if place is not None and place < len(row.cells) else ""
            for place in self.places
        ]
        if not cells[0] and not cells[1]:
            return None
        if len(row.cells) <= self.last:
            raise BadRowError(_("There are too few columns."))
        return Fields(*map(_text, cells))


def _text(cell: Cell) -> str:
    if isinstance(cell, BadRowError):
        raise cell
    return cell


class CodeList(NamedTuple):
    sheet: str  # empty for CSV
    columns: Columns
    rows: Iterator[Row]  # those below the header


def open_list(file: BufferedReader) -> CodeList:
    """Raises BadListError."""
    head = file.peek(1024)[:1024]
    _check_kind(head)
    if not head.startswith(ZIP):
        rows = csv_rows(file)
        return CodeList("", Columns.find(rows), rows)
    if not file.seekable():
        raise BadListError(_("A spreadsheet cannot be read from a pipe. Name its file."))
    return _sheet_with_codes(Workbook(file))


def _check_kind(head: bytes) -> None:
    """The file's own bytes decide, neither its name nor what the browser says."""
    if not head.strip():
        raise BadListError(_("This file is empty."))
    if head.startswith(OLD_OFFICE):
        raise BadListError(
            _("This is an old or a locked Excel file. Save it as .xlsx without a password, or CSV.")
        )
    if head.startswith(UTF_16):
        raise BadListError(_("This text is in UTF-16. Save it as “CSV UTF-8”."))
    if not head.startswith(ZIP) and b"\0" in head:
        raise BadListError(_("This is neither CSV nor an Excel file (.xlsx)."))


def _sheet_with_codes(book: Workbook) -> CodeList:
    """The only visible sheet that names the columns: of two, staff must choose."""
    found: list[CodeList] = []
    for part, name in book.sheets.items():
        rows = book.rows(part)
        try:
            found.append(CodeList(name, Columns.find(rows), rows))
        except NoHeaderError:
            if len(book.sheets) == 1:
                raise
    if len(found) == 1:
        return found[0]
    words = _("No visible sheet names the columns serial and code. There are: %(names)s.")
    if found:
        words = _("Several sheets are lists of codes: %(names)s. Leave only one, or hide the rest.")
    names = [codes.sheet for codes in found] or book.sheets.values()
    raise BadListError(words % {"names": ", ".join(f"“{name}”" for name in names)[:150]})
