"""Normalise, recognise and explain serials: pure functions, no database, no request.

`read` tries its rules in turn, and the first that matches decides. No rule proves that a number is
right: it sees only the shape.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from string import ascii_uppercase, digits

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.serials.confusables import Pattern, hints, swapped
from orders.serials.grammar import Beginning, Known, Shape, Trap

__all__ = ["Kind", "Mark", "Reading", "Shape", "Trap", "normalise", "read"]

CHARACTERS = frozenset(ascii_uppercase + digits)
LONGEST = 40  # no serial is longer, and nothing longer is worth a search
SHORT = 3  # up to here the customer has just begun to type, and nothing is criticised


class Kind(StrEnum):
    EMPTY = "empty"
    RECOGNISED = "recognised"
    DOUBTFUL = "doubtful"  # would be recognised if characters that look alike were swapped
    INCOMPLETE = "incomplete"  # the beginning of a known shape, or one with too many characters
    NOT_A_SERIAL = "not_a_serial"
    UNREADABLE = "unreadable"  # holds characters that no serial has
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Mark:
    """One character as typed, and what it probably should be."""

    char: str
    hint: str = ""


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


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    serial: str
    known: list[Known]
    traps: list[Trap]

    @cached_property
    def beginnings(self) -> list[Beginning]:
        """Return what the serial may become, likeliest first."""
        found = (start for known in self.known if (start := known.beginning()))
        return sorted(found, key=lambda start: start.rank)


def normalise(typed: str) -> str:
    """Return upper case without spaces, dashes and invisible characters."""
    if typed.isascii() and typed.isalnum():
        return typed.upper()
    folded = unicodedata.normalize("NFKC", typed).upper()
    folded = "".join(char for char in folded if not _is_gap(char))
    return folded if folded == typed else normalise(folded)


def _is_gap(char: str) -> bool:
    category = unicodedata.category(char)  # Z: spaces; Cc, Cf: unseen; Pd: dashes
    return category[0] == "Z" or category in ("Cc", "Cf", "Pd") or char == "\N{MINUS SIGN}"


def read(typed: str, shapes: list[Shape], traps: list[Trap]) -> Reading:
    """Read a serial. Shapes and traps are tried in the given order; the first that fits counts."""
    serial = normalise(typed)[: LONGEST + 1]  # one character may unfold into many
    case = Case(serial, [Known(shape, serial) for shape in shapes], traps)
    return next(reading for judge in JUDGES if (reading := judge(case)))


# ------------------------------------------------------------------ the judges
def _nothing(case: Case) -> Reading | None:
    if case.serial:
        return None
    advice = _("Type it as it stands on the label. Spaces and dashes do not matter.")
    return Reading(Kind.EMPTY, "", advice=advice)


def _strict(case: Case) -> Reading | None:
    fitting = (known.shape for known in case.known if known.strict.fits(case.serial))
    return _recognised(case, next(fitting, None))


def _foreign_characters(case: Case) -> Reading | None:
    foreign = {at: char for at, char in enumerate(case.serial) if char not in CHARACTERS}
    if not foreign:
        return None
    shown = list(dict.fromkeys(foreign.values()))[:3]
    message = ngettext(
        "%(chars)s is not part of a serial.", "%(chars)s are not part of a serial.", len(shown)
    ) % {"chars": ", ".join(f"“{char}”" for char in shown)}
    if any(char.isalnum() for char in shown):  # from a Greek or Cyrillic keyboard, say
        advice = _("Type the whole serial with the letters A to Z and the digits 0 to 9.")
    else:
        advice = _("Leave it out. If a character is hard to read, light from the side helps.")
    hinted = dict.fromkeys(foreign, _("not part of a serial"))
    return _reading(case, Kind.UNREADABLE, message, advice, hinted=hinted)


def _endless(case: Case) -> Reading | None:
    if len(case.serial) <= LONGEST:
        return None
    advice = _("Type only the serial, not the other numbers on the label.")
    return _reading(case, Kind.UNKNOWN, _("This is longer than any serial."), advice)


def _slip_beside_prefix(case: Case) -> Reading | None:
    """Use the shape that the prefix names, even if the prefix itself has a slip."""
    return _doubtful(
        case,
        (
            (known, known.strict.corrected(case.serial, known.kept))
            for known in case.known
            if known.has_prefix or len(known.shape.prefix) > 1
        ),
    )


def _lenient(case: Case) -> Reading | None:
    fitting = (known.shape for known in case.known if known.lenient.fits(case.serial))
    return _recognised(case, next(fitting, None))


def _trap(case: Case) -> Reading | None:
    for trap in case.traps:
        if Pattern(trap.pattern).fits(case.serial):
            message = _("This looks like %(what)s, not like a serial.") % {"what": trap.what}
            return _reading(case, Kind.NOT_A_SERIAL, message, trap.tell)
    return None


def _other_slip(case: Case) -> Reading | None:
    if any(start.swaps == 0 for start in case.beginnings):
        return None  # 815B is on its way to 815BP, not a slip of B158
    return _doubtful(
        case,
        (
            (known, pattern.corrected(case.serial))
            for known in case.known
            for pattern in (known.strict, known.lenient)
        ),
    )


def _beginning(case: Case) -> Reading | None:
    starts, is_short = case.beginnings, len(case.serial) <= SHORT
    likely = [start for start in starts if is_short or start.rank == starts[0].rank]
    if len(likely) == 1:
        return _incomplete(case, likely[0])
    if likely or is_short:
        return _reading(case, Kind.INCOMPLETE, _("More characters are needed."))
    return None


def _too_long(case: Case) -> Reading | None:
    for known in case.known:
        if extra := known.extra:
            too_many = ngettext("this has one too many", "this has %(extra)d too many", extra)
            message = f"{known.rule}; {too_many % {'extra': extra}}."
            advice = _("Look for a character that was typed twice.")
            return _reading(case, Kind.INCOMPLETE, message, advice, known.shape)
    return None


def _misfit(case: Case) -> Reading | None:
    """Report a known prefix that is followed by something the shape does not allow."""
    for known in case.known:
        if len(known.kept) > 1 and (at := known.misfit()) is not None:
            char = {"char": case.serial[at]}
            message = _("This starts like a serial, but the %(char)s does not fit.") % char
            advice = _("%(rule)s. Compare it with the label.") % {"rule": known.rule}
            hinted = {at: _("this %(char)s does not fit here") % char}
            return _reading(case, Kind.UNKNOWN, message, advice, hinted=hinted)
    return None


def _unknown(case: Case) -> Reading:
    message = _("We do not know serials of this shape.")
    return _reading(case, Kind.UNKNOWN, message, _("Compare each character with the label."))


JUDGES = (
    _nothing,
    _strict,
    _foreign_characters,
    _endless,
    _slip_beside_prefix,
    _lenient,  # before the traps: 217BP and 12 digits is as long as a car's number
    _trap,
    _other_slip,
    _beginning,
    _too_long,
    _misfit,
    _unknown,
)


# ------------------------------------------------------------------ their words
def _reading(
    case: Case,
    kind: Kind,
    message: str,
    advice: str = "",
    shape: Shape | None = None,
    hinted: Mapping[int, str] | None = None,
    suggestion: str = "",
) -> Reading:
    hinted = hinted or {}
    marks = tuple(Mark(char, hinted.get(at, "")) for at, char in enumerate(case.serial))
    return Reading(kind, case.serial, shape, suggestion, message, advice, marks)


def _recognised(case: Case, shape: Shape | None) -> Reading | None:
    if shape is None:
        return None
    message = _("This looks like the serial of: %(name)s.") % {"name": shape.name}
    advice = _("Compare it with the label once more.")
    return _reading(case, Kind.RECOGNISED, message, advice, shape)


def _doubtful(case: Case, corrections: Iterable[tuple[Known, str | None]]) -> Reading | None:
    """Suggest the nearest correction; the first of several."""
    found = [(known.shape, meant) for known, meant in corrections if meant is not None]
    if not found:
        return None
    shape, meant = min(found, key=lambda pair: len(swapped(case.serial, pair[1])))
    hinted = dict(hints(case.serial, meant))
    message = ngettext(
        "Character %(place)d: %(hint)s.",
        "%(count)d characters were probably taken for others that look alike.",
        len(hinted),
    ) % {"count": len(hinted), "place": min(hinted) + 1, "hint": hinted[min(hinted)]}
    advice = _("Look at the label again. It probably says %(meant)s.") % {"meant": meant}
    return _reading(case, Kind.DOUBTFUL, message, advice, shape, hinted, meant)


def _incomplete(case: Case, start: Beginning) -> Reading:
    message, missing = start.known.rule, start.missing
    if missing and len(case.serial) > len(start.known.shape.prefix):
        still = ngettext("one is still missing", "%(missing)d are still missing", missing)
        message += "; " + still % {"missing": missing}
    advice = _("Type the rest as it stands on the label.")
    hinted = dict(hints(case.serial, start.meant))
    return _reading(case, Kind.INCOMPLETE, f"{message}.", advice, start.known.shape, hinted)
