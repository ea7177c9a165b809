"""What a process and its children have used so far, from Linux's /proc."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> Iterator[int]:
    """The process, its children and theirs, as far as they live."""
    yield pid
    with suppress(FileNotFoundError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    """Of the whole family. What a child had used that has ended counts as its parent's."""
    ticks = 0
    for each in family(pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def megabytes(pid: int) -> tuple[float, float]:
    """Of this process alone: its share of what it has in memory (PSS), and all of it (RSS).

    The shop's processes show only root their share; anybody else gets the RSS for both.
    """
    found = {"Pss:": 0, "Rss:": 0}
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except PermissionError:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return (pages * PAGE / 2**20,) * 2
    for line in rollup.splitlines():
        name, *rest = line.split()
        if name in found:
            found[name] = int(rest[0])
    return found["Pss:"] / 1024, found["Rss:"] / 1024


def parent(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])
