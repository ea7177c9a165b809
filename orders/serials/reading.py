"""What a serial seems to be, and the shapes of all brands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from orders.serials.grammar import Grammar, Shape, union

ANYWHERE = -1  # the key of a shape that any brand's radios may have


class Kind(StrEnum):
    EMPTY = "empty"
    RECOGNISED = "recognised"
    TO_CONFIRM = "to_confirm"  # fits, but so do words and other numbers
    DOUBTFUL = "doubtful"  # would be recognised if characters that look alike were swapped
    INCOMPLETE = "incomplete"  # the beginning of a known shape, or one with too many characters
    OTHER_BRAND = "other_brand"
    NOT_A_SERIAL = "not_a_serial"
    UNREADABLE = "unreadable"  # holds characters that no serial has
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Mark:
    """One character as typed, and what it probably should be."""

    char: str
    hint: str = ""


@dataclass(frozen=True)
class Offer:
    """A way on that one tap takes: another spelling, or the form of another brand."""

    serial: str
    slug: str = ""
    brand: str = ""

    @property
    def shown(self) -> str:
        return grouped(self.serial)


@dataclass(frozen=True)
class Rest:
    """What else was typed: "the part number"."""

    text: str
    what: str


@dataclass(frozen=True)
class Reading:
    """What a serial seems to be. `marks` are all its characters; those in doubt have a hint."""

    kind: Kind
    serial: str
    shape: Shape | None = None
    suggestion: str = ""  # the whole serial as it was probably meant
    message: str = ""
    advice: str = ""
    marks: tuple[Mark, ...] = field(default=())
    offers: tuple[Offer, ...] = ()
    found: str = ""  # what was taken out of a longer text, and what the rest is
    rest: tuple[Rest, ...] = ()
    is_refused: bool = False  # however often it is sent

    @property
    def is_questioned(self) -> bool:
        """Whether it is asked about once; sent again, it is ordered."""
        return self.kind != Kind.RECOGNISED and not self.is_refused

    @property
    def radio_key(self) -> int | None:
        """Return the key of the radio that it seems to be of."""
        return self.shape.key if self.shape and self.shape.key != ANYWHERE else None

    @property
    def sold_key(self) -> int | None:
        """Return the key of the radio that is sold for it; None for the brand's fallback."""
        return self.radio_key if self.kind in (Kind.RECOGNISED, Kind.TO_CONFIRM) else None


@dataclass(frozen=True)
class Candidate:
    """A brand whose radios may have the serial that was typed."""

    grammar: Grammar
    reading: Reading


class Catalogue:
    """The grammars of all brands."""

    def __init__(self, grammars: Iterable[Grammar] = ()) -> None:
        self.grammars = list(grammars)
        self.by_slug = {grammar.slug: grammar for grammar in self.grammars}
        patterns = {pattern.pattern for each in self.grammars for _shape, pattern in each.narrow}
        self.any_narrow = union(sorted(patterns))

    def of_serial(self, serial: str) -> list[tuple[Grammar, Shape]]:
        """Return the brands that have such serials, by narrow shapes only."""
        if not self.any_narrow.fullmatch(serial):
            return []
        found = ((grammar, grammar.narrow_shape(serial)) for grammar in self.grammars)
        return [(grammar, shape) for grammar, shape in found if shape]


NO_BRANDS = Catalogue()
# Serials that are known whatever the car. Staff find their codes where the brand has no such radio.
EVERYWHERE = Grammar(
    shapes=[
        Shape(
            ANYWHERE, "Blaupunkt radio (serial 815BP…)", r"^\d{3}BP\d{4}[0-9A-Z]\d{7}$",
            example="815BP123456789012",
        ),
        Shape(
            ANYWHERE, "Bosch radio (serial 815CM…)", r"^\d{3}CM\d{4}[0-9A-Z]\d{7}$",
            example="815CM1234A1234567",
        ),
        Shape(
            ANYWHERE, "Daewoo radio (serial DW… or DS…)",
            r"^D[WS]\d[A-Z]{2}\d{7}[A-Z]{2}\d{2}[A-Z]$", example="DW1BN1234567BH30D",
        ),
    ]
)  # fmt: skip


def is_part_number_of_blaupunkt(number: str) -> bool:
    return len(number) == 10 and number.startswith("764") and number.isdecimal()


def grouped(serial: str) -> str:
    """Return a long serial as people compare it: BP61 0342 7188 05."""
    if len(serial) <= 8:
        return serial
    return " ".join(serial[at : at + 4] for at in range(0, len(serial), 4))
