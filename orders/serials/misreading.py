"""Compares two readings of one label: where they differ, and whether one may be a slip."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from orders.serials.confusables import LOOK_ALIKES

MOST_OTHER = 2  # characters that may be any others


def is_misreading(ordered: str, label: str) -> bool:
    """Whether one was probably misread for the other, and is not the serial of another radio.

    Half of a serial that differs, or is missing, is no slip, however short the serial is.
    """
    shorter, longer = sorted((ordered, label), key=len)
    if len(shorter) != len(longer):
        return 2 * len(shorter) > len(longer) and _is_within(shorter, longer)
    wrong = [(a, b) for a, b in zip(ordered, label, strict=True) if a != b]
    others = [(a, b) for a, b in wrong if b not in LOOK_ALIKES.get(a, "")]
    return not others or (len(wrong) <= MOST_OTHER and 2 * len(wrong) < len(ordered))


def _is_within(shorter: str, longer: str) -> bool:
    """Whether characters were only left out."""
    rest = iter(longer)
    return all(char in rest for char in shorter)


def aligned(first: str, second: str) -> Iterator[tuple[str, str]]:
    """Yield the two position by position, with an empty text where one has no character."""
    for _tag, i, i_end, j, j_end in SequenceMatcher(None, first, second, False).get_opcodes():
        for at in range(max(i_end - i, j_end - j)):
            yield first[i + at : min(i + at + 1, i_end)], second[j + at : min(j + at + 1, j_end)]
