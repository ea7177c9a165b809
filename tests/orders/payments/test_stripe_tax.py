"""VAT within the price: our own rate, or what Stripe Tax works out by the buyer's country."""

from typing import Any

import pytest
from django.core.checks import run_checks

from orders.models import Order, Payment
from orders.payments.checkout import checkout_url
from orders.payments.sync import sync_payment
from tests.steps.factories import make_code_book_entry, make_order
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe_tax(settings: Any) -> None:
    settings.STRIPE_TAX = True


def paid_from(stripe: Stripe, country: str) -> tuple[Order, Payment]:
    order = make_order()
    checkout_url(order)
    payment = order.payments.get()
    stripe.pay(str(payment.session_id), country=country)
    sync_payment(payment)
    return order, payment


@pytest.mark.parametrize(("country", "tax"), [("DE", 239), ("GB", 250), ("US", 0)])
def test_the_tax_of_the_buyers_country_is_learnt_and_the_price_stays(
    stripe: Stripe, stripe_tax: None, country: str, tax: int
) -> None:
    _order, payment = paid_from(stripe, country)
    assert (payment.amount_tax, payment.country) == (tax, country)
    session = stripe.books()["checkout.session"][0]
    assert session["amount_total"] == payment.amount == 1499


def test_stripe_is_told_that_the_price_includes_the_tax_and_what_is_sold(
    stripe: Stripe, stripe_tax: None
) -> None:
    _order, payment = paid_from(stripe, "DE")
    data = payment.params["line_items"][0]["price_data"]
    assert data["tax_behavior"] == "inclusive"
    assert data["product_data"]["tax_code"] == "txcd_10000000"
    assert payment.params["automatic_tax"] == {"enabled": True}


def test_without_stripe_tax_our_own_rate_counts(stripe: Stripe) -> None:
    _order, payment = paid_from(stripe, "DE")
    assert payment.amount_tax is None
    assert "tax_behavior" not in str(payment.params)


def test_the_whole_price_is_captured_whatever_the_tax(stripe: Stripe, stripe_tax: None) -> None:
    make_code_book_entry()
    order, payment = paid_from(stripe, "DE")
    work_until_quiet()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.amount_captured, payment.amount_tax) == ("delivered", 1499, 239)


def test_a_tax_that_could_not_be_worked_out_is_not_taken_for_none(
    stripe: Stripe, stripe_tax: None
) -> None:
    order, payment = paid_from(stripe, "DE")
    unknown = {"enabled": True, "liability": None, "provider": "stripe", "status": "failed"}
    stripe.change("checkout.session", str(payment.session_id), {"automatic_tax": unknown})
    sync_payment(payment)
    assert payment.amount_tax is None


def test_the_usual_tax_code_passes_the_checks(stripe_tax: None) -> None:
    assert "shop.E016" not in {message.id for message in run_checks()}
