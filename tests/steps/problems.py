"""Reporting that a code does not work, as a customer with the order's link does it."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.lib import crypto
from orders.models import Code, Order
from tests.steps.factories import CODE, make_code, make_order, make_payment
from tests.steps.photos import jpeg


def sold_order(*, code: str = CODE, **values: Any) -> Order:
    """An order whose code was delivered and paid for."""
    order = make_order(**{"status": "delivered", "ready_at": "2026-11-01T10:00Z"} | values)
    make_payment(order, status="captured", amount_captured=order.price)
    make_code(order, code)
    return order


def submit(order: Order, step: str = "", **values: Any) -> Any:
    """Answer one question, and follow to the next page."""
    response = Client().post(f"{order.secret_link()}problem/", {"step": step} | values, follow=True)
    order.refresh_from_db()
    return response


def answer_until_serial(order: Order) -> None:
    submit(order, "shows", answer="code")
    submit(order, "button", answer="unsure")


def correct_serial(order: Order, label: str) -> Any:
    """Read another serial than was ordered, and say that the label shows it."""
    answer_until_serial(order)
    submit(order, "serial", serial=label)
    return submit(order, "compare", answer="typed")


def send_photos(order: Order, words: str = "") -> Any:
    submit(order, "changed", answer="no")
    photos = {name: SimpleUploadedFile(f"{name}.jpg", jpeg()) for name in ("label", "display")}
    return submit(order, "photos", words=words, **photos)


def report(order: Order, words: str = "It says ERR") -> Any:
    """Report it to staff: the serial was read as it was ordered."""
    answer_until_serial(order)
    submit(order, "serial", serial=order.serial)
    return send_photos(order, words)


def digits(order: Order) -> str:
    code: Code = order.codes.get(is_current=True)
    return crypto.decrypt(code.code_encrypted)
