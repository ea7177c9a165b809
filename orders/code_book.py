"""Lists of known codes, read into the code book: one row a radio, `brand,serial,code`.

A row that cannot be used is reported with its line number and stops nothing. What the book has is
never overwritten, so that reading the same list again changes nothing. No report holds a code or a
serial: it may be printed and mailed.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from guides.models import Brand
from orders import crypto
from orders.models import CodeBookEntry, Radio, shapes_of
from orders.serials import Kind, Shape, Trap, read

COLUMNS = ("brand", "serial", "code")
BATCH = 500  # rows that are looked up and stored together
MISTYPED = {Kind.DOUBTFUL, Kind.INCOMPLETE, Kind.UNREADABLE, Kind.NOT_A_SERIAL, Kind.EMPTY}


@dataclass(frozen=True)
class Remark:
    line: int
    text: str


@dataclass
class Report:
    """What became of a list. `conflicts`: the serial is known with another code, which stays."""

    added: int = 0
    known: int = 0
    conflicts: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    line: int
    brand: Brand
    serial: str = field(repr=False)
    code: str = field(repr=False)

    @property
    def hashes(self) -> list[str]:
        """The newest first; an entry may still be found under an older key's."""
        return crypto.hashes_of_serial(self.brand.pk, self.serial)


class BadRowError(ValueError):
    """The row cannot be used. The message tells staff why."""


def import_rows(lines: Iterable[str], origin: str) -> Report:
    """Put a list's rows into the code book. `origin` says where they came from."""
    report = Report()
    numbered = enumerate(lines, start=1)
    try:
        layout = Layout(next(numbered, (1, ""))[1])
    except BadRowError as error:
        report.problems.append(Remark(1, str(error)))
        return report
    rows = _good_rows(numbered, layout, report)
    while batch := list(islice(rows, BATCH)):
        _store(batch, origin, report)
    return report


class Layout:
    """Where the columns stand, as the first line says."""

    def __init__(self, header: str) -> None:
        self.delimiter = ";" if header.count(";") > header.count(",") else ","
        names = [name.strip().lower() for name in self.cells(header.lstrip("\ufeff"))]
        if missing := [column for column in COLUMNS if column not in names]:
            raise BadRowError(
                _("The first line must name the columns %(columns)s; %(missing)s is missing.")
                % {"columns": ", ".join(COLUMNS), "missing": ", ".join(missing)}
            )
        self.places = [names.index(column) for column in COLUMNS]

    def cells(self, line: str) -> list[str]:
        """A line is a row: a quotation mark left open spoils its own line and no other."""
        try:
            return next(csv.reader([line], delimiter=self.delimiter), [])
        except csv.Error as error:
            raise BadRowError(_("This line is no row of a list.")) from error

    def values(self, line: str) -> list[str]:
        cells = self.cells(line)
        if len(cells) <= max(self.places):
            raise BadRowError(_("There are too few columns."))
        return [cells[place].strip() for place in self.places]


def _good_rows(
    numbered: Iterable[tuple[int, str]], layout: Layout, report: Report
) -> Iterator[Row]:
    catalogue = Catalogue()
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            yield catalogue.check(number, *layout.values(line))
        except BadRowError as error:
            report.problems.append(Remark(number, str(error)))


class Catalogue:
    """Brands and their radios, asked of the database once for a whole list."""

    def __init__(self) -> None:
        brands = list(Brand.objects.all())
        self.brands = {brand.slug: brand for brand in brands}
        self.brands |= {brand.name.lower(): brand for brand in brands}
        self.radios = {radio.pk: radio for radio in Radio.objects.all()}
        self.shapes: dict[int, tuple[list[Shape], list[Trap]]] = {}

    def check(self, line: int, brand_name: str, serial: str, code: str) -> Row:
        """Raises BadRowError."""
        brand = self.brands.get(brand_name.lower())
        if brand is None:
            raise BadRowError(_("This brand is not known."))
        if brand.pk not in self.shapes:
            self.shapes[brand.pk] = shapes_of(brand)
        reading = read(serial, *self.shapes[brand.pk])
        if reading.kind in MISTYPED:
            raise BadRowError(reading.message or _("There is no serial."))
        radio = self._radio(brand, reading.shape)
        if radio is None:
            raise BadRowError(_("No radio of this brand has serials like this."))
        code = "".join(code.split())
        if not re.fullmatch(radio.code_pattern, code):
            raise BadRowError(_("The code is not: %(shape)s.") % {"shape": radio.code_shape})
        return Row(line, brand, radio.canonical(reading.serial), code)

    def _radio(self, brand: Brand, shape: Shape | None) -> Radio | None:
        """What nothing recognised may be a serial of the brand's fallback radio."""
        if shape is not None:
            return self.radios.get(shape.key)
        radios = self.radios.values()
        return next((r for r in radios if r.brand_id == brand.pk and r.is_fallback), None)


def _store(rows: list[Row], origin: str, report: Report) -> None:
    """Compare with the book and with the rows before, then add what is new in one statement."""
    hashes = [each for row in rows for each in row.hashes]
    found = CodeBookEntry.objects.filter(serial_hash__in=hashes)
    codes = {entry.serial_hash: entry.code for entry in found}
    new = []
    for row in rows:
        known = next((codes[each] for each in row.hashes if each in codes), None)
        if known is None:
            codes[row.hashes[0]] = row.code
            new.append(CodeBookEntry.make(row.brand, row.serial, row.code, origin[:80]))
        elif known == row.code:
            report.known += 1
        else:
            text = _("This serial is known with another code, which was kept.")
            report.conflicts.append(Remark(row.line, text))
    # Two lists read at once: the first to store a serial wins, and the other one's row is dropped.
    CodeBookEntry.objects.bulk_create(new, ignore_conflicts=True)
    report.added += len(new)
