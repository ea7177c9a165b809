"""Which radio a row is of, and whether its serial and code can be used."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from guides.models import Brand
from guides.search import SEVERAL_NAMES, brands_by_name
from orders.code_book.columns import Fields
from orders.code_book.rows import BadRowError, plain
from orders.models import CodeBookEntry, Radio, SerialHashes, shapes_of
from orders.retrieval.calculators import compute
from orders.serials import Kind, Shape, Trap, normalise, read
from orders.serials.confusables import Pattern

MISTYPED = {Kind.DOUBTFUL, Kind.INCOMPLETE, Kind.UNREADABLE, Kind.NOT_A_SERIAL, Kind.EMPTY}
SHORTENED = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)  # 8.15E+13
MOST_ZEROS = 3  # that a spreadsheet may have dropped of a code
LONGEST_NOTE = 200


@dataclass(slots=True)
class Checked:
    """A row that can be stored, hashed and encrypted already."""

    brand_id: int
    family: str
    hashes: SerialHashes
    code: str = field(repr=False)
    contents: str
    repair: str


class LookUp:
    """Brands and their radios, read from the database once for a whole list.

    `brand` counts where the list names none. `pads_codes`: the list's codes have lost leading
    zeros, as its owner says.
    """

    def __init__(self, brand: Brand | None = None, *, pads_codes: bool = False) -> None:
        self.brand, self.pads_codes = brand, pads_codes
        brands = list(Brand.objects.all())
        self.known_brands = ", ".join(brand.name for brand in brands)
        self.brands = brands_by_name(brands)
        self.radios = {radio.pk: radio for radio in Radio.objects.all()}
        self.named: dict[str, list[Radio]] = defaultdict(list)
        for radio in self.radios.values():
            for name in {plain(radio.key), plain(radio.name)}:
                self.named[name].append(radio)
        self.shapes: dict[int, tuple[list[Shape], list[Trap]]] = {
            brand.pk: shapes_of(brand) for brand in brands
        }

    def check(self, row: Fields) -> Checked:
        """Raises BadRowError."""
        if SHORTENED.fullmatch(row.serial) or SHORTENED.fullmatch(row.code):
            raise BadRowError(_("A spreadsheet shortened this number. Format the column as text."))
        serial = normalise(row.serial)
        if not serial:
            raise BadRowError(_("There is no serial."))
        radio = self._radio(row, serial)
        serial = radio.canonical(serial)
        code, repair = self._code(row.code, radio, serial)
        if radio.is_fallback and not row.radio:
            words = _("No radio of this brand has serials like this. Read as: %(radio)s.")
            repair = f"{repair} {words % {'radio': radio.name}}".strip()
        note = " ".join(row.note.split())[:LONGEST_NOTE]
        return Checked(
            radio.brand_id, radio.code_family, SerialHashes.of(radio, serial), code,
            CodeBookEntry.sealed(serial, code, note), repair,
        )  # fmt: skip

    # ------------------------------------------------------------------ the radio
    def _radio(self, row: Fields, serial: str) -> Radio:
        """The radio that the row names, or the one that has serials like this."""
        brand = self._brand(row.brand) if row.brand else self.brand
        for radio in self._named(row.radio, brand) if row.radio else ():
            patterns = [Pattern(radio.pattern), Pattern(radio.lenient_pattern)]
            if radio.pattern and not any(pattern.fits(serial) for pattern in patterns):
                raise BadRowError(_("This radio has no serials like this."))
            return radio
        brands = [brand.pk] if brand else self.shapes
        fitting = [shape for pk in brands if (shape := strict(serial, self.shapes[pk][0]))]
        if len({self.radios[shape.key].code_family for shape in fitting}) > 1:
            raise BadRowError(several_brands())
        if fitting:  # of one family: a code of the first is found for the others
            return self.radios[fitting[0].key]
        if row.radio:
            raise BadRowError(_("This radio is not known."))
        if brand is None:
            raise BadRowError(_("No radio has serials like this. Name the brand in a column."))
        return self._by_reading(serial, brand)

    def _brand(self, name: str) -> Brand:
        """By any of its names: Opel and Opel/Vauxhall are both "Vauxhall / Opel"."""
        brand = self.brands.get(plain(name))
        if brand is None:
            parts = {self.brands.get(plain(part)) for part in SEVERAL_NAMES.split(name)}
            brand = parts.pop() if len(parts) == 1 else None
        if brand is None:
            words = _("This brand is not known. Known are: %(brands)s.")
            raise BadRowError(words % {"brands": self.known_brands})
        return brand

    def _named(self, name: str, brand: Brand | None) -> list[Radio]:
        known = self.named.get(plain(name), [])
        known = [radio for radio in known if brand is None or radio.brand_id == brand.pk]
        if len(known) > 1:
            raise BadRowError(several_brands())
        return known

    def _by_reading(self, serial: str, brand: Brand) -> Radio:
        """A serial that fits nothing strictly may be one of the brand's other radios."""
        reading = read(serial, *self.shapes[brand.pk])
        if reading.kind in MISTYPED:
            raise BadRowError(reading.message or _("There is no serial."))
        if reading.shape:
            return self.radios[reading.shape.key]
        for radio in self.radios.values():
            if radio.brand_id == brand.pk and radio.is_fallback:
                return radio
        raise BadRowError(_("No radio of this brand has serials like this."))

    # ------------------------------------------------------------------ the code
    def _code(self, text: str, radio: Radio, serial: str) -> tuple[str, str]:
        """The code, and what had to be done to it."""
        code, repair = normalise(text), ""
        pattern = Pattern(radio.code_pattern)
        if not pattern.fits(code):
            longer = padded(code, pattern)
            if longer is None or not self.pads_codes:
                words = _("The code is not: %(shape)s.") % {"shape": radio.code_shape}
                if longer:
                    words += " " + _("A spreadsheet may have dropped its leading zeros.")
                raise BadRowError(words)
            code, repair = longer, _("Leading zeros were put back before the code.")
        computed = compute(radio.code_family, serial) if code in radio.placeholders else None
        if code in radio.placeholders and not (computed and computed.code == code):
            raise BadRowError(_("This code only fills the place of one."))
        return code, repair


def strict(serial: str, shapes: Iterable[Shape]) -> Shape | None:
    """The first that fits. `read` begins so too, but takes ten times as long with its words."""
    return next((shape for shape in shapes if Pattern(shape.pattern).fits(serial)), None)


def padded(code: str, pattern: Pattern) -> str | None:
    if not (code.isascii() and code.isdecimal()):
        return None
    longer = (code.zfill(len(code) + zeros) for zeros in range(1, MOST_ZEROS + 1))
    return next((each for each in longer if pattern.fits(each)), None)


def several_brands() -> str:
    return _("Several brands have serials like this. Name the brand in a column.")
