"""Takes apart what owners type: words of the label, the numbers behind them, and their joins."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from orders.serials.templates import CHARACTERS

LONGEST_TYPED = 200  # characters that are looked at
MOST_TOKENS = 24  # of which joins are tried
MOST_JOINED = 5  # tokens of one serial: VWZ 1Z2 H 744 2601
SEPARATORS = re.compile(r"[\s\x00-\x1f\x7f\-‐-―−:;.,/\\|#()\[\]{}<>'\"“”„´`’_=+&°!]+")
MINUS = "\N{MINUS SIGN}"
AT_ENDS = "?*…·"
# What stands before a serial, on labels and in sentences.
LABEL_WORD = re.compile(
    "N|SN|SNR|SNO|SERIAL|SER|SERNO|SERNR|SERIALNO|SERIALNR|SERIALNUMBER|SERIE|SERIEN|SERIENR|"
    "SERIENNR|SERIENNUMMER|SERIENUMMER|SERII|SERYJNY|NO|NR|NUM|NUMBER|NUMERO|NUMMER|NUMER|DE|DI|DU|"
    "DEL|MATRICOLA|PRECODE|PRE|CODE|THE|MY|OUR|ITS|IT|IS|IST|EST|ES|LAUTET|MEINE|DIE|LA|LE|EL|RADIO|"
    "LABEL|UNIT|AUTORADIO|STEREO"
)
GLUED = re.compile(
    r"(?:S/?N[OR]?|SER(?:IAL|IE|IEN)?(?:NO|NR|NUMBER|NUMMER)?|NUMERODE?SERIE|PRECODE|N[OR]|U)([0-9A-Z]{4,})"
)
# Code points that are shown as nothing, beyond the category of format characters.
IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip


def normalise(typed: str) -> str:
    """Return upper case without spaces, dashes and invisible characters."""
    if typed.isascii() and typed.isalnum():
        return typed.upper()
    folded = unicodedata.normalize("NFKC", typed).upper()
    folded = "".join(char for char in folded if not _is_gap(char))
    return folded if folded == typed else normalise(folded)


@lru_cache(maxsize=2048)
def _is_gap(char: str) -> bool:
    category = unicodedata.category(char)  # Z: spaces; Cc: controls; Pd: dashes
    return _is_unseen(char) or category[0] == "Z" or category in ("Cc", "Pd") or char == MINUS


@lru_cache(maxsize=2048)
def _is_unseen(char: str) -> bool:
    if unicodedata.category(char) == "Cf":
        return True
    return any(first <= ord(char) <= last for first, last in IGNORABLE)


@dataclass(frozen=True)
class Text:
    """What was typed: in upper case, on one line, without invisible characters."""

    folded: str

    @classmethod
    def of(cls, typed: str) -> "Text":
        cut = typed[:LONGEST_TYPED]
        if not cut.isascii():
            cut = "".join(c for c in unicodedata.normalize("NFKC", cut) if not _is_unseen(c))
        return cls(" ".join(cut.upper().split())[:LONGEST_TYPED])

    @cached_property
    def tokens(self) -> list[str]:
        found = (token.strip(AT_ENDS) for token in SEPARATORS.split(self.folded))
        return [token for token in found if token]

    @cached_property
    def words(self) -> int:
        """Return how many tokens at the beginning are words of a label."""
        count = 0
        while count < len(self.tokens) - 1:
            if self.tokens[count : count + 2] == ["S", "N"]:  # S/N
                count += 2
            elif LABEL_WORD.fullmatch(_plain(self.tokens[count])):
                count += 1
            else:
                break
        rest = self.tokens[count:]
        return count if any(any(map(str.isdigit, token)) for token in rest) else 0

    @cached_property
    def body(self) -> list[str]:
        """Return the tokens behind the words of the label."""
        return self.tokens[self.words :]

    @cached_property
    def whole(self) -> str:
        return "".join(self.body)

    @cached_property
    def unglued(self) -> str:
        """Return what follows a word of the label without a gap: SNM123456; "" if none does."""
        match = GLUED.fullmatch(self.whole)
        return match[1] if match else ""

    def joins(self, lengths: frozenset[int]) -> Iterator[tuple[str, int, int]]:
        """Return neighbours that may be one serial, longest first, and where they stand."""
        tokens = self.body[:MOST_TOKENS]
        for size in range(min(MOST_JOINED, len(tokens)), 0, -1):
            for start in range(len(tokens) - size + 1):
                several = tokens[start : start + size]
                joined = "".join(several)
                if len(joined) not in lengths or joined.isalpha():
                    continue
                if not has_words(several):
                    yield joined, start, start + size


def has_words(tokens: list[str]) -> bool:
    """Whether words follow, which are no part of a serial: VWZ 1Z2 H 744, but not PN24M SERIAL."""
    return any(len(token) > 2 and token.isalpha() for token in tokens[1:])


def _plain(token: str) -> str:
    if token.isascii():
        return token
    return "".join(c for c in unicodedata.normalize("NFD", token) if not unicodedata.combining(c))


def is_clean(text: str) -> bool:
    return CHARACTERS.issuperset(text)
