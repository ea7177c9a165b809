"""The figures of each day, and what the home page says of them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.figures import midnight
from orders.models import Day, Dispute
from orders.tasks import write_figures
from tests.steps.factories import make_code, make_order, make_payment, make_radio, make_refund

pytestmark = pytest.mark.django_db

YESTERDAY = timezone.localdate() - timedelta(days=1)


def make_sold(placed: datetime, seconds: int) -> None:
    order = make_order(
        status="delivered", placed_at=placed, ready_at=placed + timedelta(seconds=seconds)
    )
    type(order).objects.filter(pk=order.pk).update(created_at=placed)
    make_code(order)


def make_day(day: date, orders: int, fast: int, **values: Any) -> Day:
    columns: dict[str, Any] = {"waits": {}, "providers": {}, "money": {}, "not_served": {}}
    return Day.objects.create(date=day, orders=orders, within_minute=fast, **columns | values)


def test_a_night_writes_each_day_that_is_missing() -> None:
    noon = midnight(YESTERDAY) + timedelta(hours=12)
    for seconds in (4, 5, 61):
        make_sold(noon, seconds)
    make_sold(noon - timedelta(days=2), 4)
    unserved = make_order(status="released", ended_because="no_code", placed_at=noon)
    type(unserved).objects.filter(pk=unserved.pk).update(created_at=noon)
    paid = make_payment(
        unserved, status="captured", amount_captured=1499, held_at=noon, captured_at=noon
    )
    make_refund(paid, status="succeeded", amount=500, succeeded_at=noon)
    Dispute.objects.create(
        payment=paid, stripe_id="dp_1", status="lost", reason="fraudulent", amount=999,
        currency="eur", opened_at=noon, closed_at=noon,
    )  # fmt: skip
    write_figures()
    write_figures()
    assert [day.orders for day in Day.objects.all()] == [1, 0, 4]
    day = Day.objects.get(date=YESTERDAY)
    assert (day.within_minute, day.median_seconds, day.late_seconds) == (2, 5, 61)
    assert day.waits == {"minute": 2, "hour": 1, "none": 1}
    assert day.providers == {"code_book": 3}
    assert day.money == {"eur": {"earned": 1499, "refunded": 500, "lost": 999}}
    assert day.not_served == {str(unserved.radio_id): 1}


@pytest.mark.parametrize(
    ("orders", "fast", "words"), [(99, 99, ""), (100, 97, "97% of orders"), (300, 299, "99% of")]
)
def test_home_says_the_share_from_a_hundred_orders_on(
    client: Client, orders: int, fast: int, words: str
) -> None:
    make_radio()
    make_day(YESTERDAY, orders, fast)
    make_day(YESTERDAY - timedelta(days=90), 1000, 0)  # too old to count
    lede = client.get("/").content.decode().partition('class="lede"')[2].partition("</p>")[0]
    assert (words in lede) if words else ("within a minute" not in lede)


# ------------------------------------------------------------------ the start page
def test_the_start_page_answers_four_questions(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    radio = make_radio()
    values: dict[str, Any] = {
        "waits": {"minute": 8, "none": 2},
        "providers": {"supplier": 8},
        "money": {"eur": {"earned": 11992, "refunded": 1499}, "gbp": {"earned": 1299}},
        "not_served": {str(radio.pk): 2},
    }
    make_day(YESTERDAY, 10, 8, median_seconds=4, late_seconds=180, **values)
    with django_assert_max_num_queries(40):
        page = admin_client.get("/admin/")
    waits, providers, money, not_served = page.context["charts"]
    assert "80 of 100 had their code within a minute" in waits["text"]
    assert "half of the codes took up to 4 seconds, 95 of 100 up to 3" in waits["text"]
    assert [part["words"] for part in providers["parts"]] == ["supplier"]
    assert "€104.93 + £12.99 are left" in money["text"]
    assert "2 of 10 orders" in not_served["text"]
    assert not_served["parts"][0]["words"] == radio.name
    for chart in page.context["charts"]:
        for part in chart["parts"]:
            assert admin_client.get(part["link"]).status_code == 200, part["link"]


def test_the_start_page_says_that_there_are_no_figures_yet(admin_client: Client) -> None:
    assert "There are none yet" in admin_client.get("/admin/").content.decode()
