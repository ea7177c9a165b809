"""Which column of a list is what, as its first line says."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from orders.code_book.rows import MOST_COLUMNS, BadListError, BadRowError, Cell, Row

# Written without anything but letters and digits: "Serial No." is serialno.
NAMES = {
    "serial": {
        "serial", "serialnumber", "serialno", "serialnr", "sn", "seriennummer", "numerodeserie",
    },
    "code": {"code", "unlockcode", "radiocode", "unlock", "pin", "pincode"},
    "brand": {"brand", "make", "carmake", "carbrand", "manufacturer", "marke", "marque"},
    "radio": {"radio", "radiokey", "unit", "headunit", "radiomodel"},
    "note": {"note", "notes", "origin", "source", "remark", "remarks", "comment", "comments"},
}  # fmt: skip
NEEDED = ("serial", "code")


class Fields(NamedTuple):
    """What a row says, before anything of it is checked."""

    serial: str
    code: str
    brand: str = ""
    radio: str = ""
    note: str = ""


class Columns:
    def __init__(self, header: Row) -> None:
        """Raises BadListError."""
        if isinstance(header.cells, BadRowError) or len(header.cells) > MOST_COLUMNS:
            raise BadListError(_("The first line does not name the columns of a list of codes."))
        names = [_plain(cell) for cell in header.cells]
        found: dict[str, int] = {}
        for column, known in NAMES.items():
            places = [at for at, name in enumerate(names) if name in known]
            if len(places) > 1:
                raise BadListError(
                    _("The first line names two columns for the %(column)s.") % {"column": column}
                )
            if places:
                found[column] = places[0]
        if missing := [column for column in NEEDED if column not in found]:
            raise BadListError(
                _("The first line must name the columns serial and code. Missing: %(missing)s.")
                % {"missing": ", ".join(missing)}
            )
        self.places = [found.get(column) for column in Fields._fields]
        self.last = max(found[column] for column in NEEDED)

    def fields(self, row: Row) -> Fields:
        """Raises BadRowError."""
        if isinstance(row.cells, BadRowError):
            raise row.cells
        if len(row.cells) <= self.last:
            raise BadRowError(_("There are too few columns."))
        cells = row.cells
        return Fields(*["" if at is None else _value(cells, at) for at in self.places])


def _plain(cell: Cell) -> str:
    return "" if isinstance(cell, BadRowError) else re.sub(r"[\W_]", "", cell.lower())


def _value(cells: Sequence[Cell], place: int) -> str:
    cell = cells[place] if place < len(cells) else ""
    if isinstance(cell, BadRowError):
        raise cell
    return cell
