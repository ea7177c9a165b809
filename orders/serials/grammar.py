"""Shapes of serials as staff describe them, prepared for comparison with one serial."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.serials.confusables import Pattern, swapped


@dataclass(frozen=True)
class Shape:
    """How the serials of one radio look. `key` is the caller's: what to find the radio by."""

    key: int
    name: str
    pattern: str
    lenient_pattern: str = ""
    prefix: str = ""
    length: int | None = None
    example: str = ""


@dataclass(frozen=True)
class Trap:
    """A number that is not a serial: what it is ("the car's number"), its shape, what to say."""

    what: str
    pattern: str
    tell: str


class Known:
    """A shape with its patterns, for one serial."""

    def __init__(self, shape: Shape, serial: str) -> None:
        self.shape = shape
        self.serial = serial
        self.strict = Pattern(shape.pattern)
        self.lenient = Pattern(shape.lenient_pattern)
        self.has_prefix = bool(shape.prefix) and serial.startswith(shape.prefix)
        self.kept = shape.prefix if self.has_prefix else ""  # in which no character is doubted

    def beginning(self) -> "Beginning | None":
        for pattern in (self.strict, self.lenient):
            meant = pattern.corrected(self.serial, self.kept, whole=False)
            if meant is not None:
                return Beginning(self, meant, is_lenient=pattern is self.lenient)
        return None

    def misfit(self) -> int | None:
        """Return the place of the first character that the shape does not allow."""
        reach = max(self.strict.reach(self.serial), self.lenient.reach(self.serial))
        return reach if len(self.kept) <= reach < len(self.serial) else None

    @property
    def extra(self) -> int:
        """Return how many characters there are too many, if all before them fit."""
        length = self.shape.length or 0
        cut = self.serial[:length]
        patterns = (self.strict, self.lenient)
        if self.has_prefix and any(pattern.corrected(cut, self.kept) for pattern in patterns):
            return len(self.serial) - len(cut)
        return 0

    @property
    def rule(self) -> str:
        """Word the rule: 12 digits must follow BP."""
        prefix, length = self.shape.prefix, self.shape.length
        if not length:
            return _("More characters are needed")
        count = length - len(prefix)
        if self.shape.example[len(prefix) :].isdigit():
            these = ngettext("%(count)d digit", "%(count)d digits", count)
        else:
            these = ngettext("%(count)d character", "%(count)d characters", count)
        words = {"these": these % {"count": count}, "prefix": prefix}
        return (_("%(these)s must follow %(prefix)s") if prefix else _("%(these)s in all")) % words


@dataclass(frozen=True)
class Beginning:
    """A shape that the serial may become, and the serial as it was meant so far."""

    known: Known
    meant: str
    is_lenient: bool

    @property
    def swaps(self) -> int:
        return len(swapped(self.known.serial, self.meant))

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Return a sort key; the least is the likeliest."""
        return (not self.known.has_prefix, self.is_lenient, self.swaps)

    @property
    def missing(self) -> int:
        """Return how many characters are missing; 0 if that is unknown."""
        shape = self.known.shape
        whole = self.meant + shape.example[len(self.meant) :]
        if self.is_lenient and not self.known.lenient.fits(whole):
            return 0  # of a strict shape the length is known, of a lenient one it may differ
        return max((shape.length or 0) - len(self.meant), 0)
