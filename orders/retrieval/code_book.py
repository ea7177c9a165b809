from orders import crypto
from orders.models import CodeBookEntry, Order
from orders.retrieval.answers import Answer, Found, UnknownHere


class CodeBook:
    """The codes that we already know, found by the keyed hash of the serial."""

    def ask(self, order: Order) -> Answer:
        hashes = crypto.hashes_of_serial(order.brand.slug, order.serial)
        entry = CodeBookEntry.objects.filter(serial_hash__in=hashes).first()
        return Found(entry.code) if entry else UnknownHere()
