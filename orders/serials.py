"""Normalise, recognise and explain serials: pure functions, no database, no request."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Shape:
    """How the serials of one radio look. `key` is the caller's: what to find the radio by."""

    key: int
    name: str
    pattern: str
    lenient_pattern: str = ""
    prefix: str = ""
    length: int | None = None
    example: str = ""


@dataclass(frozen=True)
class Trap:
    """A number that is not a serial: what it is, how it looks, what to tell."""

    what: str
    pattern: str
    tell: str


class Kind(StrEnum):
    EMPTY = "empty"
    RECOGNISED = "recognised"
    DOUBTFUL = "doubtful"  # would be recognised if characters that look alike were swapped
    INCOMPLETE = "incomplete"  # the beginning of a known shape, or one with too many characters
    NOT_A_SERIAL = "not_a_serial"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Mark:
    """One character as typed, and what it probably should be."""

    char: str
    hint: str = ""


@dataclass(frozen=True)
class Reading:
    kind: Kind
    serial: str
    shape: Shape | None = None
    suggestion: str = ""
    message: str = ""
    advice: str = ""
    marks: tuple[Mark, ...] = field(default=())


def normalise(typed: str) -> str:
    raise NotImplementedError


def read(typed: str, shapes: list[Shape], traps: list[Trap]) -> Reading:
    raise NotImplementedError
