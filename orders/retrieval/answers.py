"""What a source of codes may answer: the caller knows what to do without knowing the source."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from orders.models import Order


@dataclass(frozen=True)
class Found:
    code: str = field(repr=False)


@dataclass(frozen=True)
class UnknownHere:
    """This source does not have it, and asking again will not change that."""

    why: str = ""


@dataclass(frozen=True)
class TryAgain:
    """Temporary: ask again, after `after` if the source said so, otherwise after a back-off."""

    after: timedelta | None = None
    why: str = ""


@dataclass(frozen=True)
class Broken:
    """The source does not work or answers nonsense. `why` never holds a code.

    `for_all`: no order gets an answer there, such as when the licence has ended.
    """

    why: str
    for_all: bool = False


@dataclass(frozen=True)
class WrongCode(Broken):
    """What it gave for a code is none of this radio."""


Answer = Found | UnknownHere | TryAgain | Broken


class CodeSource(Protocol):
    """One class a source, one method. It must come to an answer by itself within 30 seconds."""

    def ask(self, order: Order) -> Answer: ...
