"""Patterns that staff write, and characters that people confuse."""

import re
import time
from collections.abc import Iterator
from functools import lru_cache

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orders.serials.templates import DIGITS, LETTERS, Place, Template, has_assertion, unfold

LOOK_ALIKES = {
    "0": "ODQ", "O": "0", "D": "0", "Q": "0", "1": "IL", "I": "1", "L": "1", "2": "Z", "Z": "2",
    "5": "S", "S": "5", "6": "G", "G": "6", "8": "B", "B": "8",
}  # fmt: skip
NAMES = {
    "0": gettext_noop("a 0 (zero)"),
    "O": gettext_noop("an O (the letter)"),
    "D": gettext_noop("a D (the letter)"),
    "Q": gettext_noop("a Q (the letter)"),
    "1": gettext_noop("a 1 (one)"),
    "I": gettext_noop("an I (the letter)"),
    "L": gettext_noop("an L (the letter)"),
    "2": gettext_noop("a 2 (two)"),
    "Z": gettext_noop("a Z (the letter)"),
    "5": gettext_noop("a 5 (five)"),
    "S": gettext_noop("an S (the letter)"),
    "6": gettext_noop("a 6 (six)"),
    "G": gettext_noop("a G (the letter)"),
    "8": gettext_noop("an 8 (eight)"),
    "B": gettext_noop("a B (the letter)"),
}
PATIENCE = 0.1  # seconds for all questions to one pattern; an honest one takes microseconds
# by the wall's clock, since the processor's takes as long to read as the answer; so that one answer
# that had to wait for the processor does not use up all
MOST_OF_IT = PATIENCE / 4
PROBES = ("A" * 40, "1" * 40, "A1" * 20)  # on which careless patterns spend their time


class Pattern:
    """A pattern that staff wrote. One that is broken or takes too long fits nothing.

    A simple one, whose time is bounded, is compared by Python's own engine, and knows its
    templates. Any other is only compared, under a clock: a new Pattern is made for each serial.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows = unfold(text) if text else ()
        self.simple = _simple(text) if self.rows else None
        self.compiled = _compile(text) if text and not self.simple else None
        self.patience = PATIENCE

    def fits(self, serial: str) -> bool:
        return self._match(serial) is not None

    def joined(self, serial: str) -> str | None:
        """Return the joined contents of its groups; None if it does not fit."""
        match = self._match(serial)
        return "".join(group or "" for group in match.groups()) if match else None

    # ------------------------------------------------------------------ by its templates
    def reach(self, serial: str) -> int:
        """Return how many characters of the serial begin something that fits."""
        return max((_reach(row, serial) for row in stems(self.text)), default=0)

    def corrected(
        self,
        serial: str,
        *,
        whole: bool = True,
        is_bound: bool = False,
        keeps_letters: bool = False,
    ) -> str | None:
        """Return the serial with as few look-alikes swapped as make it fit.

        With `whole` false it only has to begin to fit; with `is_bound` its shape must begin with
        two fixed characters; with `keeps_letters` those that are fixed must stand there. If half
        of the characters would change, there is no correction.
        """
        rows = by_length(self.text, is_bound).get(len(serial), ()) if whole else stems(self.text)
        meant = [each for row in rows if (each := _corrected(row, serial, keeps_letters))]
        if not meant:
            return None
        nearest = min(meant, key=lambda each: len(swapped(serial, each)))
        if 2 * len(swapped(serial, nearest)) >= max(len(serial), 1):
            return None
        return None if whole and self.compiled and not self.fits(nearest) else nearest

    def fronts(self, serial: str) -> list[str]:
        """Return the letters that are missing in front of it: VWZ; "???" where any may stand."""
        found = []
        for row in self.rows:
            missing = len(row) - len(serial)
            front, behind = row[: max(missing, 0)], row[max(missing, 0) :]
            if (
                0 < missing <= 4
                and all(place <= LETTERS for place in front)
                and all(char in place for char, place in zip(serial, behind, strict=True))
            ):
                found.append("".join(min(place) if len(place) == 1 else "?" for place in front))
        return list(dict.fromkeys(found))

    def _match(self, serial: str) -> "re.Match[str] | regex.Match[str] | None":
        if self.simple:
            return self.simple.fullmatch(serial)
        if self.compiled is None or self.patience <= 0:
            return None
        started = time.perf_counter()
        try:
            match = self.compiled.fullmatch(serial, timeout=self.patience)
        except TimeoutError:
            self.patience = 0
            return None
        self.patience -= min(time.perf_counter() - started, MOST_OF_IT)
        return match


def pattern_of(text: str) -> Pattern:
    """Return a pattern to compare one serial with: the kept one, unless it is under a clock."""
    kept = _kept(text)
    return kept if kept.simple or not text else Pattern(text)


@lru_cache(maxsize=1024)
def _kept(text: str) -> Pattern:
    return Pattern(text)


def loosened(text: str) -> list[str]:
    """Return the pattern's templates, in which each character may be one that looks alike."""
    return ["".join(_loose(place) for place in row) for row in unfold(text)]


