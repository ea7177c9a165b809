"""What the button says is what is charged, with JavaScript or without."""

import re
from typing import Any

import pytest
from django.test import Client

from orders.models import Order, Radio
from tests.steps.factories import make_order
from tests.steps.order_form import URL, answers
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db


def price_seen(page: str) -> str:
    [value] = re.findall(r'name="price_seen" value="([^"]*)"', page)
    return str(value)


@pytest.fixture
def seen(client: Client, on_sale: None) -> str:
    Radio.objects.update(prices={"gbp": 1299})
    return price_seen(client.get(URL).text)


def test_what_was_seen_is_what_is_ordered(client: Client, stripe: Stripe, seen: str) -> None:
    assert seen == "1499 eur"
    assert client.post(URL, answers(car="", price_seen=seen)).status_code == 303
    assert Order.objects.get().price_text == "€14.99"


def test_another_currency_than_the_button_said_is_asked_about(
    client: Client, stripe: Stripe, seen: str
) -> None:
    response = client.post(URL, answers(car="", currency="gbp", price_seen=seen))
    assert response.status_code == 422
    assert "The price of this code is £12.99" in response.text
    assert "Pay £12.99 now" in response.text
    assert not Order.objects.exists()
    again = answers(car="", currency="gbp", price_seen=price_seen(response.text))
    assert client.post(URL, again).status_code == 303
    assert Order.objects.get().price_text == "£12.99"


def test_a_price_that_staff_changed_meanwhile_is_asked_about(
    client: Client, stripe: Stripe, seen: str
) -> None:
    Radio.objects.update(price=9900)
    response = client.post(URL, answers(car="", price_seen=seen))
    assert response.status_code == 422
    assert "Pay €99.00" in response.text
    assert not Order.objects.exists()


def test_the_live_answer_moves_the_price_with_the_button(client: Client, seen: str) -> None:
    page = client.post(f"{URL}serial/", answers(car="", currency="gbp", price_seen=seen)).text
    assert price_seen(page) == "1299 gbp"
    assert "Pay £12.99 now" in page


def test_beside_the_second_button_stands_the_same(client: Client, settings: Any) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    order = make_order(status="payment_due")
    page = " ".join(client.get(order.secret_link()).text.split())
    _before, _button, facts = page.partition("Pay €14.99 now")
    for words in (order.radio.name, "No extra charges", "iDEAL: charged now", "Seller"):
        assert words in facts.partition("</main")[0]
