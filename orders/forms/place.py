"""What becomes of a form that was filled in: the order that it means, or a new one."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from orders.forms.order import OrderForm
from orders.legal import keep_consents
from orders.lib import crypto
from orders.lib.client_address import network_of
from orders.lib.mailbox import canonical
from orders.limits import refuse_more_orders
from orders.models import Order, SerialHashes, Status

BRAND_LOCKS = 2  # of PostgreSQL's advisory locks, the group that is taken here
ENDED_STATUSES = {Status.EXPIRED, Status.ENDING, Status.RELEASED, Status.REFUNDED}


class OrderedElsewhereError(Exception):
    """This form's order exists, but nothing shows that this browser made it.

    Staff may see everything that the form asks for; the order's link is for the customer alone.
    """


def place(
    form: OrderForm,
    last: Order | None = None,
    form_keys: Collection[str] = (),
) -> Order:
    """Return the order of this form: the same one if it was sent before, else a new one.

    `last` is the browser's last order: a customer who goes back from Stripe's page gets a fresh
    form, and still means the same order. `form_keys` are those of the forms that this browser
    was given. Raises OrderedElsewhereError, and TooManyError for new orders only.
    """
    form_key = form.cleaned_data["form_key"]
    is_own = str(form_key) in form_keys
    known = Order.objects.filter(form_key=form_key).first()
    own = known if is_own or known == last else None
    for order in (own, last):
        if order and _means(form, order):
            form.photos.give_to(order)
            return order
    if known and known != own and _means(form, known):
        raise OrderedElsewhereError
    return _create(form, uuid.uuid4() if known else form_key, is_own)


def _values(form: OrderForm) -> dict[str, Any]:
    data, car = form.cleaned_data, form.asked_car
    return {
        "radio_id": form.radio.pk if form.radio else None,
        "car_model_id": car.model.pk if car else None,
        "generation_id": car.generation.pk if car and car.generation else None,
        "make_typed": data["make_typed"],
        "model_typed": data["model_typed"],
        "shows": data["shows"],
        "email": data["email"],
        "date_on_screen": data["date_on_screen"],
        "serial": data["serial"],
        "second_number": data["second_number"],
        "device_number": data["device_number"],
    }


def _means(form: OrderForm, order: Order) -> bool:
    """Return whether it is the same order. Display and car may change without making it
    another.
    """
    same = ("serial", "second_number", "device_number", "date_on_screen", "mailbox", "radio_id",
            "currency")  # fmt: skip
    values = _values(form) | {
        "currency": form.chosen_currency, "mailbox": canonical(form.cleaned_data["email"]),
    }  # fmt: skip
    # an older order does not count if the button has shown another price since
    is_priced_so = order.status != Status.PENDING or order.price == _price(form)
    is_open = order.status not in ENDED_STATUSES
    return is_open and is_priced_so and all(getattr(order, n) == values[n] for n in same)


def _price(form: OrderForm) -> int:
    assert form.radio is not None
    return form.radio.price_in(form.chosen_currency)


def _create(form: OrderForm, form_key: uuid.UUID, is_own: bool) -> Order:
    values = _values(form)
    secrets = {
        f"{name}_encrypted": crypto.encrypt(value) if value else ""
        for name in ("serial", "second_number", "device_number")
        if (value := values.pop(name)) is not None
    }
    assert form.radio is not None
    serial = form.radio.canonical(form.cleaned_data["serial"])
    hashes = SerialHashes.of(form.radio, serial, form.brand.pk)
    with transaction.atomic():
        # One after the other: orders at the same moment would not count each other. Not by the
        # brand's row, which content that is being loaded may hold for a while.
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                locks = "SELECT pg_advisory_xact_lock(%s, %s)"
                cursor.execute(locks, [BRAND_LOCKS, form.brand.pk])
        if order := Order.objects.filter(form_key=form_key).first():  # a double click
            if not is_own:
                raise OrderedElsewhereError
            return order
        network = network_of(form.address)
        refuse_more_orders(network, values["email"], hashes)
        order = Order.objects.create(
            form_key=form_key,
            brand=form.brand,
            network=network,
            price=_price(form),
            currency=form.chosen_currency,
            **hashes.columns,
            **values,
            **secrets,
        )
        keep_consents(order, form.address)
        form.photos.give_to(order)
    return order
