"""Checks a provider's code before it is believed."""

from orders.models import Order
from orders.retrieval.answers import Answer, Found, WrongCode
from orders.retrieval.calculators import compute
from orders.serials.confusables import Pattern


def fits(code: str, order: Order) -> bool:
    """Whether the text has the form of a code of this radio. No other is delivered."""
    return Pattern(order.radio.code_pattern).fits(code)


def is_computed(code: str, order: Order) -> bool:
    """Whether it is the code that follows from the serial: 0000 may be one, too."""
    found = compute(order.radio.code_family, order.canonical_serial)
    return found is not None and found.code == code


def validated(answer: Answer, order: Order) -> Answer:
    if not isinstance(answer, Found):
        return answer
    if not fits(answer.code, order):
        return WrongCode("a code of the wrong shape")
    if answer.code in order.radio.placeholders and not is_computed(answer.code, order):
        return WrongCode("a placeholder instead of a code")
    return answer
