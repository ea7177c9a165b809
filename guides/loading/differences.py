"""Texts compared for people to read: lines that begin with "- " went, with "+ " came."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from guides.loading.rows import Change, Outcome


def headline(change: Change[Any]) -> str:
    """What a load would do with the row; `str(change)` says what it did."""
    would = {
        Outcome.CREATED: "stands in the file only, would be created",
        Outcome.DELETED: "left the file, would be deleted",
    }.get(change.outcome)
    return f"{change.name}: {would}" if would else str(change).replace("updated", "would update")


def lines_of(change: Change[Any]) -> Iterator[str]:
    """What the database holds (-) and what the file says (+), field by field."""
    if change.outcome is Outcome.CREATED:
        return
    for each in change.differences:
        yield f"{each.field}: edited by staff, kept" if each.is_kept else f"{each.field}:"
        yield from compared(shown(each.database), shown(each.file))


def compared(before: list[str], after: list[str]) -> Iterator[str]:
    for line in difflib.ndiff(before, after):
        if not line.startswith("?"):
            yield line


def around_changes(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts' differing lines with three lines around them: (kind, line)."""
    kinds = {"+": "came", "-": "went", "@": "gap"}
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return [
        (kinds.get(line[0], "same"), "…" if line.startswith("@@") else line[1:])
        for number, line in enumerate(lines)
        if number > 1  # the first two name the files
    ]


def shown(value: Any) -> list[str]:
    """A value in parts that are worth comparing: a list's items, a text's sentences."""
    if isinstance(value, list):
        return [str(part) for part in value] or ["(nothing)"]
    if value in (None, ""):
        return ["(nothing)"]
    return re.split(r"(?<=[.?!]) |\n+", str(value))
