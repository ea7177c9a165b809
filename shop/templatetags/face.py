"""Draws the radio's face: a 14-segment display above six presets, as SVG and HTML."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

# One stroke a segment, in a cell 10 wide and 18 high: a to f clockwise from the top, g and h the
# middle bar, i j k the upper inner strokes from left to right, l m n the lower ones.
STROKES = {
    "a": "M1.5 0h7", "b": "M10 1.5v6", "c": "M10 10.5v6", "d": "M1.5 18h7",
    "e": "M0 10.5v6", "f": "M0 1.5v6", "g": "M1.3 9h3", "h": "M5.7 9h3",
    "i": "M1.9 2.4l2 4.4", "j": "M5 2v5", "k": "M8.1 2.4l-2 4.4",
    "l": "M3.9 11.2l-2 4.4", "m": "M5 11v5", "n": "M6.1 11.2l2 4.4",
}  # fmt: skip
LETTERS = {
    "0": "abcdef", "1": "bc", "2": "abghed", "3": "abcdgh", "4": "fghbc", "5": "afghcd",
    "6": "acdefgh", "7": "abc", "8": "abcdefgh", "9": "abcdfgh",
    "A": "abcefgh", "B": "abcdjmh", "C": "adef", "D": "abcdjm", "E": "adefgh", "F": "aefgh",
    "G": "acdefh", "H": "bcefgh", "I": "adjm", "J": "bcde", "K": "efgkn", "L": "def",
    "M": "bcefik", "N": "bcefin", "O": "abcdef", "P": "abefgh", "Q": "abcdefn", "R": "abefghn",
    "S": "acdfgh", "T": "ajm", "U": "bcdef", "V": "efkl", "W": "bcefln", "X": "ikln",
    "Y": "ikm", "Z": "adkl", "-": "gh", "+": "ghjm", "=": "dgh", "/": "kl", "_": "d",
    "'": "j", "*": "ghijklmn", "?": "abhm",
}  # fmt: skip
PITCH = 16  # from one cell to the next


def path(segments: Sequence[str]) -> str:
    """Move the strokes of each cell to its place: only the absolute start changes."""
    drawn = []
    for cell, letters in enumerate(segments):
        for letter in letters:
            x, rest = STROKES[letter][1:].split(" ", 1)
            drawn.append(f"M{float(x) + cell * PITCH:g} {rest}")
    return "".join(drawn)


def plain(text: str) -> str:
    """Return the text in capitals without accents, as the display can show it."""
    parts = unicodedata.normalize("NFKD", str(text)).upper()
    return "".join(c for c in parts if not unicodedata.combining(c))


@register.simple_tag
def display(text: str, cells: int = 0, label: str | None = None) -> SafeString:
    """Draw a text in segments. Screen readers read `label`, or the text; nothing if it is ""."""
    shown = plain(text).center(cells)
    spoken = str(text) if label is None else label
    role = format_html('role="img" aria-label="{}"' if spoken else 'aria-hidden="true"', spoken)
    return format_html(
        '<svg class="segments" viewBox="-3 -2 {} 22" {}><g transform="skewX(-5)">'
        '<path class="off" d="{}"/><path class="on" d="{}"/></g></svg>',
        max(len(shown), 1) * PITCH,
        role,
        path(["abcdefghijklmn"] * len(shown)),
        path([LETTERS.get(character, "") for character in shown]),
    )


@dataclass
class Preset:
    number: int
    badge: str = ""
    spoken: str = ""


def presets(lit: str, held: bool, presses: Sequence[tuple[int, int]] | None) -> list[Preset]:
    """Draw six buttons; those to press have a badge: their turn, "hold", or how often."""
    buttons = {number: Preset(number) for number in range(1, 7)}
    for turn, number in enumerate(map(int, lit.split()), start=1):
        badge = _("hold") if held else f"{turn}."
        spoken = _("hold button %(number)s") if held else _("press button %(number)s")
        buttons[number] = Preset(number, badge, spoken % {"number": number})
    for number, count in presses or ():
        spoken = {0: _("leave preset %(number)s alone"), 1: _("press preset %(number)s once"),
                  2: _("press preset %(number)s twice")}.get(
            count, _("press preset %(number)s %(count)s times")
        )  # fmt: skip
        buttons[number] = Preset(number, f"{count}×", spoken % {"number": number, "count": count})
    return list(buttons.values())


@register.inclusion_tag("shop/_face.html")
def face(
    text: str = "",
    line: str = "",
    *,
    cells: int = 8,
    lit: str = "",
    held: bool = False,
    presses: Sequence[tuple[int, int]] | None = None,
    choices: Sequence[Any] | None = None,
    code: str = "",
    moving: bool = False,
) -> dict[str, Any]:
    """Draw the face.

    `lit` names the presets to press in order ("1 2 3"), or to hold together if `held`; `presses`
    how often each ([(1, 4), (2, 8)]); `choices` are links on the display, each with href, display,
    label and text; `code` is drawn large and can be copied."""
    return {
        "text": text,
        "line": line,
        "cells": cells,
        "presets": presets(lit, held, presses),
        "is_lit": bool(lit or presses),
        "choices": choices,
        "code": code,
        "moving": moving,
    }


@register.filter
def groups(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Split a serial into the groups in which it is read."""
    return [items[start : start + size] for start in range(0, len(items), size)]
