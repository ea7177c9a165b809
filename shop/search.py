"""What a search finds: guides, what the display's words mean, or the brands that use a serial."""

from dataclasses import dataclass, field

from guides import search as guides_search
from guides.content_version import Kept
from guides.display import STATES, State
from guides.models import Brand, Symptom
from orders.models import Radio, catalogue
from orders.money import format_money
from orders.retrieval.availability import promise_unasked, speed_unasked
from orders.serials import LONGEST_TYPED, Grammar, Kind, Reading, normalise, strength, understand


@dataclass(frozen=True)
class Candidate:
    """A brand whose radios have such a serial. `radio` is sold for it."""

    brand: Brand
    reading: Reading
    radio: Radio

    @property
    def price_text(self) -> str:
        return format_money(self.radio.price_in(self.radio.currency), self.radio.currency)

    @property
    def rank(self) -> tuple[int, int]:
        """The likeliest least: there is a method for many radios; a file begins with the usual."""
        return -speed_unasked(self.radio, self.reading), self.radio.position

    @property
    def promise(self) -> str:
        return promise_unasked(self.radio, self.reading)


@dataclass(frozen=True)
class Answer:
    """`candidates`: the likeliest brand first; `not_a_serial`: what the number is instead."""

    question: str
    is_cut: bool
    may_be_serial: bool
    candidates: list[Candidate] = field(default_factory=list)
    not_a_serial: Reading | None = None
    found: guides_search.Found = field(default_factory=guides_search.Found)

    @property
    def is_empty(self) -> bool:
        found = self.found
        some = found.hits or found.symptoms or found.brands or found.makes
        return not (self.candidates or self.not_a_serial or some)

    @property
    def state(self) -> State | None:
        """What the display says on any car, where no car was named."""
        rows = [] if self.found.hits else self.found.symptoms
        return STATES.get(rows[0].shows) if rows else None

    @property
    def by_brand(self) -> list[Symptom]:
        """What each brand's page says of this state, where too many do to show each in full."""
        rows = self.found.symptoms
        if self.state is None or len(rows) <= guides_search.SHOWN:
            return []
        return [row for row in rows if row.shows == rows[0].shows]

    @property
    def cards(self) -> list[Symptom]:
        return [] if self.by_brand else self.found.symptoms

    @property
    def needs_brands(self) -> bool:
        """Whether the way on is to choose one's brand."""
        return self.is_empty or self.not_a_serial is not None


def search(typed: str) -> Answer:
    """A serial is looked at first, and then nothing else: it never reaches the database."""
    typed = " ".join("".join(char if char.isprintable() else " " for char in typed).split())
    question, is_cut = typed[: guides_search.LONGEST], len(typed) > guides_search.LONGEST
    if not may_be_serial(question):
        return Answer(question, is_cut, False, found=guides_search.search(question))
    readings = [(sold, understand(question, sold.grammar)) for sold in _shapes.get(sold_by_brand)]
    strongest = max((strength(reading) for _, reading in readings), default=0)
    candidates = [
        Candidate(sold.brand, reading, radio)
        for sold, reading in readings
        if strongest and strength(reading) == strongest and (radio := sold.radio_for(reading))
    ]
    if candidates:
        likeliest = sorted(candidates, key=lambda each: each.rank)
        return Answer(question, is_cut, True, likeliest)
    found = guides_search.search(question)
    traps = (reading for _, reading in readings if reading.kind == Kind.NOT_A_SERIAL)
    trap = (
        None if found.hits and found.is_exact else next(traps, None)
    )  # 6000 CD is a radio of Ford's
    found = guides_search.Found() if trap else found
    return Answer(question, is_cut, True, not_a_serial=trap, found=found)


def may_be_serial(typed: str) -> bool:
    """Whether this has more digits than cars have: neither 206 nor 2008, but BP1234."""
    if len(normalise(typed)) > LONGEST_TYPED:
        return False
    words = [word for word in guides_search.fold(typed) if not guides_search.YEAR.fullmatch(word)]
    digits = [sum(map(str.isdigit, word)) for word in words]
    begins = any(count == 4 < len(word) for count, word in zip(digits, words, strict=True))
    return begins or max(digits, default=0) > 4 or sum(digits) > 7


@dataclass(frozen=True)
class Sold:
    """What the shop sells for one brand."""

    brand: Brand
    grammar: Grammar
    radios: list[Radio]

    def radio_for(self, reading: Reading) -> Radio | None:
        """Return the radio whose shape it is, or which has any shape."""
        key = reading.radio_key
        fitting = (each for each in self.radios if each.pk == key or not key and each.is_fallback)
        return next(fitting, None)


def sold_by_brand() -> list[Sold]:
    """Return the brands with a known shape, in the order in which the shop lists them."""
    radios: dict[int, list[Radio]] = {}
    for radio in Radio.objects.filter(is_on_sale=True):
        radios.setdefault(radio.brand_id, []).append(radio)
    return [
        Sold(brand, catalogue().by_slug[brand.slug], radios[brand.pk])
        for brand in Brand.objects.filter(pk__in=radios)
        if any(radio.pattern for radio in radios[brand.pk])
    ]


_shapes: Kept[list[Sold]] = Kept()