@lru_cache(maxsize=512)
def _loose(place: Place) -> str:
    alike = {other for other, chars in LOOK_ALIKES.items() if not place.isdisjoint(chars)}
    return f"[{''.join(sorted(place | alike))}]"


def pattern_fault(text: str) -> str:
    """Return why staff may not use this pattern; empty if they may."""
    try:
        regex.compile(text, regex.ASCII)
    except (regex.error, RecursionError, OverflowError) as error:
        return str(error)
    for probe in PROBES:
        pattern = Pattern(text)
        pattern.fits(probe)
        if pattern.patience <= 0:
            return _("it takes too long; do not repeat what repeats already")
    return ""


@lru_cache(maxsize=512)
def is_wide(text: str) -> bool:
    """Return whether a bare number or a word fits: then fitting says little."""
    rows = unfold(text)
    return any(
        all(place & kind and len(place) > 1 for place in row)
        for row in rows
        for kind in (DIGITS, LETTERS)
    )


@lru_cache(maxsize=512)
def stems(text: str) -> tuple[Template, ...]:
    """Return the templates that no longer one begins with."""
    rows = sorted(unfold(text), key=len, reverse=True)
    found: list[Template] = []
    for row in rows:
        if not any(longer[: len(row)] == row for longer in found):
            found.append(row)
    return tuple(found)


@lru_cache(maxsize=512)
def by_length(text: str, is_bound: bool) -> dict[int, tuple[Template, ...]]:
    found: dict[int, tuple[Template, ...]] = {}
    for row in unfold(text):
        if is_named(row) or not is_bound:
            found[len(row)] = (*found.get(len(row), ()), row)
    return found


def _reach(row: Template, serial: str) -> int:
    for at, (char, place) in enumerate(zip(serial, row, strict=False)):
        if char not in place:
            return at
    return min(len(row), len(serial))


def is_named(row: Template) -> bool:
    """Return whether two fixed characters at the beginning say which shape it is."""
    return len(row) > 1 and len(row[0]) == len(row[1]) == 1


def _corrected(row: Template, serial: str, keeps_letters: bool) -> str | None:
    if len(row) < len(serial):
        return None
    meant = []
    for char, place in zip(serial, row, strict=False):
        if char not in place:
            if char not in LOOK_ALIKES:
                return None
            options = meant_there(char, place, is_named(row))
            if not options or (keeps_letters and len(place) == 1 and place <= LETTERS):
                return None
            char = options[0]
        meant.append(char)
    return "".join(meant)


def meant_there(char: str, place: Place, is_bound: bool = True) -> list[str]:
    """Return what a character was probably meant as. A digit is one of many letters only there
    where the beginning of the serial says that its shape is this one.
    """
    if len(place) > 1 and not place & DIGITS and not is_bound:
        return []
    return [other for other in LOOK_ALIKES.get(char, "") if other in place]


def swapped(serial: str, meant: str) -> list[int]:
    """Where the two differ, as far as the shorter goes."""
    return [
        at for at, (char, other) in enumerate(zip(serial, meant, strict=False)) if char != other
    ]


def hints(serial: str, meant: str) -> Iterator[tuple[int, str]]:
    for at in swapped(serial, meant):
        probably = {"typed": serial[at], "meant": _(NAMES[meant[at]])}
        yield at, _("this %(typed)s is probably %(meant)s") % probably


@lru_cache(maxsize=1024)
def _simple(text: str) -> "re.Pattern[str] | None":
    return None if has_assertion(text) else re.compile(text, re.ASCII)


@lru_cache(maxsize=512)
def _compile(text: str) -> "regex.Pattern[str] | None":
    try:
        return regex.compile(text, regex.ASCII)
    except (regex.error, RecursionError, OverflowError):
        return None
