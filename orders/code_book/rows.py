"""What the parts of an import hand to one another, and why they refuse."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

MOST_COLUMNS = 50
LONGEST_CELL = 1_000  # characters
AROUND = " \t\r\n\xa0\u200b\ufeff\"'“”„‘’‚«»"  # spaces and quotation marks: no value begins so
BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]?")


class BadRowError(Exception):
    """The row cannot be used. The message says why, without what stands in it."""


class BadListError(Exception):
    """The list cannot be used. The message says why, and what to do."""


Cell = str | BadRowError  # what cannot be used is raised by the code that needs it


class Row(NamedTuple):
    """A row as the file has it."""

    line: int
    cells: list[Cell] | BadRowError


def clean(text: str) -> Cell:
    """A cell without quotation marks, and without what makes Excel keep the zeros of 0123."""
    text = text.strip(AROUND)
    if text[:1] == "=":
        if text[1:2] != '"' or '"' in text[2:]:
            return BadRowError(_("This is a formula. Save the list with its values."))
        text = text[2:].strip(AROUND)
    return text if len(text) <= LONGEST_CELL else BadRowError(_("This cell is too long."))


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Letters and digits, without case, accents and brackets: "Codé (4 digits)" is code."""
    return _letters(BRACKETS.sub("", text)) or _letters(text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", text.casefold()))
