"""The list of the desk, and the way from one order to the next."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin.desk import order_list
from orders.admin.masking import in_groups
from orders.lib import crypto
from orders.models import CodeBookEntry, Order, Question, code_family
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_brand,
    make_order,
    make_payment,
    make_radio,
    make_staff,
)
from tests.steps.families import make_family, make_ford_radio

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

LIST = "/admin/orders/order/desk/"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_staff("vera", "enter_code"))
    return client


def at_desk(hours: int, **values: Any) -> Order:
    ends = timezone.now() + timedelta(hours=hours)
    return make_order(status="with_staff", deadline_at=ends, **values)


def url(order: Order, below: str = "") -> str:
    return f"{LIST.removesuffix('desk/')}{order.pk}/desk/{below}"


def opened(desk: Client, order: Order) -> dict[str, Any]:
    desk.get(url(order))
    order.refresh_from_db()
    return {"version": order.version, "claim_token": str(order.claim_token)}


def test_the_list_has_the_soonest_deadline_on_top(desk: Client) -> None:
    late, soon = at_desk(9), at_desk(1)
    page = desk.get(LIST).content.decode()
    assert page.index(soon.number) < page.index(late.number)


def test_the_list_can_be_searched(desk: Client) -> None:
    anna, otto = at_desk(1), at_desk(2)
    page = desk.get(LIST, {"q": otto.number[3:]}).content.decode()
    assert otto.number in page
    assert anna.number not in page


def test_who_may_see_addresses_searches_for_them(desk: Client) -> None:
    order = at_desk(2, email="otto@example.com")
    assert order.number not in desk.get(LIST, {"q": "otto@"}).content.decode()
    desk.force_login(make_staff("paul", "enter_code", "view_order"))
    for asked in ("otto@", "Otto@EXAMPLE.com\u200e", f"Order {order.number}."):
        assert order.number in desk.get(LIST, {"q": asked}).content.decode()


def test_the_list_shows_what_is_needed_and_what_is_likely(desk: Client) -> None:
    make_order(status="released", serial="BP111111111111")
    ford = make_ford_radio()
    make_family("ford_m")
    serials = {"code book": SERIAL, "serial ordered before": "BP111111111111"}
    orders = {words: at_desk(1, serial=serial) for words, serial in serials.items()}
    orders["computed"] = at_desk(1, radio=ford, serial="M123456")
    CodeBookEntry.make(make_brand(), SERIAL, CODE, family=code_family(make_radio())).save()
    rows = desk.get(LIST).content.decode().split("<tr>")
    for words, order in orders.items():
        (row,) = [each for each in rows if order.number in each]
        assert re.findall(r'<b class="flag">(.*?)</b>', row) == [words]
        assert in_groups(order.serial) in row
    assert CODE not in "".join(rows)


@pytest.mark.parametrize(("asked", "found"), [
    ({"family": "ford_m"}, "ford"), ({"show": "mine"}, "mine"), ({"show": "asked"}, "asked"),
    ({"q": "BP11 1111 1111 11"}, "mine"), ({"show": "problem"}, "problem"),
    ({"show": "free", "q": "ford"}, "ford"),
])  # fmt: skip
def test_the_list_is_filtered(desk: Client, asked: dict[str, str], found: str) -> None:
    ford = make_ford_radio()
    orders = {
        "ford": at_desk(1, radio=ford, serial="M123456"),
        "mine": at_desk(2, serial="BP111111111111"),
        "asked": at_desk(3),
        "problem": at_desk(4, serial="BP222222222222"),
    }
    Order.objects.filter(pk=orders["problem"].pk).update(status="problem")
    desk.get(url(orders["mine"]))
    Question.objects.create(order=orders["asked"], text_encrypted=crypto.encrypt("Which car?"))
    page = desk.get(LIST, asked).content.decode()
    assert {name for name, order in orders.items() if order.number in page} == {found}


def test_the_list_refreshes_itself_with_a_count_in_its_title(desk: Client) -> None:
    at_desk(1)
    page = desk.get(LIST).content.decode()
    assert "<title> (1) Desk |" in " ".join(page.split()) and 'data-hx-get="' + LIST in page
    order = at_desk(2)
    part = desk.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert "<title>(2) Desk |" in part and order.number in part and "<html" not in part


def test_the_list_asks_no_more_for_more_rows(desk: Client) -> None:
    counts = []
    for hours in range(1, 4):
        at_desk(hours)
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST, headers={"HX-Request": "true"})
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_the_list_has_pages(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_list, "PER_PAGE", 1)
    first, second = at_desk(1), at_desk(2)
    page = desk.get(LIST, {"page": 2}).content.decode()
    assert second.number in page and first.number not in page and "Page 2 of 2" in page


def test_the_list_says_who_has_an_order_open(desk: Client) -> None:
    order = at_desk(1)
    order.open_for(make_staff("paul"), timedelta(minutes=15))
    assert "paul until" in desk.get(LIST).content.decode()


def test_after_a_code_comes_the_next_order(desk: Client) -> None:
    order, later = at_desk(1), at_desk(2)
    make_payment(order, status="held")
    response = desk.post(url(order), opened(desk, order) | {"code": CODE, "read_back": CODE})
    assert response["Location"] == url(later)


def test_putting_back_frees_the_order_and_goes_on(desk: Client) -> None:
    first, second = at_desk(1), at_desk(2)
    response = desk.post(url(first, "put-back/"), opened(desk, first))
    first.refresh_from_db()
    assert response["Location"] == url(second)
    assert (first.opened_by, first.claimed_until, first.status) == (None, None, "with_staff")


def test_the_next_order_is_one_that_nobody_has_open(desk: Client) -> None:
    taken, free = at_desk(1), at_desk(2)
    taken.open_for(make_staff("paul"), timedelta(minutes=15))
    assert desk.get(f"{LIST}next/")["Location"] == url(free)


def test_after_the_last_order_comes_the_first_that_was_put_back(desk: Client) -> None:
    first, last = at_desk(1), at_desk(2)
    response = desk.post(url(last, "put-back/"), opened(desk, last))
    assert response["Location"] == url(first)


def test_after_the_only_order_comes_the_list(desk: Client) -> None:
    only = at_desk(1)
    assert desk.post(url(only, "put-back/"), opened(desk, only))["Location"] == LIST
