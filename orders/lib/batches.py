"""Walks a long table by ranges of primary keys, so that no statement takes long."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Max, Min, Model, Q, QuerySet

M = TypeVar("M", bound=Model)

WINDOW = 20_000  # primary keys that one statement looks through


def windows(rows: QuerySet[M], size: int = WINDOW) -> Iterator[QuerySet[M]]:
    for within in ranges(rows.model, size):
        yield rows.filter(within)


def ranges(model: type[Model], size: int = WINDOW) -> Iterator[Q]:
    table = model._base_manager.aggregate(first=Min("pk"), last=Max("pk"))
    if table["last"] is not None:
        for start in range(table["first"], table["last"] + 1, size):
            yield Q(pk__gte=start, pk__lt=start + size)
