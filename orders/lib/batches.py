"""Parts of long tables: ranges of primary keys, so that no statement takes long; fair samples."""

import random
from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Max, Min, Model, Q, QuerySet

M = TypeVar("M", bound=Model)

WINDOW = 20_000  # primary keys that one statement looks through
SOME = 500  # rows that one sweep looks at


def windows(rows: QuerySet[M], size: int = WINDOW) -> Iterator[QuerySet[M]]:
    for within in ranges(rows.model, size):
        yield rows.filter(within)


def ranges(model: type[Model], size: int = WINDOW) -> Iterator[Q]:
    table = model._base_manager.aggregate(first=Min("pk"), last=Max("pk"))
    if table["last"] is not None:
        for start in range(table["first"], table["last"] + 1, size):
            yield Q(pk__gte=start, pk__lt=start + size)


def some(rows: QuerySet[M], most: int = SOME) -> QuerySet[M]:
    """Return at most so many of the rows, chosen at random.

    Rows that no step can move on must not keep the others from their turn.
    """
    pks = list(rows.values_list("pk", flat=True))
    chosen = random.sample(pks, most) if len(pks) > most else pks
    return rows.filter(pk__in=chosen).order_by("pk")
