"""Whether a row can be used: its brand, its radio, its serial and its code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from guides.models import Brand
from orders.code_book.columns import Fields
from orders.code_book.rows import BadRowError
from orders.lib import crypto
from orders.models import CodeBookEntry, Radio, shapes_of
from orders.serials import Kind, Shape, Trap, normalise, read
from orders.serials.confusables import Pattern

MISTYPED = {Kind.DOUBTFUL, Kind.INCOMPLETE, Kind.UNREADABLE, Kind.NOT_A_SERIAL, Kind.EMPTY}
SHORTENED = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)  # 8.15E+13
MOST_ZEROS = 3  # that a spreadsheet may have dropped of a code
LONGEST_NOTE = 200


@dataclass(slots=True)
class Checked:
    """A row that can be stored, hashed and encrypted already."""

    line: int
    brand_id: int
    code: str = field(repr=False)
    hashes: list[str]  # under each key, the newest first
    contents: str
    repair: str = ""

    @property
    def hash(self) -> str:
        return self.hashes[0]


class Catalogue:
    """Brands and their radios, asked of the database once for a whole list.

    `brand` is meant where the list names none. `pads_codes`: whoever gave us the list says that its
    codes lost their leading zeros.
    """

    def __init__(self, brand: Brand | None = None, *, pads_codes: bool = False) -> None:
        self.brand, self.pads_codes = brand, pads_codes
        brands = list(Brand.objects.all())
        self.brands = {brand.slug: brand for brand in brands}
        self.brands |= {brand.name.lower(): brand for brand in brands}
        self.radios = {radio.pk: radio for radio in Radio.objects.all()}
        self.shapes: dict[int, tuple[list[Shape], list[Trap]]] = {
            brand.pk: shapes_of(brand) for brand in brands
        }

    def check(self, line: int, row: Fields) -> Checked:
        """Raises BadRowError."""
        if SHORTENED.fullmatch(row.serial) or SHORTENED.fullmatch(row.code):
            raise BadRowError(_("A spreadsheet shortened this number. Format the column as text."))
        serial = normalise(row.serial)
        if not serial:
            raise BadRowError(_("There is no serial."))
        radio = self._radio(row, serial)
        serial = radio.canonical(serial)
        code, repair = self._code(row.code, radio)
        note = " ".join(row.note.split())[:LONGEST_NOTE]
        return Checked(
            line, radio.brand_id, code, crypto.hashes_of_serial(radio.brand_id, serial),
            CodeBookEntry.sealed(serial, code, note), repair,
        )  # fmt: skip

    # ------------------------------------------------------------------ the radio
    def _radio(self, row: Fields, serial: str) -> Radio:
        brand = self._brand(row.brand)
        if row.radio:
            return self._named(row.radio, brand, serial)
        if brand is None:
            return self._of_any_brand(serial)
        shapes, traps = self.shapes[brand.pk]
        shape = strict(serial, shapes)
        if shape is None:
            reading = read(serial, shapes, traps)
            if reading.kind in MISTYPED:
                raise BadRowError(reading.message or _("There is no serial."))
            shape = reading.shape
        return self.radios[shape.key] if shape else self._fallback(brand)

    def _brand(self, name: str) -> Brand | None:
        if not name:
            return self.brand
        brand = self.brands.get(name.lower())
        if brand is None:
            raise BadRowError(_("This brand is not known."))
        return brand

    def _named(self, name: str, brand: Brand | None, serial: str) -> Radio:
        name = name.lower()
        known = [
            radio
            for radio in self.radios.values()
            if name in (radio.key, radio.name.lower())
            and (brand is None or brand.pk == radio.brand_id)
        ]
        if len(known) != 1:
            raise BadRowError(_("This radio is not known.") if not known else several_brands())
        radio = known[0]
        if radio.pattern and not any(
            Pattern(pattern).fits(serial) for pattern in (radio.pattern, radio.lenient_pattern)
        ):
            raise BadRowError(_("This radio has no serials like this."))
        return radio

    def _of_any_brand(self, serial: str) -> Radio:
        found = [
            self.radios[shape.key]
            for shapes, _traps in self.shapes.values()
            if (shape := strict(serial, shapes))
        ]
        if not found:
            raise BadRowError(_("No radio has serials like this. Name the brand in a column."))
        if len(found) > 1:
            raise BadRowError(several_brands())
        return found[0]

    def _fallback(self, brand: Brand) -> Radio:
        """What nothing recognised may be a serial of the brand's fallback radio."""
        for radio in self.radios.values():
            if radio.brand_id == brand.pk and radio.is_fallback:
                return radio
        raise BadRowError(_("No radio of this brand has serials like this."))

    # ------------------------------------------------------------------ the code
    def _code(self, text: str, radio: Radio) -> tuple[str, str]:
        """The code, and what had to be done to it."""
        code = "".join(text.split())
        repair = ""
        if not fits(code, radio):
            padded = _padded(code, radio)
            if padded and self.pads_codes:
                code, repair = padded, _("Leading zeros were put back before the code.")
            else:
                raise BadRowError(_wrong_code(radio, padded is not None))
        if code in radio.placeholders:
            raise BadRowError(_("This code only fills the place of one."))
        return code, repair


def strict(serial: str, shapes: Iterable[Shape]) -> Shape | None:
    """The first thing that `serials.read` asks, and for most rows the last: without its words it
    takes a tenth of the time."""
    return next((shape for shape in shapes if Pattern(shape.pattern).fits(serial)), None)


def fits(code: str, radio: Radio) -> bool:
    return re.fullmatch(radio.code_pattern, code, re.ASCII) is not None


def _padded(code: str, radio: Radio) -> str | None:
    if not (code.isascii() and code.isdecimal()):
        return None
    longer = (code.zfill(len(code) + zeros) for zeros in range(1, MOST_ZEROS + 1))
    return next((each for each in longer if fits(each, radio)), None)


def _wrong_code(radio: Radio, lost_zeros: bool) -> str:
    words = _("The code is not: %(shape)s.") % {"shape": radio.code_shape}
    if lost_zeros:
        words += " " + _("A spreadsheet may have dropped its leading zeros.")
    return words


def several_brands() -> str:
    return _("Several brands have serials like this. Name the brand in a column.")
