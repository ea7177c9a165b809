"""Prices in other currencies: chosen on the form, kept with the order, charged by Stripe."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.formats import localize

from guides.loading.files import ContentError
from guides.models import Guide
from orders.models import Order, Radio
from orders.money import CURRENCIES, THREE_DECIMAL, WHOLE_ONLY, ZERO_DECIMAL, format_money
from orders.radio_files import load_radios
from orders.views.offer import offer_for
from tests.steps.factories import make_brand, make_car_model, make_radio
from tests.steps.order_form import URL, answers
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db

PRICES = {"gbp": 1299, "jpy": 2400, "kwd": 4990}
FILE = """
price: 1499
prices: {prices}
code_pattern: '^\\d{{4}}$'
code_shape: four digits
radios:
  - {{key: other, name: Another radio, is_fallback: true, sources: [desk], facts: [some.fact]{own}}}
"""


@pytest.fixture
def in_more_currencies(on_sale: None) -> None:
    make_car_model()
    Radio.objects.update(prices=PRICES)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def select(client: Client) -> str:
    page = text(client.get(URL))
    return page.partition('name="currency"')[2].partition("</select>")[0]


# ------------------------------------------------------------------ how an amount is written
@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1499, "eur", "€14.99"),
        (1299, "gbp", "£12.99"),
        (5, "usd", "$0.05"),
        (2400, "jpy", "¥2,400"),
        (4990, "kwd", "KWD\N{NO-BREAK SPACE}4.990"),
        (1490, "chf", "CHF\N{NO-BREAK SPACE}14.90"),
        (-1499, "eur", "-€14.99"),
        (-5, "usd", "-$0.05"),
        (-2400, "jpy", "-¥2,400"),
    ],
)
def test_an_amount_is_written_with_its_currencys_places(
    amount: int, currency: str, written: str
) -> None:
    assert format_money(amount, currency) == written


def test_every_special_currency_is_one_that_can_be_charged() -> None:
    assert ZERO_DECIMAL | THREE_DECIMAL | WHOLE_ONLY <= CURRENCIES
    assert not (ZERO_DECIMAL & THREE_DECIMAL or ZERO_DECIMAL & WHOLE_ONLY)


# ------------------------------------------------------------------ the form
def test_other_currencies_are_offered_where_there_are_prices(
    client: Client, in_more_currencies: None
) -> None:
    offered = select(client)
    for name in ("EUR €", "GBP £", "JPY ¥", "KWD"):
        assert f">{name}</option>" in offered


def test_nothing_is_offered_where_there_is_one_price(client: Client, on_sale: None) -> None:
    assert 'type="hidden" name="currency"' in client.get(URL).text
    assert "currency</summary>" not in text(client.get(URL))


@pytest.mark.parametrize(("currency", "price"), [("", 1499), ("eur", 1499), *PRICES.items()])
def test_the_order_keeps_price_and_currency_that_were_chosen(
    client: Client, stripe: Stripe, in_more_currencies: None, currency: str, price: int
) -> None:
    assert client.post(URL, answers(currency=currency)).status_code == 303
    order = Order.objects.get()
    assert (order.price, order.currency) == (price, currency or "eur")
    session = stripe.books()["checkout.session"][0]
    assert (session["amount_total"], session["currency"]) == (price, currency or "eur")


def test_a_price_changed_later_does_not_change_the_order(
    client: Client, stripe: Stripe, in_more_currencies: None
) -> None:
    client.post(URL, answers(currency="gbp"))
    Radio.objects.update(prices={"gbp": 9900})
    order = Order.objects.get()
    assert order.price_text == "£12.99"
    assert order.payments.get().amount == 1299


def test_another_currency_is_another_order(
    client: Client, stripe: Stripe, in_more_currencies: None
) -> None:
    for currency in ("eur", "gbp", "gbp"):
        client.post(URL, answers(currency=currency))
    assert sorted(Order.objects.values_list("currency", flat=True)) == ["eur", "gbp"]


def test_a_currency_that_is_not_offered_is_refused(
    client: Client, in_more_currencies: None
) -> None:
    response = client.post(URL, answers(currency="usd"))
    assert response.status_code == 422
    assert not Order.objects.exists()


def test_the_choice_stays_when_the_form_comes_back(
    client: Client, in_more_currencies: None
) -> None:
    page = text(client.post(URL, answers(currency="gbp", email="")))
    assert '<option value="gbp" selected>' in page
    assert "Pay £12.99 now" in page


def test_the_live_answer_tells_price_and_terms_of_the_chosen_currency(
    client: Client, in_more_currencies: None, settings: Any
) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    page = text(client.post(f"{URL}serial/", answers(currency="gbp")))
    assert "Pay £12.99 now" in page
    assert "£12.99.</b>" in page
    assert "iDEAL" not in page


def test_guides_tell_the_shops_own_currency(client: Client, in_more_currencies: None) -> None:
    page = client.get("/nissan/").content.decode()
    assert "£" not in page


# ------------------------------------------------------------------ files and admin
def load(folder: Path, prices: str, own: str = "") -> None:
    make_brand()
    path = folder / "nissan.yaml"
    path.write_text(FILE.format(prices=prices, own=own))
    load_radios([path])


def test_prices_come_from_the_file_each_radio_may_have_its_own(tmp_path: Path) -> None:
    load(tmp_path, "{gbp: 1299}", own=", prices: {gbp: 999, jpy: 1500}")
    assert Radio.objects.get().prices == {"gbp": 999, "jpy": 1500}


def test_prices_at_the_top_are_every_radios(tmp_path: Path) -> None:
    load(tmp_path, "{gbp: 1299}")
    radio = Radio.objects.get()
    assert (radio.price_in("gbp"), radio.price_in("eur")) == (1299, 1499)


WRONG = [
    ("{eur: 1499}", "the currency of the price itself"),
    ("{GBP: 1299}", "is no currency that can be charged"),
    ("{xyz: 1299}", "is no currency that can be charged"),
    ("{gbp: 0}", "greater than 0"),
    ("{kwd: 4995}", "only multiples of 10"),
    ("{isk: 150050}", "only multiples of 100"),
]


@pytest.mark.parametrize(("prices", "told"), WRONG)
def test_a_price_that_stripe_would_refuse_does_not_load(
    tmp_path: Path, prices: str, told: str
) -> None:
    with pytest.raises(ContentError) as error:
        load(tmp_path, prices)
    assert told in str(error.value)


def saved_in_admin(client: Client, prices: str) -> Any:
    address = f"/admin/orders/radio/{make_radio().pk}/change/"
    form = client.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value is not None and value is not False}
    sent |= {"prices": prices, "sources_0": "desk"}
    return client.post(address, sent)


def test_staff_change_prices_in_the_admin(admin_client: Client) -> None:
    response = saved_in_admin(admin_client, "gbp 13.99\nJPY 2400")
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert Radio.objects.get().prices == {"gbp": 1399, "jpy": 2400}


@pytest.mark.parametrize(
    "prices",
    ["eur 12.99", "gbp 12,99", "gbp", "12.99", "xyz 1", "kwd 4.995", "gbp 0", "gbp 1\ngbp 2"],
)
def test_the_admin_refuses_prices_that_cannot_be_charged(admin_client: Client, prices: str) -> None:
    response = saved_in_admin(admin_client, prices)
    assert "prices" in response.context["adminform"].form.errors


def test_public_pages_name_the_other_prices(in_more_currencies: None) -> None:
    offer = offer_for(Guide(brand=Radio.objects.all()[0].brand))
    assert offer and offer.price_text == "€14.99" and "£12.99" in offer.other_prices


def test_dates_read_alike_everywhere() -> None:
    at = datetime(2026, 11, 29, 13, 35, tzinfo=UTC)
    assert localize(at) == "29 Nov 2026, 13:35"


@pytest.mark.parametrize(
    ("languages", "currency"),
    [
        ("en-GB,en;q=0.9", "gbp"),
        ("en-US,ja-JP;q=0.8", "jpy"),  # dollars are not offered
        ("de-DE,en-GB;q=0.5", "eur"),
        ("en", "eur"),
        ("", "eur"),
    ],
)
def test_the_form_begins_in_the_visitors_currency(
    client: Client, in_more_currencies: None, languages: str, currency: str
) -> None:
    page = client.get(URL, headers={"Accept-Language": languages}).context["form"]
    assert page.chosen_currency == currency
