from collections.abc import Iterable

from django.db.models import QuerySet

from orders.models import CodeBookEntry, Order
from orders.retrieval.answers import Answer, Found, UnknownHere


class CodeBook:
    """Looks up the keyed hash of the serial among the codes that we already have."""

    def ask(self, order: Order) -> Answer:
        entry = entries(order.serial_hashes).first()
        return Found(entry.code) if entry else UnknownHere()


def entries(serial_hashes: Iterable[str]) -> QuerySet[CodeBookEntry]:
    return CodeBookEntry.objects.filter(serial_hash__in=serial_hashes)
