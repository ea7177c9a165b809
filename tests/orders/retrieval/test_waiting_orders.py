"""A code that becomes known answers every other order of its family and serial that waits."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import CodeBookEntry, Order
from orders.retrieval.chain import answer_waiting_orders
from tests.steps.attention import open_reasons
from tests.steps.code_lists import csv_of, read_file
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_brand,
    make_code,
    make_order,
    make_radio,
    make_staff,
)
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

LIST = csv_of(f"Nissan,{SERIAL},{CODE}")


def waiting(**values: object) -> Order:
    return make_order(**{"status": "with_staff"} | values)


def status(order: Order) -> str:
    order.refresh_from_db()
    # these orders have no payment: a found one asks for it at once
    return order.status.replace("payment_due", "found")


def test_a_list_answers_orders_at_the_desk(tmp_path: Path) -> None:
    orders = [waiting(email=f"{n}@example.com") for n in range(2)]
    other = waiting(serial="BP999999999999")
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert [status(order) for order in orders] == ["found", "found"]
    assert {order.codes.get().source for order in orders} <= {"code_book", "answered_before"}
    assert status(other) == "with_staff"


def test_a_list_answers_an_order_that_is_asked_for_later(tmp_path: Path) -> None:
    order = make_order(status="placed", due_at=timezone.now() + timedelta(hours=1))
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert status(order) == "found"


def test_a_list_of_another_brand_of_the_family_does_too(tmp_path: Path) -> None:
    make_radio(family="shared")
    fiat = make_radio(brand=make_brand(slug="fiat", name="Fiat"), family="shared")
    order = waiting(radio=fiat)
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert status(order) == "found"


def test_a_code_typed_for_one_order_answers_the_others(client: Client) -> None:
    first, second = waiting(), waiting(email="bea@example.com")
    client.force_login(make_staff("vera", "enter_code"))
    url = f"/admin/orders/order/{first.pk}/desk/"
    client.get(url)
    first.refresh_from_db()
    lease = {"version": first.version, "claim_token": str(first.claim_token)}
    client.post(url, lease | {"code": CODE, "read_back": CODE})  # and not added to the book
    work_until_quiet()
    assert (status(first), status(second)) == ("found", "found")
    assert second.codes.get().digits == CODE


def test_what_staff_have_open_is_left_to_them(tmp_path: Path) -> None:
    order = waiting()
    assert order.open_for(make_staff(), timedelta(minutes=15))
    token = order.claim_token
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert (status(order), order.claim_token) == ("with_staff", token)


def test_an_order_on_hold_is_left_to_them(tmp_path: Path) -> None:
    order = waiting(on_hold_at=timezone.now(), on_hold_reason="blocked")
    order.needs_attention("blocked", holds_order=True)
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert status(order) == "with_staff"


def test_another_code_than_before_is_for_staff_to_decide(tmp_path: Path) -> None:
    make_code(make_order(status="refunded"), "9911")
    order = waiting()
    read_file(tmp_path, LIST)
    work_until_quiet()
    assert (status(order), open_reasons(order)) == ("with_staff", ["other_code"])
    asked = order.attempts.count()
    work_until_quiet()
    assert order.attempts.count() == asked  # and not again and again


def test_a_sweep_finds_what_a_killed_process_left() -> None:
    order = waiting()
    CodeBookEntry.make(order.brand, SERIAL, CODE, family=order.radio.code_family).save()
    answer_waiting_orders()
    work_until_quiet()
    assert status(order) == "found"
