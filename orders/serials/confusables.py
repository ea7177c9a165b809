"""Patterns that staff write, and characters that people confuse."""

import time
from collections.abc import Iterator
from functools import lru_cache

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LOOK_ALIKES = {"0": "O", "O": "0", "1": "IL", "I": "1", "L": "1", "8": "B", "B": "8"}
NAMES = {
    "0": gettext_noop("a 0 (zero)"),
    "O": gettext_noop("an O (the letter)"),
    "1": gettext_noop("a 1 (one)"),
    "I": gettext_noop("an I (the letter)"),
    "L": gettext_noop("an L (the letter)"),
    "8": gettext_noop("an 8 (eight)"),
    "B": gettext_noop("a B (the letter)"),
}
PATIENCE = 0.1  # seconds for all questions to one pattern; an honest one takes microseconds
# by the wall's clock, since the processor's takes as long to read as the answer; so that one answer
# that had to wait for the processor does not use up all
MOST_OF_IT = PATIENCE / 4
MOST_READINGS = 8
PROBES = ("A" * 40, "1" * 40, "A1" * 20)  # on which careless patterns spend their time


class Pattern:
    """A pattern that staff wrote. One that is broken or takes too long fits nothing.

    A new one is made for each serial, because its time is limited.
    """

    def __init__(self, text: str) -> None:
        self.compiled = _compile(text) if text else None
        self.patience = PATIENCE

    def fits(self, serial: str) -> bool:
        return self._match(serial, partial=False) is not None

    def begins(self, serial: str) -> bool:
        """Whether something that fits begins so, or is just this."""
        return self._match(serial, partial=True) is not None

    def joined(self, serial: str) -> str | None:
        """Return the joined contents of its groups; None if it does not fit."""
        match = self._match(serial, partial=False)
        return "".join(group or "" for group in match.groups()) if match else None

    def reach(self, serial: str) -> int:
        """Return how many characters of the serial begin something that fits."""
        ends = range(1, len(serial) + 1)
        return next((end - 1 for end in ends if not self.begins(serial[:end])), len(serial))

    def corrected(self, serial: str, keep: str = "", whole: bool = True) -> str | None:
        """Return the serial with as few look-alikes swapped as make it fit.

        With `whole` false it only has to begin to fit. It starts with `keep`, which is not changed.
        Candidates grow from the left; those that begin nothing are dropped at once, and only the
        nearest of the others are kept, so that the work is bounded. If half of the characters would
        change, there is no correction.
        """
        readings = [keep]
        for end in range(len(keep) + 1, len(serial) + 1):
            choices = serial[end - 1] + LOOK_ALIKES.get(serial[end - 1], "")
            grown = [reading + char for reading in readings for char in choices]
            grown.sort(key=lambda reading: len(swapped(serial, reading)))
            readings = [reading for reading in grown if self.begins(reading)][:MOST_READINGS]
        for reading in readings:
            near = 2 * len(swapped(serial, reading)) < max(len(serial), 1)
            if near and (self.fits(reading) if whole else self.begins(reading)):
                return reading
        return None

    def _match(self, serial: str, partial: bool) -> "regex.Match[str] | None":
        if self.compiled is None or self.patience <= 0:
            return None
        started = time.perf_counter()
        try:
            match = self.compiled.fullmatch(serial, partial=partial, timeout=self.patience)
        except TimeoutError:
            self.patience = 0
            return None
        self.patience -= min(time.perf_counter() - started, MOST_OF_IT)
        return match


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


def swapped(serial: str, meant: str) -> list[int]:
    """Where the two differ, as far as the shorter goes."""
    return [
        at for at, (char, other) in enumerate(zip(serial, meant, strict=False)) if char != other
    ]


def hints(serial: str, meant: str) -> Iterator[tuple[int, str]]:
    for at in swapped(serial, meant):
        probably = {"typed": serial[at], "meant": _(NAMES[meant[at]])}
        yield at, _("this %(typed)s is probably %(meant)s") % probably


@lru_cache(maxsize=512)
def _compile(text: str) -> "regex.Pattern[str] | None":
    try:
        return regex.compile(text, regex.ASCII)
    except (regex.error, RecursionError, OverflowError):
        return None
