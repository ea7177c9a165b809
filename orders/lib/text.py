"""Invisible characters, and masking of e-mail addresses."""

import unicodedata

import idna

# Default-ignorable code points that are neither controls nor formats, and the blank of Braille.
# Fonts draw nothing for them: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
BLANK = frozenset(
    map(chr, [
        0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x2800, 0x3164,
        *range(0xFE00, 0xFE10), 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000),
    ])
)  # fmt: skip


def is_unseen(char: str) -> bool:
    """Return whether nothing is seen of a character: spaces, controls, marks of direction."""
    category = unicodedata.category(char)
    return category[0] == "Z" or category in ("Cc", "Cf") or char in BLANK


def trim(text: str) -> str:
    """Strip what is not seen from both ends."""
    first = next((at for at, char in enumerate(text) if not is_unseen(char)), len(text))
    last = next((at for at in range(len(text), first, -1) if not is_unseen(text[at - 1])), first)
    return text[first:last]


def mask(email: str) -> str:
    """anna@example.com -> a•••@example.com: enough to notice a slip, too little to harvest."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{_as_typed(domain)}"


def _as_typed(domain: str) -> str:
    """xn--mller-kva.de -> müller.de"""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except UnicodeError:
        return domain
