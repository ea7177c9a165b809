"""Understand what owners type: the serial in a longer text, and serials of other brands."""

import re
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from orders.serials.confusables import hints, meant_there
from orders.serials.extract import Text, has_words, is_clean, normalise
from orders.serials.grammar import Grammar, Shape, Trap
from orders.serials.reading import (
    EVERYWHERE,
    NO_BRANDS,
    Candidate,
    Catalogue,
    Kind,
    Offer,
    Reading,
    Rest,
    grouped,
    is_part_number_of_blaupunkt,
)
from orders.serials.rules import (
    MOST_OFFERS,
    SHORT,
    Case,
    either,
    judge,
    reading_of,
    recognised,
    trapped,
)
from orders.serials.templates import LONGEST, unfold
from orders.serials.traps import general_trap, written_trap

MOST_READ = 8  # tokens that are read each by itself
PART_NUMBER = re.compile(r"28\d{7}[A-Z]|(?:8200|7700|7711)\d{6}")  # before a pre-code


def understand(typed: str, grammar: Grammar, others: Catalogue = NO_BRANDS) -> Reading:
    """Read what an owner typed on the form of one brand."""
    text = Text.of(typed)
    if trap := written_trap(text.folded):
        return trapped(Case(normalise(text.folded), grammar), trap)
    for rule in (_on_a_line, _whole, _among_others, _behind_a_word, _joined_to_another):
        if reading := rule(text, grammar):
            return _offer_elsewhere(reading, grammar, others)
    reading = judge(text.whole, grammar, others)
    if len(text.body) > 1 and (better := _best_of_tokens(text, reading, grammar, others)):
        return better
    if reading.kind in (Kind.UNKNOWN, Kind.INCOMPLETE):
        return _on_a_line_with_a_slip(text, grammar) or reading
    if text.words and reading.shape and reading.kind in (Kind.RECOGNISED, Kind.TO_CONFIRM):
        return replace(reading, found=_found(reading.serial, reading.shape))
    return reading


def name_brands(typed: str, catalogue: Catalogue) -> list[Candidate]:
    """Return the brands whose radios may have this serial; only those it fits best.

    Empty if it looks like no serial. A single candidate may be NOT_A_SERIAL: what it is instead.
    """
    found = [Candidate(each, understand(typed, each)) for each in catalogue.grammars]
    strongest = max((strength(each.reading) for each in found), default=0)
    if strongest:
        return [each for each in found if strength(each.reading) == strongest]
    traps = (each for each in found if each.reading.kind == Kind.NOT_A_SERIAL)
    return [trap] if (trap := next(traps, None)) else []


def strength(reading: Reading) -> int:
    """How surely this is a serial; 0 where it is none, or a beginning that any serial has."""
    shape = reading.shape
    match reading.kind:
        case Kind.RECOGNISED:
            return 2 if shape and shape.is_wide else 5
        case Kind.TO_CONFIRM:
            return 2
        case Kind.DOUBTFUL:
            return 4 if reading.suggestion else 1
        case Kind.INCOMPLETE if shape and shape.prefix and reading.serial.startswith(shape.prefix):
            return 3
    return 0


def _offer_elsewhere(reading: Reading, grammar: Grammar, others: Catalogue) -> Reading:
    """Offer the brand whose usual serial this is, where it is a rare one of this brand."""
    shape = reading.shape
    if not shape or len(shape.prefix) > 1 or reading.kind != Kind.RECOGNISED:
        return reading
    if shape.is_answered and shape.word != _("pre-code"):
        return reading
    offers = tuple(
        Offer(reading.serial, other.slug, other.name)
        for other, theirs in others.of_serial(reading.serial)
        if theirs is other.shapes[0] and other.slug != grammar.slug and shape != grammar.shapes[0]
    )
    if not offers:
        return reading
    names = either([offer.brand for offer in offers])
    advice = _("Most radios with serial numbers like this are from: %(names)s. Is yours?") % {
        "names": names
    }
    return replace(reading, advice=f"{reading.advice} {advice}", offers=offers[:MOST_OFFERS])


