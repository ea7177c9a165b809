"""Recognise and explain serials: pure functions, no database, no request.

`read` judges one number by the shapes of one brand; lists of codes use nothing else. `understand`
is for what owners type: it also takes the serial out of a longer text and looks at other brands.
`name_brands` does so for all brands. No rule proves that a number is right: it sees only the shape.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.serials.confusables import hints, meant_there, swapped
from orders.serials.extract import Text, has_words, is_clean, normalise
from orders.serials.grammar import Beginning, Grammar, Known, Shape, Trap, union
from orders.serials.templates import CHARACTERS, LONGEST, unfold
from orders.serials.traps import code_trap, general_trap, written_trap

SHORT = 3  # up to here the customer has just begun to type, and nothing is criticised
ANYWHERE = -1  # the key of a shape that any brand's radios may have
MOST_OFFERS = 4
MOST_READ = 8  # tokens that are read each by itself
PART_NUMBER = re.compile(r"28\d{7}[A-Z]|(?:8200|7700|7711)\d{6}")  # before a pre-code
FRONT_MISSING = 6  # characters of which it is worth asking what stands before them


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


# ------------------------------------------------------------------ what owners type
def understand(typed: str, grammar: Grammar, others: Catalogue = NO_BRANDS) -> Reading:
    """Read what an owner typed on the form of one brand."""
    text = Text.of(typed)
    if trap := written_trap(text.folded):
        return _trapped(Case(normalise(text.folded), grammar), trap)
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
    names = _or([offer.brand for offer in offers])
    advice = _("Most radios with such serials are from: %(names)s. Is yours?") % {"names": names}
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
        advice = _("Choose the one that stands on the radio's label.")
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
            reading = _reading(Case(line, grammar), Kind.DOUBTFUL, message, advice, shape, hinted)
            offers = tuple(Offer(each) for each in dict.fromkeys(serials))
            return replace(reading, offers=offers[:MOST_OFFERS], suggestion=serials[0])
    return None


def _extracted(
    text: Text, grammar: Grammar, shape: Shape, serial: str, rest: Iterable[str]
) -> Reading:
    """Say which part of the text is the serial, and what the rest is."""
    reading = _recognised(Case(serial, grammar), shape)
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
                "The part number %(number)s goes with serials that begin with BP%(four)s, and this "
                "one does not."
            ) % {"number": number, "four": number[3:7]}
            advice = _("Compare both with the label: one of them has a wrong character.")
            return replace(reading, kind=Kind.DOUBTFUL, message=message, advice=advice)
    return reading


def is_part_number_of_blaupunkt(number: str) -> bool:
    return len(number) == 10 and number.startswith("764") and number.isdecimal()


def grouped(serial: str) -> str:
    """Return a long serial as people compare it: BP61 0342 7188 05."""
    if len(serial) <= 8:
        return serial
    return " ".join(serial[at : at + 4] for at in range(0, len(serial), 4))


# ------------------------------------------------------------------ the rules for one number
def _nothing(case: Case) -> Reading | None:
    if case.serial:
        return None
    advice = _("Type it as it stands on the label. Spaces and dashes do not matter.")
    return Reading(Kind.EMPTY, "", advice=advice, is_refused=True)


def _strict(case: Case) -> Reading | None:
    fitting = (
        known.shape
        for known in case.known
        if not known.shape.is_wide and known.strict.fits(case.serial)
    )
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
    reading = _reading(case, Kind.UNREADABLE, message, advice, hinted=hinted)
    return replace(reading, is_refused=True)


def _endless(case: Case) -> Reading | None:
    if len(case.serial) <= LONGEST:
        return None
    advice = _("Type only the serial, not the other numbers on the label.")
    reading = _reading(case, Kind.UNKNOWN, _("This is longer than any serial."), advice)
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
    return _recognised(case, next(fitting, None) or EVERYWHERE.narrow_shape(case.serial))


def _trap(case: Case) -> Reading | None:
    serial, grammar = case.serial, case.grammar
    trap = grammar.trap(serial) or general_trap(serial) or code_trap(serial, grammar)
    if trap is None:
        return None
    # what a radio's serials may look like too can be insisted on
    fits = any(known.shape.is_wide and known.strict.fits(serial) for known in case.known)
    return _trapped(case, replace(trap, is_sure=False) if fits else trap)


def _wide(case: Case) -> Reading | None:
    """Recognise a shape that words and other numbers fit too."""
    for known in case.known:
        if known.shape.is_wide and known.strict.fits(case.serial):
            reading = _recognised(case, known.shape)
            if not reading or not known.shape.needs_confirmation:
                return reading
            message = _("This fits %(name)s, but other numbers look the same.") % {
                "name": known.shape.name
            }
            advice = _("Is it the serial on the label of such a radio? Then send it again.")
            offers = tuple(Offer(each) for each in _with_fronts(case))
            return replace(reading, kind=Kind.TO_CONFIRM, message=message, advice=advice,
                           offers=offers[:MOST_OFFERS])  # fmt: skip
    return None


def _other_brand(case: Case) -> Reading | None:
    found = case.others.of_serial(case.serial)
    if not found:
        return None
    names = dict.fromkeys(grammar.name for grammar, _shape in found)
    message = _("This looks like the serial of: %(name)s.") % {
        "name": found[0][1].name if len(found) == 1 else ", ".join(names)
    }
    advice = _("Is the radio from such a car? Then order on that brand's form.")
    offers = tuple(Offer(case.serial, grammar.slug, grammar.name) for grammar, _shape in found)
    return replace(_reading(case, Kind.OTHER_BRAND, message, advice), offers=offers)


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
        message = _("%(letters)s is missing in front.") % {"letters": _or(named)}
    else:
        message = ngettext(
            "A letter is missing in front.", "%(count)d letters are missing in front.",
            len(fronts[0][1]),
        ) % {"count": len(fronts[0][1])}  # fmt: skip
    advice = _("Type the whole serial, with the letters before the digits.")
    reading = _reading(case, Kind.INCOMPLETE, message, advice, shape)
    return replace(reading, offers=tuple(Offer(front + case.serial) for front in named))


def _with_fronts(case: Case) -> Iterator[str]:
    """Return the serials of other shapes that this is the end of: M123456 for 123456."""
    for known in case.known:
        for pattern in (known.strict, known.lenient) if known.shape.prefix else ():
            for front in pattern.fronts(case.serial):
                yield front + case.serial


def _or(words: list[str]) -> str:
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
        is_named = known.has_prefix and len(known.shape.prefix) > 1
        if is_named and (at := known.misfit()) is not None:
            char = {"char": case.serial[at]}
            message = _("This starts like a serial, but the %(char)s does not fit.") % char
            advice = _("%(rule)s. Compare it with the label.") % {"rule": known.rule}
            hinted = {at: _("this %(char)s does not fit here") % char}
            return _reading(case, Kind.UNKNOWN, message, advice, hinted=hinted)
    return None


def _unknown(case: Case) -> Reading:
    message = _("We do not know serials of this shape.")
    return _reading(case, Kind.UNKNOWN, message, _look_for(case.grammar))


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
    offers = (Offer(suggestion),) if suggestion else ()
    return Reading(kind, case.serial, shape, suggestion, message, advice, marks, offers)


def _recognised(case: Case, shape: Shape | None) -> Reading | None:
    if shape is None:
        return None
    message = _("This looks like the serial of: %(name)s.") % {"name": shape.name}
    advice = _("Compare it with the label once more.")
    return _reading(case, Kind.RECOGNISED, message, advice, shape)


def _trapped(case: Case, trap: Trap) -> Reading:
    message = _("This looks like %(what)s, not like a serial.") % {"what": trap.what}
    advice = str(trap.tell)
    if is_part_number_of_blaupunkt(case.serial):
        advice = _(
            "The serial of this radio begins with BP%(four)s. It stands on the same label."
        ) % {"four": case.serial[3:7]}
        if case.grammar.examples and not case.grammar.examples[0].startswith(("BP", "815BP")):
            advice = f"{advice} {_look_for(case.grammar)}"
    elif not trap.is_complete:
        advice = f"{advice} {_look_for(case.grammar)}"
    return replace(_reading(case, Kind.NOT_A_SERIAL, message, advice), is_refused=trap.is_sure)


def _look_for(grammar: Grammar) -> str:
    """Word what to look for instead, by the examples of the brand."""
    if not grammar.examples:
        return _("Compare each character with the label.")
    return _("Look for a number like %(examples)s.") % {"examples": _or(grammar.examples)}


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
