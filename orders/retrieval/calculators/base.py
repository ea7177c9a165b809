from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Computed:
    """A code, and the kind of its serial: empty, or a kind that is confirmed by itself."""

    code: str = field(repr=False)
    kind: str = ""


@dataclass(frozen=True)
class Calculator:
    """`compute` takes a canonical serial; it returns None for a serial outside its limits."""

    compute: Callable[[str], Computed | None]
    ships_released: bool
    kinds: tuple[str, ...] = ()  # of serials that are confirmed by themselves
