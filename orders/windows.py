"""A long table by ranges of primary keys: no statement takes long, however many rows there are."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Max, Min, Model, QuerySet

M = TypeVar("M", bound=Model)

WINDOW = 20_000  # primary keys that one statement looks through


def windows(rows: QuerySet[M], size: int = WINDOW) -> Iterator[QuerySet[M]]:
    table = rows.model._base_manager.aggregate(first=Min("pk"), last=Max("pk"))
    if table["last"] is None:
        return
    for start in range(table["first"], table["last"] + 1, size):
        yield rows.filter(pk__gte=start, pk__lt=start + size)
