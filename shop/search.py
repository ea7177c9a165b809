"""What a search finds: guides, what the display's words mean, or the brands that use a serial.

Only here, because it looks at guides and at what is sold.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from guides import search as guides_search
from guides.models import Brand
from orders.models import NotASerial, Radio
from orders.serials import LONGEST, Kind, Reading, Shape, Trap, normalise, read


@dataclass(frozen=True)
class Offer:
    brand: Brand
    reading: Reading

    @property
    def radio(self) -> str:
        return self.reading.shape.name if self.reading.shape else ""


@dataclass(frozen=True)
class Answer:
    """`offers`: the brands whose radios have such a serial; `not_a_serial`: what it is instead."""

    question: str
    is_cut: bool = False
    found: guides_search.Found = field(default_factory=guides_search.Found)
    offers: list[Offer] = field(default_factory=list)
    not_a_serial: Reading | None = None

    @property
    def may_be_serial(self) -> bool:
        return may_be_serial(self.question)

    @property
    def is_empty(self) -> bool:
        found = self.found
        return not (self.offers or self.not_a_serial or found.hits or found.symptoms)

    @property
    def needs_brands(self) -> bool:
        """Whether the way on is to choose one's brand."""
        return self.is_empty or self.not_a_serial is not None


def tidy(typed: str) -> str:
    """One line that every database takes: PostgreSQL refuses NUL."""
    printable = "".join(char if char.isprintable() else " " for char in typed)
    return " ".join(printable.split())


def search(typed: str) -> Answer:
    """A serial is looked at first, and then nothing else: it never reaches the database."""
    tidied = tidy(typed)
    question, is_cut = tidied[: guides_search.LONGEST], len(tidied) > guides_search.LONGEST
    offers, not_a_serial = read_as_serial(question)
    if offers or not_a_serial:
        return Answer(question, is_cut, offers=offers, not_a_serial=not_a_serial)
    return Answer(question, is_cut, guides_search.search(question))


# ------------------------------------------------------------------ serials
def read_as_serial(typed: str) -> tuple[list[Offer], Reading | None]:
    """The brands for which this is a serial, or what it is instead, or neither."""
    if not may_be_serial(typed):
        return [], None
    readings = [Offer(brand, read(typed, *known)) for brand, known in shapes_by_brand()]
    for fits in (is_recognised, is_doubtful, is_beginning):
        if offers := [offer for offer in readings if fits(offer.reading)]:
            return offers, None
    traps = (each.reading for each in readings if each.reading.kind == Kind.NOT_A_SERIAL)
    return [], next(traps, None)


def may_be_serial(typed: str) -> bool:
    """Whether this has more digits than cars have: neither 206 nor 2008, but BP1234."""
    if len(normalise(typed)) > LONGEST:
        return False
    words = [word for word in guides_search.fold(typed) if not guides_search.YEAR.fullmatch(word)]
    digits = [sum(map(str.isdigit, word)) for word in words]
    begins = any(count == 4 < len(word) for count, word in zip(digits, words, strict=True))
    return begins or max(digits, default=0) > 4 or sum(digits) > 7


def is_recognised(reading: Reading) -> bool:
    return reading.kind == Kind.RECOGNISED


def is_doubtful(reading: Reading) -> bool:
    return reading.kind == Kind.DOUBTFUL


def is_beginning(reading: Reading) -> bool:
    shape = reading.shape
    is_known = shape is not None and shape.prefix and reading.serial.startswith(shape.prefix)
    return reading.kind == Kind.INCOMPLETE and bool(is_known)


def shapes_by_brand() -> list[tuple[Brand, tuple[list[Shape], list[Trap]]]]:
    """Of all brands what `orders.models.shapes_of` tells of one, in two queries."""
    brands: dict[int, Brand] = {}
    shapes: dict[int, list[Shape]] = defaultdict(list)
    traps: dict[int, list[Trap]] = defaultdict(list)
    radios = Radio.objects.filter(is_on_sale=True).exclude(pattern="").select_related("brand")
    for radio in radios.order_by("brand__position", "brand__name", "position", "pk"):
        brands[radio.brand_id] = radio.brand
        shapes[radio.brand_id].append(radio.shape)
    for row in NotASerial.objects.filter(brand__in=brands):
        traps[row.brand_id].append(row.trap)
    return [(brand, (shapes[pk], traps[pk])) for pk, brand in brands.items()]
