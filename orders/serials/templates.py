"""Unfolds a simple pattern into templates: for each place, the characters that may stand there.

Templates show what a regular expression cannot: which character is wrong, how many are missing, and
what was probably meant.
"""

from functools import lru_cache
from string import ascii_uppercase, digits

CHARACTERS = frozenset(ascii_uppercase + digits)
DIGITS, LETTERS = frozenset(digits), frozenset(ascii_uppercase)
LONGEST = 40  # no serial is longer, and nothing longer is worth a search
MOST_TEMPLATES = 200
QUANTIFIERS = {"?": (0, 1), "*": (0, LONGEST), "+": (1, LONGEST)}

Place = frozenset[str]
Template = tuple[Place, ...]


class NotSimpleError(Exception):
    """The pattern holds what templates cannot show, or unfolds into too many."""


@lru_cache(maxsize=1024)
def unfold(pattern: str) -> tuple[Template, ...]:
    """Return the templates of a pattern; none if it is not simple."""
    reader = _Reader(pattern.removeprefix("^").removesuffix("$"))
    try:
        found = reader.alternatives()
    except (NotSimpleError, RecursionError):
        return ()
    return tuple(dict.fromkeys(found)) if reader.is_at_end else ()


def has_assertion(pattern: str) -> bool:
    return "(?=" in pattern or "(?!" in pattern


class _Reader:
    """Reads letters, digits, \\d, classes, groups, alternatives and quantifiers.

    Assertions at the beginning are skipped: the templates then allow more than the pattern.
    """

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    @property
    def is_at_end(self) -> bool:
        return self.at == len(self.text)

    def alternatives(self) -> list[Template]:
        found = self._sequence()
        while self._takes("|"):
            found += self._sequence()
        return found

    def _sequence(self) -> list[Template]:
        rows: list[Template] = [()]
        while not self.is_at_end and self.text[self.at] not in "|)":
            if self._takes("(?=") or self._takes("(?!"):
                if rows != [()]:
                    raise NotSimpleError
                self._skip_group()
                continue
            piece = self._atom()
            rows = _joined(rows, _repeated(piece, *self._quantifier()))
        return rows

    def _atom(self) -> list[Template]:
        if self._takes("(?:") or (not self._sees("(?") and self._takes("(")):
            found = self.alternatives()
            if not self._takes(")"):
                raise NotSimpleError
            return found
        return [(self._class() if self._takes("[") else self._character(),)]

    def _character(self) -> Place:
        if self._takes(r"\d"):
            return DIGITS
        char = self.text[self.at]
        if char not in CHARACTERS:
            raise NotSimpleError
        self.at += 1
        return frozenset(char)

    def _class(self) -> Place:
        found: set[str] = set()
        while not self._takes("]"):
            if self.is_at_end:
                raise NotSimpleError
            first = self._character()
            if self._takes("-"):
                if self.is_at_end:
                    raise NotSimpleError
                low, high = min(first), min(self._character())
                found |= {char for char in CHARACTERS if low <= char <= high}
            else:
                found |= first
        return frozenset(found)

    def _quantifier(self) -> tuple[int, int]:
        for sign, counts in QUANTIFIERS.items():
            if self._takes(sign):
                return counts
        if not self._takes("{"):
            return 1, 1
        inside, closed, _rest = self.text[self.at :].partition("}")
        self.at += len(inside) + 1
        low, comma, high = inside.partition(",")
        if not closed or not low.isdecimal() or (high and not high.isdecimal()):
            raise NotSimpleError
        return int(low), int(high) if high else LONGEST if comma else int(low)

    def _skip_group(self) -> None:
        depth = 1
        while depth:
            if self.is_at_end:
                raise NotSimpleError
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            self.at += 1

    def _sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _takes(self, text: str) -> bool:
        if not self._sees(text):
            return False
        self.at += len(text)
        return True


def _repeated(piece: list[Template], low: int, high: int) -> list[Template]:
    found: list[Template] = [()]
    for _time in range(low):
        found = _joined(found, piece)
    counted = found
    for _time in range(low, min(high, LONGEST)):
        counted = _joined(counted, piece)
        found = found + counted
        if not counted:
            break
    return found


def _joined(heads: list[Template], tails: list[Template]) -> list[Template]:
    if len(heads) * len(tails) > MOST_TEMPLATES:
        raise NotSimpleError
    return [head + tail for head in heads for tail in tails if len(head) + len(tail) <= LONGEST]
