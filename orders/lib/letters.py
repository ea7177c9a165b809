"""Letters that the fonts of a receipt's PDF have."""

import unicodedata
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

FONTS = Path(__file__).with_name("fonts")
LATIN, EUROPEAN = "NotoSans-Latin", "NotoSans"  # names of files


@cache
def letters_of(font: str) -> frozenset[str]:
    with TTFont(FONTS / f"{font}-Regular.ttf") as file:
        return frozenset("\n").union(map(chr, file.getBestCmap()))


def drawable(text: str) -> str:
    """Join accents with their letters; replace tabs and control characters by spaces."""
    return "".join(
        " " if unicodedata.category(letter) == "Cc" and letter != "\n" else letter
        for letter in unicodedata.normalize("NFC", text)
    )


def missing_letters(text: str) -> str:
    """Name the letters that a receipt would leave out: "株 (U+682A)"."""
    missing = sorted(set(drawable(text)) - letters_of(EUROPEAN))
    return ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)


def check_letters(text: str) -> None:
    if missing := missing_letters(text):
        raise ValidationError(_("Receipts cannot show %s.") % missing, code="letters")
