"""What the parts of an import hand to one another, and why they refuse."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

MOST_COLUMNS = 50
LONGEST_CELL = 1_000  # characters


class BadRowError(ValueError):
    """The row cannot be used. The message tells staff why, without what stands in it."""


class BadListError(ValueError):
    """Nothing more of this list can be read. The message tells staff why, and what to do."""


Cell = str | BadRowError  # what cannot be used is raised by whoever needs it


class Row(NamedTuple):
    """A row as the file has it."""

    line: int
    cells: list[Cell] | BadRowError
    next_place: int  # where to go on after it


class Rows(Protocol):
    """A list's rows, from its beginning or from where somebody stopped."""

    size: int  # where the last row ends, in the measure of `next_place`; 0: not known

    def read(self, place: int = 0, line: int = 0) -> Iterator[Row]: ...
