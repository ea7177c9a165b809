from orders.models import Order
from orders.retrieval.answers import Answer, Found, UnknownHere
from orders.retrieval.families import released_code


class ComputedCode:
    """Computes codes that follow from the serial, of families that are released."""

    def ask(self, order: Order) -> Answer:
        found = released_code(order.radio, order.canonical_serial)
        return Found(found.code) if found else UnknownHere("no code is computed for this serial")
