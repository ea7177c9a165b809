from django.db.models import QuerySet

from orders.models import Code, Order, Radio, SerialHashes, Status
from orders.retrieval.answers import Answer, Found, UnknownHere
from orders.retrieval.families import INDEPENDENT, is_unconfirmed

SOLD = [Status.FOUND, Status.PAYMENT_DUE, Status.READY, Status.DELIVERED]


class AnsweredBefore:
    """Repeats the code that was sold for the serial, so that one radio never gets two codes."""

    def ask(self, order: Order) -> Answer:
        codes = known_codes(order.radio, order.canonical_serial, order.hashes)
        code = codes.order_by("pk").first()
        return Found(code.digits) if code else UnknownHere()


def known_codes(radio: Radio, serial: str, hashes: SerialHashes) -> QuerySet[Code]:
    """Select codes that may be sold again: none that was computed and is in doubt."""
    codes = sold_before(hashes)
    if is_unconfirmed(radio, serial, hashes):
        codes = codes.filter(source__in=INDEPENDENT)
    return codes


def sold_before(hashes: SerialHashes) -> QuerySet[Code]:
    known = Code.objects.filter(hashes.rows, is_current=True)
    return known.filter(order__status__in=SOLD)
