"""Shapes of serials as staff describe them, prepared for comparison with one serial."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.serials.confusables import is_wide, loosened, pattern_of, swapped
from orders.serials.templates import DIGITS, LETTERS, has_assertion, unfold

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Shape:
    """How the serials of one radio look. `key` is the caller's: what to find the radio by.

    `line_pattern`: a longer line of a label or display that holds the serial, in its group.
    `is_answered`: a provider computes a code for whatever fits, so that a wide shape is confirmed.
    """

    key: int
    name: str
    pattern: str
    lenient_pattern: str = ""
    prefix: str = ""
    length: int | None = None
    example: str = ""
    line_pattern: str = ""
    is_answered: bool = False

    @property
    def is_wide(self) -> bool:
        return is_wide(self.pattern)

    @property
    def needs_confirmation(self) -> bool:
        return self.is_wide and self.is_answered

    @property
    def word(self) -> str:
        """Return what owners call its number."""
        return _("pre-code") if "pre-code" in self.name.lower() else _("serial number")


@dataclass(frozen=True)
class Trap:
    """A number that is not a serial: what it is ("the car's number"), its shape, what to say.

    `is_sure`: no serial looks like this, so it is refused however often it is sent. `is_complete`:
    what to say names the serial to look for.
    """

    what: "str | _StrPromise"
    pattern: str
    tell: "str | _StrPromise"
    is_sure: bool = True
    is_complete: bool = True


@dataclass(frozen=True)
class Grammar:
    """What the serials of one brand look like. Kept between serials, so it has no clock."""

    slug: str = ""
    name: str = ""
    shapes: Sequence[Shape] = ()
    traps: Sequence[Trap] = ()
    lines: Sequence[tuple[Shape, "re.Pattern[str]"]] = field(init=False)

    def __post_init__(self) -> None:
        lines = [
            (shape, re.compile(shape.line_pattern, re.ASCII))
            for shape in self.shapes
            if shape.line_pattern and unfold(shape.line_pattern)
        ]
        object.__setattr__(self, "lines", lines)

    @cached_property
    def narrow(self) -> list[tuple[Shape, "re.Pattern[str]"]]:
        """Return the shapes of which a number that fits says: this is a serial."""
        return [
            (shape, re.compile(shape.pattern, re.ASCII))
            for shape in self.shapes
            if unfold(shape.pattern) and not shape.is_wide and not has_assertion(shape.pattern)
        ]

    @cached_property
    def any_narrow(self) -> "re.Pattern[str]":
        """Compare with all of them at once, as most of what is compared fits none."""
        return union(pattern.pattern for _shape, pattern in self.narrow)

    @cached_property
    def any_loose(self) -> "re.Pattern[str]":
        """Compare with all shapes at once, of which some characters may be taken for others."""
        texts = {text for each in self.shapes for text in (each.pattern, each.lenient_pattern)}
        return union(dict.fromkeys(row for text in sorted(texts) for row in loosened(text)))

    def trap(self, serial: str) -> "Trap | None":
        """Return the brand's own trap that this falls into."""
        for trap in self.traps:
            if pattern_of(trap.pattern).fits(serial):
                return trap
        return None

    def narrow_shape(self, serial: str) -> Shape | None:
        """Return the first narrow shape that the serial fits strictly."""
        if not self.any_narrow.fullmatch(serial):
            return None
        return next(shape for shape, pattern in self.narrow if pattern.fullmatch(serial))

    def from_line(self, line: str) -> tuple[Shape, str] | None:
        """Return the serial that a line of a label or a display holds."""
        for shape, pattern in self.lines:
            if pattern.groups and (match := pattern.fullmatch(line)):
                return shape, match[1]
        return None

    def has_digits(self, count: int) -> bool:
        """Return whether a radio has serials of so many digits."""
        return any(
            len(row) == count and all(DIGITS <= place for place in row)
            for shape in self.shapes
            for row in unfold(shape.pattern)
        )

    @cached_property
    def lengths(self) -> frozenset[int]:
        """Return how long narrow serials are."""
        return frozenset(len(row) for shape, _ in self.narrow for row in unfold(shape.pattern))

    @cached_property
    def examples(self) -> list[str]:
        """Return what its commonest serials look like."""
        likely = [shape for shape in self.shapes if not shape.is_wide] or list(self.shapes)
        return [shape.example for shape in likely if shape.example][:3]


def union(patterns: Iterable[str]) -> "re.Pattern[str]":
    bodies = [text.removeprefix("^").removesuffix("$") for text in patterns]
    return re.compile("|".join(f"(?:{body})" for body in bodies) or "(?!)", re.ASCII)


class Known:
    """A shape with its patterns, for one serial."""

    def __init__(self, shape: Shape, serial: str) -> None:
        self.shape = shape
        self.serial = serial
        self.strict = pattern_of(shape.pattern)
        self.lenient = pattern_of(shape.lenient_pattern)
        self.has_prefix = bool(shape.prefix) and serial.startswith(shape.prefix)

    def beginning(self) -> "Beginning | None":
        for pattern in (self.strict, self.lenient):
            meant = pattern.corrected(self.serial, whole=False)
            if meant is not None:
                return Beginning(self, meant, is_lenient=pattern is self.lenient)
        return None

    def misfit(self) -> int | None:
        """Return the place of the first character that the shape does not allow."""
        reach = max(self.strict.reach(self.serial), self.lenient.reach(self.serial))
        return reach if len(self.shape.prefix) <= reach < len(self.serial) else None

    @property
    def extra(self) -> int:
        """Return how many characters there are too many, if all before them fit."""
        length = self.shape.length or 0
        cut = self.serial[:length]
        patterns = (self.strict, self.lenient)
        if self.has_prefix and any(pattern.corrected(cut) for pattern in patterns):
            return len(self.serial) - len(cut)
        return 0

    def corrected(self, is_bound: bool = False) -> str | None:
        """Return the whole serial as the strict pattern wants it."""
        return self.strict.corrected(self.serial, is_bound=is_bound)

    def transposed(self) -> str | None:
        """Return the serial with two letters of the prefix swapped back: MC0141… is CM0141…."""
        prefix = self.shape.prefix
        if len(prefix) < 2 or sorted(prefix) != sorted(self.serial[: len(prefix)]):
            return None
        for at in range(len(prefix) - 1):
            pair = self.serial[at : at + 2]
            turned = f"{self.serial[:at]}{pair[::-1]}{self.serial[at + 2 :]}"
            if set(pair) <= LETTERS and turned != self.serial and self.strict.fits(turned):
                return turned
        return None

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
