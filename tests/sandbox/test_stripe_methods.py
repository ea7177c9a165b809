"""Ways to pay: what each can do, in which currency, and what it costs at least."""

from typing import Any

import pytest
import requests
from stripe import InvalidRequestError

from tests.steps.stripe_pages import post

MANUAL = {"capture_method": "manual"}
AUTHORIZED_FIRST = ("card", "link", "paypal", "klarna")
TAKEN_AT_ONCE = ("ideal", "bancontact")


def line(amount: int, currency: str) -> list[Any]:
    data = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Code"}}
    return [{"quantity": 1, "price_data": data}]


def with_options(shop: Any) -> Any:
    return shop.session(payment_method_options=dict.fromkeys(AUTHORIZED_FIRST, MANUAL))


@pytest.mark.parametrize("method", AUTHORIZED_FIRST)
def test_it_holds_what_can_be_held(shop: Any, client: Any, method: str) -> None:
    intent = shop.pay(with_options(shop).id, method=method)
    assert shop.intent(intent).status == "requires_capture"
    assert client.v1.payment_intents.capture(intent).status == "succeeded"


@pytest.mark.parametrize("method", TAKEN_AT_ONCE)
def test_it_takes_at_once_what_cannot_be_held(shop: Any, method: str) -> None:
    intent = shop.intent(shop.pay(with_options(shop).id, method=method))
    assert (intent.status, intent.latest_charge.captured) == ("succeeded", True)
    assert intent.latest_charge.payment_method_details.type == method


def test_a_bank_debit_is_on_its_way_even_beside_what_is_held(shop: Any) -> None:
    assert shop.intent(shop.pay(with_options(shop).id, method="sepa_debit")).status == "processing"


@pytest.mark.parametrize("method", [*TAKEN_AT_ONCE, "sepa_debit"])
def test_it_refuses_to_hold_what_cannot_be_held(shop: Any, method: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.session(payment_method_options={method: MANUAL})
    assert refused.value.param == f"payment_method_options[{method}][capture_method]"
    with pytest.raises(InvalidRequestError, match="No valid payment method types"):
        shop.session(payment_intent_data=MANUAL, allowed_payment_method_types=[method])


@pytest.mark.parametrize(("method", "days"), [("card", 7), ("paypal", 10), ("klarna", 28)])
def test_a_hold_lapses_after_the_methods_days(
    shop: Any, stand_in: Any, method: str, days: int
) -> None:
    intent = shop.pay(with_options(shop).id, method=method)
    stand_in.advance_clock(days=days, seconds=-60)
    assert shop.intent(intent).status == "requires_capture"
    stand_in.advance_clock(minutes=2)
    assert shop.intent(intent).status == "canceled"


def test_it_offers_what_the_currency_allows(shop: Any) -> None:
    asked = ["card", "ideal", "paypal", "sepa_debit"]
    euros = shop.session(allowed_payment_method_types=asked)
    dollars = shop.session(allowed_payment_method_types=asked, line_items=line(500, "usd"))
    assert euros.payment_method_types == asked
    assert dollars.payment_method_types == ["card", "paypal"]


def test_it_refuses_a_session_that_nobody_could_pay(shop: Any) -> None:
    with pytest.raises(InvalidRequestError, match="No valid payment method types"):
        shop.session(allowed_payment_method_types=["ideal"], line_items=line(500, "gbp"))


def test_it_excludes_what_the_shop_does_not_want(shop: Any) -> None:
    session = shop.session(excluded_payment_method_types=["klarna"])
    assert "paypal" in session.payment_method_types
    assert "klarna" not in session.payment_method_types


def test_paypals_own_page_may_be_left_without_paying(shop: Any, stand_in: Any) -> None:
    session = shop.session()
    there = stand_in.url + post(session.url, method="paypal").headers["Location"]
    assert "PayPal asks: do you agree?" in requests.get(there, timeout=3).text
    back = requests.post(there, data={"answer": "fail"}, timeout=3)
    assert "The payment at PayPal was cancelled." in back.text
    assert [e["type"] for e in stand_in.events()][-1] == "payment_intent.payment_failed"
    post(session.url, method="paypal")
    done = requests.post(there, data={"answer": "complete"}, timeout=3, allow_redirects=False)
    assert done.headers["Location"].startswith("http://shop.test/thanks/")


def test_a_bank_debit_is_promised_on_the_page_itself(shop: Any) -> None:
    assert post(shop.session().url, method="sepa_debit").headers["Location"].startswith("http://")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(1500, "jpy", "¥1,500"), (1499, "eur", "€14.99"), (5120, "kwd", "KWD 5.120")],
)
def test_the_page_writes_each_currency_with_its_own_decimals(
    shop: Any, amount: int, currency: str, shown: str
) -> None:
    session = shop.session(line_items=line(amount, currency))
    assert f"Pay {shown}" in requests.get(session.url, timeout=3).text
    assert session.amount_total == amount


@pytest.mark.parametrize(
    ("least", "currency"), [(50, "eur"), (30, "gbp"), (50, "jpy"), (300, "sek"), (1500, "czk")]
)
def test_it_refuses_less_than_the_currencys_smallest_amount(
    shop: Any, least: int, currency: str
) -> None:
    assert shop.session(line_items=line(least, currency)).amount_total == least
    with pytest.raises(InvalidRequestError) as refused:
        shop.session(line_items=line(least - 1, currency))
    assert refused.value.code == "amount_too_small"


def test_it_refuses_amounts_below_zero(shop: Any) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.session(line_items=line(-1, "eur"))
    assert refused.value.code == "parameter_invalid_integer"


def test_it_refuses_what_it_would_only_forget(shop: Any) -> None:
    with pytest.raises(InvalidRequestError, match="does not know `tax_id_collection` yet"):
        shop.session(tax_id_collection={"enabled": True})
