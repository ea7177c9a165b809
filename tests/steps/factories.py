"""Rows for tests, from plain functions: `make_order(status="with_staff")`.

They put rows into any state directly, which the product never does.
"""

import itertools
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from guides.models import Brand, CarModel, Generation, Guide, Procedure
from orders.lib import crypto
from orders.models import (
    Code,
    CodeBookEntry,
    Consent,
    NotASerial,
    Order,
    Payment,
    Radio,
    Refund,
    SerialHashes,
)
from orders.models.consent import TEXTS, VERSION

SERIAL = "BP123456789012"
CODE = "4307"
_count = itertools.count(1)


def make_brand(**values: Any) -> Brand:
    values = {"name": "Nissan"} | values
    return Brand.objects.get_or_create(slug=values.pop("slug", "nissan"), defaults=values)[0]


def make_car_model(**values: Any) -> CarModel:
    """The Micra, with one generation and the steps for its presets."""
    brand = values.pop("brand", None) or make_brand()
    car_model, is_new = CarModel.objects.get_or_create(
        brand=brand, slug=values.pop("slug", "micra"), defaults={"name": "Micra"} | values
    )
    if is_new:
        guide = Guide.objects.create(
            brand=brand, car_model=car_model, title="Micra radio code", description="d", intro="i",
            last_reviewed="2026-11-01",
        )  # fmt: skip
        generation = Generation.objects.create(
            car_model=car_model, key="k12", name="Micra III", code="K12",
            year_from=2002, year_to=2010,
        )  # fmt: skip
        procedure = Procedure.objects.create(
            guide=guide, key="presets", kind="enter", title="With the preset buttons",
            serves="K12 and K13",
            steps=["Switch the radio on.", "Step each digit with presets 1 to 4."],
            drawing="presets",
        )  # fmt: skip
        procedure.generations.add(generation)
    return car_model


# A pattern of staff's that takes longer with each character, for ages with forty.
NEVER_ENDING = r"^(A|AA|1|11|[A-Z0-9])+(?!.)(?<!A|1)$"


def make_radio(**values: Any) -> Radio:
    brand = values.pop("brand", None) or make_brand()
    values = {
        "name": "Nissan radio with a serial starting BP",
        "pattern": r"^BP\d{4}[\dX]\d{7}$",
        "prefix": "BP",
        "length": 14,
        "example": SERIAL,
        "code_shape": "four digits",
        "sources": ["code_book", "desk"],
        "price": 1499,
    } | values
    key = values.pop("key", "blaupunkt_bp")
    return Radio.objects.get_or_create(brand=brand, key=key, defaults=values)[0]


def make_fallback_radio(**values: Any) -> Radio:
    return make_radio(**{
        "key": "other", "name": "Another Nissan radio", "pattern": "", "prefix": "", "length": None,
        "example": "", "sources": ["desk"], "is_fallback": True,
    } | values)  # fmt: skip


def make_supplied_radio(**values: Any) -> Radio:
    """Renault's, whose code the supplier calculates."""
    return make_radio(**{
        "brand": make_brand(slug="renault-dacia", name="Renault / Dacia"), "key": "precode",
        "name": "Renault or Dacia radio (pre-code)", "pattern": r"^[A-Z]\d{3}$", "prefix": "",
        "length": 4, "example": "A123", "sources": ["code_book", "supplier", "desk"],
        "supplier_model": "renault-dacia",
    } | values)  # fmt: skip


def make_part_number(**values: Any) -> NotASerial:
    values = {
        "what": "part number",
        "pattern": r"^7\d{9}$",
        "tell": "Ten digits starting with 7 are the part number; the serial is beside it.",
    } | values
    brand = values.pop("brand", None) or make_brand()
    return NotASerial.objects.get_or_create(brand=brand, key="part", defaults=values)[0]


def make_order(**values: Any) -> Order:
    """An order in any state, with the deadline or reason that the state calls for."""
    radio = values.pop("radio", None) or make_radio()
    serial = values.pop("serial", SERIAL)
    status = values.get("status", "pending")
    if status in ("with_staff", "payment_due", "problem"):
        values.setdefault("deadline_at", timezone.now() + timedelta(hours=24))
    if status in ("ending", "released"):
        values.setdefault("ended_because", "no_code")
    if status not in ("pending", "expired"):
        values.setdefault("placed_at", timezone.now())
    if status == "placed":
        values.setdefault("due_at", timezone.now())
    order = Order.objects.create(**{
        "brand": radio.brand, "radio": radio, "shows": "code", "email": "anna@example.com",
        "price": radio.price, "currency": "eur", "serial_encrypted": crypto.encrypt(serial),
        **SerialHashes.of(radio, radio.canonical(serial)).columns,
    } | values)  # fmt: skip
    for kind, text in TEXTS.items():
        Consent.objects.create(order=order, kind=kind, version=VERSION, text=str(text))
    return order


def make_payment(order: Order, **values: Any) -> Payment:
    return Payment.objects.create(**{
        "order": order, "amount": order.price, "currency": order.currency, "params": {},
        "session_id": f"cs_test_{next(_count)}", "intent_id": f"pi_test_{next(_count)}",
        "expires_at": timezone.now() + timedelta(minutes=45),
    } | values)  # fmt: skip


def make_refund(payment: Payment, **values: Any) -> Refund:
    number = payment.refunds.count() + 1
    values = {"amount": payment.amount, "reason": "goodwill", "number": number} | values
    if values.get("status", "due") != "due":
        values.setdefault("stripe_id", f"re_test_{next(_count)}")
    return Refund.objects.create(payment=payment, **values)


def make_code(order: Order, code: str = CODE) -> Code:
    return Code.objects.create(
        order=order, source="code_book", code_encrypted=crypto.encrypt(code),
        serial_hash=order.serial_hash, family_hash=order.family_hash,
    )  # fmt: skip


def make_code_book_entry(serial: str = SERIAL, code: str = CODE) -> CodeBookEntry:
    entry = CodeBookEntry.make(make_brand(), serial, code, origin="tests")
    entry.save()
    return entry


def make_staff(name: str = "vera", *permissions: str) -> User:
    """A member of staff with the given permissions, such as "enter_code"."""
    user = User.objects.create_user(name, f"{name}@encore.example", "secret", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user
