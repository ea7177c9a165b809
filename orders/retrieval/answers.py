"""The answers of a provider of codes: the caller needs no knowledge of the provider."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from orders.models import Order


@dataclass(frozen=True)
class Found:
    code: str = field(repr=False)


@dataclass(frozen=True)
class UnknownHere:
    """This provider does not have the code, and will not have it later."""

    why: str = ""


@dataclass(frozen=True)
class TryAgain:
    """Temporary: ask again after `after`, or after a back-off where it is None."""

    after: timedelta | None = None
    why: str = ""


@dataclass(frozen=True)
class Broken:
    """The provider does not work, or its answer makes no sense. `why` never holds a code.

    `for_all`: it answers no order, such as after the licence has ended.
    """

    why: str
    for_all: bool = False


@dataclass(frozen=True)
class WrongCode(Broken):
    """The answer is not a code of this radio."""


Answer = Found | UnknownHere | TryAgain | Broken


class CodeProvider(Protocol):
    """Answers whether it has the code of an order, within 30 seconds."""

    def ask(self, order: Order) -> Answer: ...
