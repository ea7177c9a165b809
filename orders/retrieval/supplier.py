from typing import Any

from django.utils.translation import gettext as _

from orders.models import Alert, Licence, Order, Provider, Radio, raise_alert
from orders.retrieval import pelock
from orders.retrieval.answers import Answer, Broken, Found, TryAgain, UnknownHere
from orders.retrieval.circuit_breaker import Circuit
from orders.retrieval.pelock import BadAnswerError, ErrorCode, NoAnswerError
from orders.retrieval.validation import validated
from orders.serials.supplier_models import SupplierModel, is_taken

FINAL = {
    ErrorCode.WRONG_INPUT,
    ErrorCode.SERIAL_LENGTH,
    ErrorCode.SERIAL_SHAPE,
    ErrorCode.SERIAL_NOT_SUPPORTED,
}  # for this serial: a repeated request would get the same


CIRCUIT = Circuit("supplier")


class Supplier:
    """Asks PELock's calculator, for radios that name one of its models."""

    def ask(self, order: Order) -> Answer:
        if order.radio.supplier_model not in SupplierModel:
            return Broken("this radio's model is none that we ask for")
        model = SupplierModel(order.radio.supplier_model)
        serial = serial_to_ask(order.radio, model, order.serial)
        if serial is None:
            return UnknownHere("not asked: it does not take serials of this shape")
        if refusal := CIRCUIT.refusal():
            return refusal
        answer = validated(calculate(model, serial), order)
        if CIRCUIT.record(answer) and isinstance(answer, Broken):
            alert_staff(answer)
        return answer


def serial_to_ask(radio: Radio, model: SupplierModel, serial: str) -> str | None:
    """Return the serial in the supplier's form, or None if it does not accept that."""
    converted = radio.serial_for_supplier(serial)
    return converted if converted is not None and is_taken(model, converted) else None


def can_answer(radio: Radio, serial: str) -> bool | None:
    """Whether the supplier would have the code now. None: it did not work, and may work again."""
    is_asked = Provider.SUPPLIER in radio.sources and Provider.SUPPLIER.is_on
    if not is_asked or radio.supplier_model not in SupplierModel:
        return False
    if (
        serial_to_ask(radio, SupplierModel(radio.supplier_model), serial) is None
        or Licence.has_ended()
    ):
        return False
    return CIRCUIT.is_closed()


def alert_staff(answer: Broken) -> None:
    """Alert staff. Not when it only gives no answer: its orders come to the desk by themselves."""
    key = "supplier:licence" if answer.for_all else "supplier:answers"
    words = _(
        "The supplier of codes is not asked for now: %(why)s. It is tried again by itself. "
        "Until then the next provider of its radios is asked."
    )
    raise_alert(Alert.Kind.SUPPLIER, key, words % {"why": answer.why})


def calculate(model: SupplierModel, serial: str) -> Answer:
    try:
        return read(pelock.ask("calc", radio_model=model.value, serial=serial, extra=""))
    except NoAnswerError as error:
        return TryAgain(error.after, error.why)
    except BadAnswerError as error:
        return Broken(error.why, error.for_all)


def read(reply: dict[str, Any]) -> Answer:
    error = reply["error"]
    if error == ErrorCode.SUCCESS:
        code = reply.get("code")
        # a number would have lost its leading zeros
        return Found(code) if isinstance(code, str) else Broken("an answer without a code")
    if error in FINAL:
        return UnknownHere(f"error {error}")
    if error == ErrorCode.LICENCE:
        return Broken("the licence has ended or is refused (error 100)", for_all=True)
    return Broken(f"error {error}")
