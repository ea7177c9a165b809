from django.db.models import QuerySet

from orders.models import CodeBookEntry, Order, SerialHashes
from orders.retrieval.answers import Answer, Broken, Found, UnknownHere


class CodeBook:
    """Looks up the keyed hash of the serial among the codes that we already have."""

    def ask(self, order: Order) -> Answer:
        codes = {entry.code for entry in entries(order.hashes)}
        if len(codes) > 1:  # two brands' lists, read at the same moment
            return Broken("the book has several codes for this serial")
        return Found(codes.pop()) if codes else UnknownHere()


def entries(hashes: SerialHashes) -> QuerySet[CodeBookEntry]:
    return CodeBookEntry.objects.filter(hashes.rows)