def _on_a_line(text: Text, grammar: Grammar) -> Reading | None:
    """Take the serial from the end of a longer line: FDMCAICV005172."""
    if not grammar.lines:
        return None
    for joined in dict.fromkeys((text.whole, *text.body)):
        if found := grammar.from_line(joined):
            shape, serial = found
            beside = [token for token in text.body if token not in joined]
            front = PART_NUMBER.match(joined)
            return _extracted(
                text, grammar, shape, serial, [*([front[0]] if front else []), *beside]
            )
    return None


def _whole(text: Text, grammar: Grammar) -> Reading | None:
    """Recognise all that was typed, but for words of the label before it."""
    shape = None if has_words(text.body) else grammar.narrow_shape(text.whole)
    if shape and len(text.body) > 1 and _has_both(text.body, grammar):
        return None
    if shape and text.unglued and grammar.narrow_shape(text.unglued):
        return None  # SNM123456 is the label's word before M123456
    if shape:
        return _extracted(text, grammar, shape, text.whole, [])
    return None


def _has_both(tokens: list[str], grammar: Grammar) -> bool:
    """Whether a serial and a number that is none stand side by side, which a long shape fits."""
    whole = [token for token in tokens if grammar.narrow_shape(token)]
    return bool(whole) and any(_trap_of(each, grammar) for each in tokens if each not in whole)


def _among_others(text: Text, grammar: Grammar) -> Reading | None:
    """Find the serial beside other numbers and words."""
    if len(text.body) < 2 or not grammar.lengths:
        return None
    found: list[tuple[Shape, str, int, int]] = []
    for joined, start, end in text.joins(grammar.lengths | EVERYWHERE.lengths):
        if any(start < last and first < end for _shape, _serial, first, last in found):
            continue
        shape = grammar.narrow_shape(joined) or EVERYWHERE.narrow_shape(joined)
        if shape and not (end - start > 1 and _has_both(text.body[start:end], grammar)):
            found.append((shape, joined, start, end))
    if not found:
        return None
    shape, serial, start, end = found[0]
    rest = _groups(text.body[:start]) + _groups(text.body[end:])
    reading = _extracted(text, grammar, shape, serial, rest)
    others = list(dict.fromkeys(each[1] for each in found))
    if len(others) > 1:
        offers = tuple(Offer(each) for each in others[:MOST_OFFERS])
        message = _("There is more than one serial in this.")
        advice = _("Choose the one on the radio's label.")
        return replace(reading, kind=Kind.DOUBTFUL, message=message, advice=advice, offers=offers,
                       found="", suggestion=others[0])  # fmt: skip
    return reading


def _behind_a_word(text: Text, grammar: Grammar) -> Reading | None:
    if text.unglued and (shape := grammar.narrow_shape(text.unglued)):
        return _extracted(text, grammar, shape, text.unglued, [])
    return None


def _joined_to_another(text: Text, grammar: Grammar) -> Reading | None:
    """Part the serial from a number that was typed without a gap before or behind it."""
    whole = text.whole
    if not is_clean(whole) or len(whole) > 2 * LONGEST:
        return None
    for length in sorted(grammar.lengths, reverse=True):
        if length < SHORT + 4 or length >= len(whole):
            continue
        for serial, rest in ((whole[:length], whole[length:]), (whole[-length:], whole[:-length])):
            shape = grammar.narrow_shape(serial)
            if shape and _trap_of(rest, grammar):
                return _extracted(text, grammar, shape, serial, [rest])
    return None


def _best_of_tokens(
    text: Text, whole: Reading, grammar: Grammar, others: Catalogue
) -> Reading | None:
    """Read each token by itself, where all of them together say nothing."""
    kinds = [Kind.OTHER_BRAND, Kind.DOUBTFUL]
    if whole.kind in (Kind.UNKNOWN, Kind.UNREADABLE):
        kinds += [Kind.RECOGNISED, Kind.TO_CONFIRM, Kind.NOT_A_SERIAL]
    elif whole.kind != Kind.INCOMPLETE or (whole.shape and whole.shape.prefix):
        return None
    tokens = (token for token in text.body[:MOST_READ] if _says_something(token, grammar, others))
    readings = [judge(token, grammar, others) for token in list(tokens)[:2]]
    found = ((kind, each) for kind in kinds for each in readings if each.kind == kind)
    reading = next((each for _kind, each in found), None)
    return reading and replace(reading, found=_("We looked at %s.") % grouped(reading.serial))


