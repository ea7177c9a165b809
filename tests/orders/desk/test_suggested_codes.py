"""Computed codes at the desk: shown when staff ask, sent as they read them back."""

from typing import Any

import pytest
from django.test import Client

from orders.models import CodeBookEntry, Comparison, Order
from orders.retrieval.families import SUGGESTED
from tests.steps.attention import open_reasons
from tests.steps.factories import make_order, make_payment, make_staff
from tests.steps.families import MICRA, MICRA_CODE, make_family, make_micra_radio

pytestmark = pytest.mark.django_db

SHOWS = f"Likely code <code>{MICRA_CODE}</code>: computed, not confirmed"
OFFERS = "Show the likely code"


@pytest.fixture
def order() -> Order:
    make_family()
    order = make_order(radio=make_micra_radio(), serial=MICRA, status="with_staff")
    make_payment(order, status="held")
    return order


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_staff("vera", "enter_code"))
    return client


def url(order: Order, below: str = "") -> str:
    return f"/admin/orders/order/{order.pk}/desk/{below}"


def opened(desk: Client, order: Order) -> str:
    return desk.get(url(order)).content.decode()


def send(desk: Client, order: Order, below: str = "", **values: Any) -> Any:
    order.refresh_from_db()
    lease = {"version": order.version, "claim_token": str(order.claim_token)}
    read_back = {"read_back": values.get("code", "")}
    response = desk.post(url(order, below), lease | read_back | values)
    order.refresh_from_db()
    return response


def test_the_page_offers_it_and_does_not_show_it(desk: Client, order: Order) -> None:
    page = opened(desk, order)
    assert OFFERS in page and MICRA_CODE not in page


def test_staff_who_ask_see_it_and_that_is_noted(desk: Client, order: Order) -> None:
    opened(desk, order)
    assert SHOWS in send(desk, order, "suggest/").content.decode()
    assert SHOWS in opened(desk, order)
    assert order.history.filter(move="suggest", by__username="vera").count() == 1


def test_what_is_sent_from_the_suggestion_proves_nothing(desk: Client, order: Order) -> None:
    opened(desk, order)
    send(desk, order, "suggest/")
    send(desk, order, code=MICRA_CODE, add_to_book="on")
    assert (order.status, order.codes.get().source) == ("found", SUGGESTED)
    assert not Comparison.objects.exists() and not CodeBookEntry.objects.exists()


def test_a_code_that_was_typed_first_confirms(desk: Client, order: Order) -> None:
    opened(desk, order)
    send(desk, order, code=MICRA_CODE, add_to_book="on")
    row = Comparison.objects.get()
    assert (order.status, row.is_equal, row.source, row.order) == ("found", True, "desk", order)
    assert CodeBookEntry.objects.get().family == "nissan_bp"


def test_another_code_is_compared_before_it_is_sent(desk: Client, order: Order) -> None:
    opened(desk, order)
    response = send(desk, order, code="4711")
    assert "from our own computing" in response.content.decode()
    assert (order.status, Comparison.objects.count()) == ("with_staff", 0)
    send(desk, order, code="4711", is_sure="on")
    assert (order.status, open_reasons(order)) == ("found", ["other_code"])
    assert Comparison.objects.get().is_equal is False


def test_another_code_after_the_suggestion_speaks_against_it(desk: Client, order: Order) -> None:
    opened(desk, order)
    send(desk, order, "suggest/")
    send(desk, order, code="4711", is_sure="on")
    assert Comparison.objects.get().is_equal is False


def test_nothing_is_suggested_while_the_family_is_off(desk: Client, order: Order) -> None:
    make_family(state="off")
    assert OFFERS not in opened(desk, order)
    assert MICRA_CODE not in send(desk, order, "suggest/").content.decode()
    assert not order.history.filter(move="suggest").exists()


def test_a_suggestion_needs_an_open_order(desk: Client, order: Order) -> None:
    response = desk.post(url(order, "suggest/"), {"version": "0", "claim_token": ""})
    assert response.status_code == 409
    assert not order.history.filter(move="suggest").exists()


def test_the_page_shows_what_the_book_knows(desk: Client, client: Client, order: Order) -> None:
    CodeBookEntry.make(order.brand, MICRA, "4711", family="nissan_bp").save()
    page = opened(desk, order)
    assert "the code book" in page and "4711" not in page
    send(desk, order, "put-back/")
    client.force_login(make_staff("olga", "enter_code", "view_code"))
    assert "<code>4711</code>" in opened(client, order)
