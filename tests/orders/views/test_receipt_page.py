"""The receipt's page: the order's link opens it, once there is a sale."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from orders.models import Payment, cancel_credit_note
from orders.models.consent import VERSION
from tests.steps.factories import CODE, SERIAL, make_code, make_order, make_radio
from tests.steps.receipts import credited, sold

pytestmark = pytest.mark.django_db


def get(client: Client, payment: Payment, below: str = "receipt/") -> Any:
    return client.get(payment.order.secret_link() + below)


def page_of(client: Client, payment: Payment, below: str = "receipt/") -> str:
    response = get(client, payment, below)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_it_says_who_sold_what_when_and_for_how_much(client: Client) -> None:
    payment = sold(method="paypal", country="FR")
    page = page_of(client, payment)
    for words in (
        "Receipt R-000001", "Encore Test Shop", "1 Example Street, 00000 Example Town",
        "VAT number XX000000000", "hello@encore.example", payment.order.number,
        "Unlock code for Nissan radio with a serial starting BP", "€12.60", "VAT 19 %", "€2.39",
        "€14.99", "PayPal", "France",
    ):  # fmt: skip
        assert words in page


@pytest.mark.parametrize("below", ["receipt/", "receipt.pdf", "receipt/R-000001/"])
def test_there_is_none_before_the_sale(client: Client, below: str) -> None:
    order = make_order(status="found")
    make_code(order)
    assert client.get(order.secret_link() + below).status_code == 404


@pytest.mark.parametrize("below", ["receipt/", "receipt.pdf", "receipt/R-000001/"])
def test_it_needs_the_secret_part_of_the_link(client: Client, below: str) -> None:
    order = sold().order
    assert client.get(f"/orders/{order.number}/{'x' * 32}/{below}").status_code == 404


def test_another_orders_receipt_is_not_opened(client: Client) -> None:
    mine, other = sold(), sold()
    assert get(client, mine, "receipt/R-000002/").status_code == 404
    assert get(client, other, "receipt/R-000002/").status_code == 200


@pytest.mark.parametrize("below", ["receipt/", "receipt.pdf"])
def test_nobody_keeps_or_lists_it(client: Client, below: str) -> None:
    response = get(client, sold(), below)
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


def test_it_tells_neither_code_nor_serial_nor_address(client: Client) -> None:
    payment = sold()
    page = page_of(client, payment)
    for secret in (CODE, SERIAL, payment.order.email):
        assert secret not in page


def test_the_consents_stand_on_it_with_version_and_time(client: Client) -> None:
    payment = sold()
    page = page_of(client, payment)
    for consent in payment.order.consents.all():
        assert escape(consent.text) in page
    assert page.count(f"version {VERSION}.") == 2


def test_a_price_without_vat_is_not_given_a_rate(client: Client, settings: Any) -> None:
    settings.VAT_RATE = 0
    page = page_of(client, sold())
    assert "The price contains no VAT." in page
    assert "VAT 0" not in page


def test_whole_currencies_have_no_decimals(client: Client) -> None:
    page = page_of(client, sold(amount=2400, currency="jpy"))
    assert "2,017" in page
    assert "383" in page
    assert "24.00" not in page


def test_what_an_operator_typed_is_escaped(client: Client) -> None:
    page = page_of(client, sold(radio=make_radio(name="Town & Country <2>")))
    assert "Unlock code for Town &amp; Country &lt;2&gt;" in page


# ------------------------------------------------------------------ credit notes
def test_a_credit_note_has_its_page_and_names_its_receipt(client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    page = page_of(client, payment, f"receipt/{note.number_text}/")
    assert "Credit note C-000001" in page
    assert "R-000001 of €14.99" in page
    assert "You get back" in page
    assert "€5.00" in page
    assert "What you agreed to" not in page


def test_the_receipt_lists_what_came_later(client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    assert note.refund is not None
    cancel_credit_note(note.refund)
    page = page_of(client, payment)
    assert f"{payment.order.secret_link()}receipt/C-000001/" in page
    assert "Cancellation of a credit note X-000001" in page


def test_a_cancellation_says_what_no_longer_counts(client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    assert note.refund is not None
    cancel_credit_note(note.refund)
    page = page_of(client, payment, "receipt/X-000001/")
    assert "C-000001 of €5.00" in page
    assert "That note no longer counts." in page


# ------------------------------------------------------------------ the way to it
def test_the_orders_page_leads_to_it(client: Client) -> None:
    payment = sold(status="delivered")
    assert f'href="{payment.order.secret_link()}receipt/"' in page_of(client, payment, "")


def test_the_orders_page_names_none_before_the_sale(client: Client) -> None:
    order = make_order(status="placed")
    assert "receipt/" not in client.get(order.secret_link()).content.decode()
