"""Serials that people write in several ways: one radio, one hash, one code."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from guides.models import Brand
from orders.forms.order import OrderForm
from orders.forms.place import place
from orders.forms.serial import read_serial
from orders.models import Block, CodeBookEntry, Order, Radio
from orders.radio_files import load_radios
from orders.tasks import retrieve_code
from tests.steps.factories import make_code, make_order, make_staff

pytestmark = pytest.mark.django_db

ALIKE = [
    ("honda", "U1234L5678", "12345678"),
    ("ford", "M0123456", "M123456"),
    ("ford", "V0123456", "V123456"),
]
# true where the shop computes it: one that differs goes to staff
CODES = {("honda", "12345678"): "12345", ("ford", "M123456"): "2487"}


@pytest.fixture(autouse=True)
def shops_own_radios() -> None:
    for slug, name in (("honda", "Honda"), ("ford", "Ford")):
        Brand.objects.create(slug=slug, name=name, key=slug)
    load_radios()


def ordered(slug: str, serial: str, **values: Any) -> Order:
    """By the form's own way from what was typed to what is stored."""
    brand = Brand.objects.get(slug=slug)
    fallback = Radio.objects.get(brand=brand, is_fallback=True)
    answers = {
        "form_key": "5d1f3c6e-0f43-4a51-9d0e-3f3b7a0b9f10", "shows": "code", "serial": serial,
        "email": "anna@example.com", "is_owner": "on", "consent": "on",
    }  # fmt: skip
    form = OrderForm(answers, brand=brand, fallback=fallback)
    assert form.is_valid(), form.errors
    order = place(form)
    Order.objects.filter(pk=order.pk).update(form_key=str(order.pk).rjust(32, "0"), **values)
    order.refresh_from_db()
    return order


def radio_of(slug: str, serial: str) -> Radio:
    shape = read_serial(serial, Brand.objects.get(slug=slug)).shape
    assert shape
    return Radio.objects.get(pk=shape.key)


@pytest.mark.parametrize(("slug", "one", "other"), ALIKE)
def test_both_ways_are_one_radio_and_each_order_keeps_what_was_typed(
    slug: str, one: str, other: str
) -> None:
    first, second = ordered(slug, one), ordered(slug, other)
    assert first.pk != second.pk
    assert (first.serial, second.serial) == (one, other)
    assert first.serial_hash == second.serial_hash


def test_a_zero_that_is_one_of_six_digits_stays() -> None:
    radio = radio_of("ford", "M012345")
    assert radio.canonical("M012345") == "M012345"
    assert radio.serial_for_supplier("M012345") == "012345"


@pytest.mark.parametrize(("slug", "one", "other"), ALIKE)
def test_what_was_sold_in_one_way_is_found_in_the_other(slug: str, one: str, other: str) -> None:
    radio = radio_of(slug, one)
    code = "12345" if slug == "honda" else "4307"
    make_code(make_order(radio=radio, serial=one, status="delivered"), code)
    order = make_order(radio=radio, serial=other, status="placed")
    retrieve_code(order.pk)
    assert order.codes.get().digits == code


@pytest.mark.parametrize("turn", [lambda pair: pair, reversed])
@pytest.mark.parametrize(("slug", "one", "other"), ALIKE)
def test_the_code_book_knows_both(
    slug: str, one: str, other: str, turn: Callable[[Any], Any], tmp_path: Any
) -> None:
    listed, typed = turn((one, other))
    code = CODES.get((slug, other), "4307")
    path = tmp_path / "codes.csv"
    path.write_text(f"brand,serial,code\n{slug},{listed},{code}\n")
    call_command("import_codes", str(path), stdout=StringIO(), stderr=StringIO())
    order = make_order(radio=radio_of(slug, typed), serial=typed, status="placed")
    retrieve_code(order.pk)
    assert order.codes.get().digits == code


def test_staff_find_an_entry_by_either(client: Client) -> None:
    brand = Brand.objects.get(slug="honda")
    entry = CodeBookEntry.make(brand, "12345678", "12345")
    entry.save()
    client.force_login(make_staff("vera", "view_codebookentry"))
    for typed in ("U1234 L5678", "12345678"):
        page = client.get("/admin/orders/codebookentry/", {"q": typed}).content.decode()
        assert f"/admin/orders/codebookentry/{entry.pk}/change/" in page


@pytest.mark.parametrize("turn", [lambda pair: pair, reversed])
@pytest.mark.parametrize(("slug", "one", "other"), ALIKE)
def test_the_block_list_is_not_got_round(
    slug: str, one: str, other: str, turn: Callable[[Any], Any]
) -> None:
    blocked, typed = turn((one, other))
    block = Block(kind=Block.Kind.SERIAL, reason="stolen")
    block.set_value(blocked)
    block.save()
    assert Block.names(
        Block.Kind.SERIAL, make_order(radio=radio_of(slug, typed), serial=typed).serial
    )


def test_the_shops_own_rules_change_nothing_twice_and_no_example() -> None:
    ruled = Radio.objects.exclude(canonical_pattern="")
    assert {radio.brand.slug for radio in ruled} == {"honda", "ford"}
    for radio in ruled:
        assert radio.canonical(radio.example) == radio.example
