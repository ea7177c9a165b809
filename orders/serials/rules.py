"""The rules by which one number is judged; the first that matches decides.

Lists of codes use nothing else. No rule proves that a number is right: it sees only the shape.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.serials.confusables import hints, swapped
from orders.serials.extract import normalise
from orders.serials.grammar import Beginning, Grammar, Known, Shape, Trap
from orders.serials.reading import (
    EVERYWHERE,
    NO_BRANDS,
    Catalogue,
    Kind,
    Mark,
    Offer,
    Reading,
    is_part_number_of_blaupunkt,
)
from orders.serials.templates import CHARACTERS, LONGEST
from orders.serials.traps import code_trap, general_trap

SHORT = 3  # up to here the customer has just begun to type, and nothing is criticised
MOST_OFFERS = 4
FRONT_MISSING = 6  # characters of which it is worth asking what comes before them


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    serial: str
    grammar: Grammar
    others: Catalogue = NO_BRANDS

    @cached_property
    def known(self) -> list[Known]:
        return [Known(shape, self.serial) for shape in self.grammar.shapes]

    @cached_property
    def may_be_slip(self) -> bool:
        """Whether it fits a shape once characters that look alike are swapped."""
        return self.grammar.any_loose.fullmatch(self.serial) is not None

    @cached_property
    def beginnings(self) -> list[Beginning]:
        """Return what the serial may become, likeliest first."""
        found = (start for known in self.known if (start := known.beginning()))
        return sorted(found, key=lambda start: start.rank)


def read(typed: str, shapes: Sequence[Shape], traps: Sequence[Trap]) -> Reading:
    """Read a serial. Shapes and traps are tried in the given order; the first that fits counts."""
    return judge(normalise(typed), _grammar(tuple(shapes), tuple(traps)))


@lru_cache(maxsize=64)
def _grammar(shapes: tuple[Shape, ...], traps: tuple[Trap, ...]) -> Grammar:
    return Grammar(shapes=shapes, traps=traps)


def judge(serial: str, grammar: Grammar, others: Catalogue = NO_BRANDS) -> Reading:
    case = Case(serial[: LONGEST + 1], grammar, others)  # a character may unfold into many
    return next(reading for rule in RULES if (reading := rule(case)))


# ------------------------------------------------------------------ the rules for one number
def _nothing(case: Case) -> Reading | None:
    if case.serial:
        return None
    advice = _("Type it exactly as on the label. Spaces and dashes do not matter.")
    return Reading(Kind.EMPTY, "", advice=advice, is_refused=True)


def _strict(case: Case) -> Reading | None:
    fitting = (
        known.shape
        for known in case.known
        if not known.shape.is_wide and known.strict.fits(case.serial)
    )
    return recognised(case, next(fitting, None))


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
    reading = reading_of(case, Kind.UNREADABLE, message, advice, hinted=hinted)
    return replace(reading, is_refused=True)


def _endless(case: Case) -> Reading | None:
    if len(case.serial) <= LONGEST:
        return None
    advice = _("Type only the serial number, not the other numbers on the label.")
    reading = reading_of(case, Kind.UNKNOWN, _("This is longer than any serial."), advice)
    return replace(reading, is_refused=True)


def _slip_beside_prefix(case: Case) -> Reading | None:
    """Use the shape that the prefix names, even if the prefix itself has a slip."""
    if not case.may_be_slip:
        return None
    return _doubtful(
        case,
        ((known, known.corrected(is_bound=not known.has_prefix)) for known in case.known),
    )


def _lenient(case: Case) -> Reading | None:
    fitting = (known.shape for known in case.known if known.lenient.fits(case.serial))
    return recognised(case, next(fitting, None) or EVERYWHERE.narrow_shape(case.serial))


def _trap(case: Case) -> Reading | None:
    serial, grammar = case.serial, case.grammar
    trap = grammar.trap(serial) or general_trap(serial) or code_trap(serial, grammar)
    if trap is None:
        return None
    # what a radio's serials may look like too can be insisted on
    fits = any(known.shape.is_wide and known.strict.fits(serial) for known in case.known)
    return trapped(case, replace(trap, is_sure=False) if fits else trap)


def _wide(case: Case) -> Reading | None:
    """Recognise a shape that words and other numbers fit too."""
    for known in case.known:
        if known.shape.is_wide and known.strict.fits(case.serial):
            reading = recognised(case, known.shape)
            if not reading or not known.shape.needs_confirmation:
                return reading
            message = _("This fits %(name)s, but other numbers look the same.") % {
                "name": known.shape.name
            }
            advice = _(
                "Is it the serial number on the label of such a radio? Then press Pay again."
            )
            offers = tuple(Offer(each) for each in _with_fronts(case))
            return replace(reading, kind=Kind.TO_CONFIRM, message=message, advice=advice,
                           offers=offers[:MOST_OFFERS])  # fmt: skip
    return None


def _other_brand(case: Case) -> Reading | None:
    found = case.others.of_serial(case.serial)
    if not found:
        return None
    names = dict.fromkeys(grammar.name for grammar, _shape in found)
    message = _("This looks like the serial number of: %(name)s.") % {
        "name": found[0][1].name if len(found) == 1 else ", ".join(names)
    }
    advice = _("Is the radio from such a car? Then order on that brand's form.")
    offers = tuple(Offer(case.serial, grammar.slug, grammar.name) for grammar, _shape in found)
    return replace(reading_of(case, Kind.OTHER_BRAND, message, advice), offers=offers)


def _transposed(case: Case) -> Reading | None:
    found = ((known, known.transposed()) for known in case.known)
    return _doubtful(case, found)


def _front_missing(case: Case) -> Reading | None:
    """Ask for the letters in front, where all that follows them is there."""
    if len(case.serial) < FRONT_MISSING:
        return None
    fronts = [
        (known.shape, front)
        for known in case.known
        for front in known.strict.fronts(case.serial)
        if known.shape.prefix or "?" in front
    ]
    if not fronts:
        return None
    shape, _front = fronts[0]
    named = list(dict.fromkeys(front for _shape, front in fronts if "?" not in front))
    if named:
        message = _("%(letters)s is missing in front.") % {"letters": either(named)}
    else:
        message = ngettext(
            "A letter is missing in front.", "%(count)d letters are missing in front.",
            len(fronts[0][1]),
        ) % {"count": len(fronts[0][1])}  # fmt: skip
    advice = _("Type the whole serial, with the letters before the digits.")
    reading = reading_of(case, Kind.INCOMPLETE, message, advice, shape)
    return replace(reading, offers=tuple(Offer(front + case.serial) for front in named))


def _with_fronts(case: Case) -> Iterator[str]:
    """Return the serials of other shapes that this is the end of: M123456 for 123456."""
    for known in case.known:
        for pattern in (known.strict, known.lenient) if known.shape.prefix else ():
            for front in pattern.fronts(case.serial):
                yield front + case.serial


def either(words: list[str]) -> str:
    return (
        _(" or ").join(words) if len(words) < 3 else ", ".join(words[:-1]) + _(" or ") + words[-1]
    )


def _other_slip(case: Case) -> Reading | None:
    if not case.may_be_slip or any(start.swaps == 0 for start in case.beginnings):
        return None  # 815B is on its way to 815BP, not a slip of B158
    return _doubtful(
        case,
        (
            (known, meant)
            for known in case.known
            for meant in (
                known.corrected(),
                known.lenient.corrected(case.serial, keeps_letters=True),
            )
        ),
    )


def _beginning(case: Case) -> Reading | None:
    starts, is_short = case.beginnings, len(case.serial) <= SHORT
    likely = [start for start in starts if is_short or start.rank == starts[0].rank]
    if len(likely) == 1:
        return _incomplete(case, likely[0])
    if likely or is_short:
        return reading_of(case, Kind.INCOMPLETE, _("More characters are needed."))
    return None


def _too_long(case: Case) -> Reading | None:
    for known in case.known:
        if extra := known.extra:
            too_many = ngettext("this has one too many", "this has %(extra)d too many", extra)
            message = f"{known.rule}; {too_many % {'extra': extra}}."
            advice = _("Look for a character that was typed twice.")
            return reading_of(case, Kind.INCOMPLETE, message, advice, known.shape)
    return None


def _misfit(case: Case) -> Reading | None:
    """Report a known prefix that is followed by something the shape does not allow."""
    for known in case.known:
        is_named = known.has_prefix and len(known.shape.prefix) > 1
        if is_named and (at := known.misfit()) is not None:
            char = {"char": case.serial[at]}
            message = _("This starts like a serial, but the %(char)s does not fit.") % char
            advice = _("%(rule)s. Compare it with the label.") % {"rule": known.rule}
            hinted = {at: _("this %(char)s does not fit here") % char}
            return reading_of(case, Kind.UNKNOWN, message, advice, hinted=hinted)
    return None


def _unknown(case: Case) -> Reading:
    message = _("We do not know serial numbers of this shape.")
    return reading_of(case, Kind.UNKNOWN, message, _look_for(case.grammar))


RULES = (
    _nothing,
    _foreign_characters,
    _endless,
    _strict,
    _slip_beside_prefix,
    _lenient,  # before the traps: 217BP and 12 digits is as long as a car's number
    _trap,
    _wide,
    _other_brand,
    _transposed,
    _front_missing,
    _other_slip,
    _beginning,
    _too_long,
    _misfit,
    _unknown,
)


# ------------------------------------------------------------------ their words
def reading_of(
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
    offers = (Offer(suggestion),) if suggestion else ()
    return Reading(kind, case.serial, shape, suggestion, message, advice, marks, offers)


def recognised(case: Case, shape: Shape | None) -> Reading | None:
    if shape is None:
        return None
    message = _("This looks like the serial number of: %(name)s.") % {"name": shape.name}
    advice = _("Compare it with the label once more.")
    return reading_of(case, Kind.RECOGNISED, message, advice, shape)


def trapped(case: Case, trap: Trap) -> Reading:
    message = _("This looks like %(what)s, not like a serial.") % {"what": trap.what}
    advice = str(trap.tell)
    if is_part_number_of_blaupunkt(case.serial):
        advice = _("The serial of this radio begins with BP%(four)s. It is on the same label.") % {
            "four": case.serial[3:7]
        }
        if case.grammar.examples and not case.grammar.examples[0].startswith(("BP", "815BP")):
            advice = f"{advice} {_look_for(case.grammar)}"
    elif not trap.is_complete:
        advice = f"{advice} {_look_for(case.grammar)}"
    return replace(reading_of(case, Kind.NOT_A_SERIAL, message, advice), is_refused=trap.is_sure)


def _look_for(grammar: Grammar) -> str:
    """Word what to look for instead, by the examples of the brand."""
    if not grammar.examples:
        return _("Compare each character with the label.")
    return _("Look for a number like %(examples)s.") % {"examples": either(grammar.examples)}


def _doubtful(case: Case, corrections: Iterable[tuple[Known, str | None]]) -> Reading | None:
    """Suggest the nearest correction; the first of several."""
    found = [
        (known.shape, meant) for known, meant in corrections if meant not in (None, case.serial)
    ]
    if not found:
        return None
    shape, meant = min(found, key=lambda pair: len(swapped(case.serial, pair[1])))
    if sorted(meant) == sorted(case.serial):
        message = _("Two letters were probably swapped.")
        hinted = dict.fromkeys(swapped(case.serial, meant), _("swapped"))
    else:
        hinted = dict(hints(case.serial, meant))
        message = ngettext(
            "Character %(place)d: %(hint)s.",
            "%(count)d characters look misread.",
            len(hinted),
        ) % {"count": len(hinted), "place": min(hinted) + 1, "hint": hinted[min(hinted)]}
    advice = _("Look at the label again. It probably says %(meant)s.") % {"meant": meant}
    return reading_of(case, Kind.DOUBTFUL, message, advice, shape, hinted, meant)


def _incomplete(case: Case, start: Beginning) -> Reading:
    message, missing = start.known.rule, start.missing
    if missing and len(case.serial) > len(start.known.shape.prefix):
        still = ngettext("one is still missing", "%(missing)d are still missing", missing)
        message += "; " + still % {"missing": missing}
    advice = _("Type the rest exactly as on the label.")
    hinted = dict(hints(case.serial, start.meant))
    return reading_of(case, Kind.INCOMPLETE, f"{message}.", advice, start.known.shape, hinted)