def _says_something(token: str, grammar: Grammar, others: Catalogue) -> bool:
    """Whether it is worth reading: it is like a serial or like something that is none."""
    if len(token) <= SHORT or token.isalpha():
        return False
    return bool(
        grammar.any_loose.fullmatch(token)
        or others.any_narrow.fullmatch(token)
        or general_trap(token)
        or grammar.trap(token)
    )


def _on_a_line_with_a_slip(text: Text, grammar: Grammar) -> Reading | None:
    """Point at the one character of a label's line that does not fit: T00929."""
    line = text.whole
    if len(line) > LONGEST:
        return None
    for shape, pattern in grammar.lines:
        meant: list[str] = []
        for row in unfold(shape.line_pattern):
            if len(row) == len(line):
                wrong = [at for at, char in enumerate(line) if char not in row[at]]
                if len(wrong) == 1:
                    at = wrong[0]
                    meant += [
                        f"{line[:at]}{char}{line[at + 1 :]}"
                        for char in meant_there(line[at], row[at])
                    ]
        lines = (pattern.fullmatch(each) for each in dict.fromkeys(meant))
        serials = [match[1] for match in lines if match]
        if serials:
            hinted = dict(hints(line, next(iter(meant))))
            message = _("One character of this line is hard to read.")
            advice = _("Look at the label again, and choose what it says.")
            reading = reading_of(Case(line, grammar), Kind.DOUBTFUL, message, advice, shape, hinted)
            offers = tuple(Offer(each) for each in dict.fromkeys(serials))
            return replace(reading, offers=offers[:MOST_OFFERS], suggestion=serials[0])
    return None


def _extracted(
    text: Text, grammar: Grammar, shape: Shape, serial: str, rest: Iterable[str]
) -> Reading:
    """Say which part of the text is the serial, and what the rest is."""
    reading = recognised(Case(serial, grammar), shape)
    assert reading
    parts = [part for part in rest if any(map(str.isdigit, part))]
    if not parts and len(text.tokens) == len(text.body) and serial == text.whole:
        return reading
    named = tuple(each for part in parts if (each := _rest(part, grammar)))
    reading = replace(reading, found=_found(serial, shape, named), rest=named)
    return _paired(reading, [part for part in parts if is_part_number_of_blaupunkt(part)])


def _found(serial: str, shape: Shape, rest: Iterable[Rest] = ()) -> str:
    """Word it: V323 is the pre-code. 281155216R is a part number."""
    sentences = [_("%(serial)s is the %(word)s.") % {"serial": grouped(serial), "word": shape.word}]
    for each in rest:
        sentences.append(_("%(text)s is %(what)s.") % {"text": each.text, "what": each.what})
    return " ".join(sentences)


def _rest(part: str, grammar: Grammar) -> Rest | None:
    if front := PART_NUMBER.match(part):
        return Rest(front[0], _("the part number"))
    trap = _trap_of(part, grammar)
    return Rest(part, str(trap.what)) if trap else None


def _trap_of(part: str, grammar: Grammar) -> Trap | None:
    return grammar.trap(part) or general_trap(part)


def _groups(tokens: list[str]) -> list[str]:
    """Return the tokens, and numbers written in groups as one: 7 645 387 318."""
    joined = "".join(tokens)
    return [joined] if len(tokens) > 1 and general_trap(joined) else tokens


def _paired(reading: Reading, part_numbers: list[str]) -> Reading:
    """Question a serial of Blaupunkt beside a part number of another one."""
    body = reading.serial.partition("BP")[2]
    for number in part_numbers:
        if body and body[:4] != number[3:7]:
            message = _(
                "The part number %(number)s goes with serial numbers that begin with BP%(four)s, "
                "and this one does not."
            ) % {"number": number, "four": number[3:7]}
            advice = _("Compare both with the label: one of them has a wrong character.")
            return replace(reading, kind=Kind.DOUBTFUL, message=message, advice=advice)
    return reading
