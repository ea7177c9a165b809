from django.db.models import QuerySet

from orders.models import Code, Order, SerialHashes, Status
from orders.retrieval.answers import Answer, Found, UnknownHere
from orders.retrieval.families import INDEPENDENT, is_unconfirmed


class AnsweredBefore:
    """Repeats the code that was sold for the serial, so that one radio never gets two codes."""

    def ask(self, order: Order) -> Answer:
        codes = sold_before(order.hashes).order_by("pk")
        if is_unconfirmed(order):
            codes = codes.filter(source__in=INDEPENDENT)
        code = codes.first()
        return Found(code.digits) if code else UnknownHere()


def sold_before(hashes: SerialHashes) -> QuerySet[Code]:
    known = Code.objects.filter(hashes.rows, is_current=True)
    counts = [Status.FOUND, Status.PAYMENT_DUE, Status.READY, Status.DELIVERED]
    return known.filter(order__status__in=counts)
