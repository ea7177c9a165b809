"""Choose the serial among all that stands on a label: pure functions, as the rest here."""

import re
from collections.abc import Iterable, Iterator

from orders.serials.grammar import Grammar
from orders.serials.reading import NO_BRANDS, Catalogue, Kind, Reading
from orders.serials.typed import understand

SERIAL_WORD = re.compile(r"\bS\W{0,2}N\b|\bSER(IAL|IE|IEN)?|\bMATRICOLA", re.IGNORECASE)
SURE = {Kind.RECOGNISED: 4, Kind.DOUBTFUL: 2, Kind.TO_CONFIRM: 1}
BARCODE, WORD = 1, 2


def serials_on_label(
    barcodes: Iterable[str], lines: Iterable[str], grammar: Grammar, others: Catalogue = NO_BRANDS
) -> list[str]:
    """Return the likeliest serial; several if nothing says which; none if nothing fits a shape."""
    points: dict[str, int] = {}
    for text, bonus in [*((each, BARCODE) for each in barcodes), *_with_neighbours(list(lines))]:
        reading = understand(text, grammar, others)
        serial = _serial(reading)
        if serial:
            found = SURE[reading.kind] + bonus
            points[serial] = max(points.get(serial, 0), found)
    best = max(points.values(), default=0)
    return [serial for serial, found in points.items() if found == best]


def _with_neighbours(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each line; where a word for the serial stands above or before it, that counts."""
    is_announced = False
    for line in lines:
        has_word = bool(SERIAL_WORD.search(line))
        yield line, WORD if has_word or is_announced else 0
        is_announced = has_word and not any(map(str.isdigit, line))


def _serial(reading: Reading) -> str:
    if reading.kind == Kind.DOUBTFUL:
        return "" if len(reading.offers) > 1 else reading.suggestion
    return reading.serial if reading.kind in SURE and reading.shape else ""
