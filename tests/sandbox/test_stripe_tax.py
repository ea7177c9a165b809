"""Stripe Tax with prices that include it: what the customer pays stays, their country decides."""

from typing import Any

import pytest
import requests
from stripe import InvalidRequestError

from tests.steps.stripe_pages import post


def taxed(shop: Any, behavior: str = "inclusive", **more: Any) -> Any:
    data = {
        "currency": "eur", "unit_amount": 1499, "tax_behavior": behavior,
        "product_data": {"name": "Unlock code", "tax_code": "txcd_10000000"},
    }  # fmt: skip
    line = {"quantity": 1, "price_data": data}
    return shop.session(automatic_tax={"enabled": True}, line_items=[line], **more)


@pytest.mark.parametrize(
    ("country", "tax"), [("DE", 239), ("IE", 280), ("GB", 250), ("CH", 112), ("US", 0), ("JP", 0)]
)
def test_the_payers_country_decides_the_tax_within_the_price(
    shop: Any, client: Any, country: str, tax: int
) -> None:
    session = taxed(shop)
    shop.pay(session.id, country=country)
    seen = client.v1.checkout.sessions.retrieve(session.id)
    assert (seen.amount_total, seen.total_details.amount_tax) == (1499, tax)
    assert seen.automatic_tax.status == "complete"
    assert seen.customer_details.address.country == country
    line = client.v1.checkout.sessions.line_items.list(session.id).data[0]
    assert (line.amount_total, line.amount_tax) == (1499, tax)


def test_the_charge_is_the_whole_price(shop: Any) -> None:
    intent = shop.intent(shop.pay(taxed(shop).id, country="FR"))
    assert (intent.amount, intent.latest_charge.amount_captured) == (1499, 1499)


def test_before_payment_nobody_knows_the_tax(shop: Any) -> None:
    session = taxed(shop)
    assert session.automatic_tax.status == "requires_location_inputs"
    assert session.total_details.amount_tax == 0
    assert "includes the tax of your country" in requests.get(session.url, timeout=3).text


def test_the_page_asks_for_the_country(shop: Any, client: Any) -> None:
    session = taxed(shop)
    assert post(session.url, country="").status_code == 422
    post(session.url, country="IE")
    assert client.v1.checkout.sessions.retrieve(session.id).total_details.amount_tax == 280


def test_without_being_asked_it_works_out_no_tax(shop: Any, client: Any) -> None:
    session = shop.session()
    shop.pay(session.id, country="DE")
    seen = client.v1.checkout.sessions.retrieve(session.id)
    assert (seen.automatic_tax.enabled, seen.automatic_tax.status) == (False, None)
    assert seen.total_details.amount_tax == 0


@pytest.mark.parametrize("behavior", ["unspecified", "exclusive"])
def test_it_refuses_prices_that_do_not_say_they_include_it(shop: Any, behavior: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        taxed(shop, behavior)
    assert refused.value.param == "line_items[0][price_data][tax_behavior]"
