from typing import Any

from django.utils.translation import gettext as _

from orders.models import Alert, Licence, Order, Radio, Source, tell_staff
from orders.retrieval import pelock
from orders.retrieval.answers import Answer, Broken, Found, TryAgain, UnknownHere
from orders.retrieval.circuit_breaker import Circuit
from orders.retrieval.pelock import NonsenseError, Told, TroubleError
from orders.retrieval.validation import checked
from orders.serials.supplier_models import SupplierModel, is_taken

FINAL = {
    Told.WRONG_INPUT,
    Told.SERIAL_LENGTH,
    Told.SERIAL_SHAPE,
    Told.SERIAL_NOT_SUPPORTED,
}  # of this serial; asking again would change nothing


CIRCUIT = Circuit("supplier")


class Supplier:
    """PELock's calculator, for the radios that name a model of it and for no other."""

    def ask(self, order: Order) -> Answer:
        if order.radio.supplier_model not in SupplierModel:
            return Broken("this radio's model is none that we ask for")
        model = SupplierModel(order.radio.supplier_model)
        serial = taken(order.radio, model, order.serial)
        if serial is None:
            return UnknownHere("not asked: it does not take serials of this shape")
        if refusal := CIRCUIT.refusal():
            return refusal
        answer = checked(calculate(model, serial), order)
        if CIRCUIT.note(answer) and isinstance(answer, Broken):
            tell_of(answer)
        return answer


def taken(radio: Radio, model: SupplierModel, serial: str) -> str | None:
    """What it is asked with, or None where it does not take that."""
    told = radio.serial_for_supplier(serial)
    return told if told is not None and is_taken(model, told) else None


def serves(radio: Radio, serial: str) -> bool | None:
    """Whether it would have the code now, as far as anybody can tell without asking. None: it did
    not work, and perhaps does again."""
    is_asked = Source.SUPPLIER in radio.sources and Source.SUPPLIER.is_on
    if not is_asked or radio.supplier_model not in SupplierModel:
        return False
    if taken(radio, SupplierModel(radio.supplier_model), serial) is None or Licence.has_ended():
        return False
    return CIRCUIT.is_closed()


def tell_of(answer: Broken) -> None:
    """Of one that is merely away staff are not told: its orders come to the desk by themselves."""
    key = "supplier:licence" if answer.for_all else "supplier:answers"
    words = _(
        "The supplier of codes is left alone for now: %(why)s. It is tried again by itself. "
        "Meanwhile its radios go to their next source."
    )
    tell_staff(Alert.Kind.SUPPLIER, key, words % {"why": answer.why})


def calculate(model: SupplierModel, serial: str) -> Answer:
    try:
        return read(pelock.ask("calc", radio_model=model.value, serial=serial, extra=""))
    except TroubleError as trouble:
        return TryAgain(trouble.after, trouble.why)
    except NonsenseError as nonsense:
        return Broken(nonsense.why, nonsense.for_all)


def read(told: dict[str, Any]) -> Answer:
    error = told["error"]
    if error == Told.SUCCESS:
        code = told.get("code")
        # a number would have lost the zeros in front
        return Found(code) if isinstance(code, str) else Broken("an answer without a code")
    if error in FINAL:
        return UnknownHere(f"error {error}")
    if error == Told.LICENCE:
        return Broken("the licence has ended or is refused (error 100)", for_all=True)
    return Broken(f"error {error}")
