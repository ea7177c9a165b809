"""Receipts in the admin: to look up, to print, and as a list for the bookkeeper."""

import csv
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from orders.models import Receipt, cancel_credit_note
from tests.steps.factories import make_staff
from tests.steps.receipts import credited, sold

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/receipt/"


def table(client: Client, query: str = "") -> list[dict[str, str]]:
    """The rows of the CSV, as the bookkeeper's program reads them."""
    response: Any = client.get(f"{LIST}csv/{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(text.splitlines()))


def issued(receipt: Receipt, month: int) -> None:
    Receipt.objects.filter(pk=receipt.pk).update(issued_at=datetime(2026, month, 5, tzinfo=UTC))


def numbers_listed(client: Client, query: str) -> list[str]:
    found = client.get(f"{LIST}?{query}").context["cl"].result_list
    return [receipt.number_text for receipt in found]


# ------------------------------------------------------------------ the list
@pytest.mark.parametrize("asked", ["R-000002", "r-2", "order"])
def test_a_receipt_is_found_by_its_number_or_the_orders(admin_client: Client, asked: str) -> None:
    sold()
    order = sold().order
    asked = order.number if asked == "order" else asked
    assert numbers_listed(admin_client, f"q={asked}") == ["R-000002"]


@pytest.mark.also_on_sqlite
def test_the_list_is_narrowed_by_kind_and_month(admin_client: Client) -> None:
    payment = sold()
    issued(payment.receipts.get(), month=3)
    note = credited(payment, 500)
    issued(note, month=4)
    assert numbers_listed(admin_client, "kind__exact=receipt") == ["R-000001"]
    april = "issued_at__year=2026&issued_at__month=4"
    assert numbers_listed(admin_client, april) == ["C-000001"]
    assert "-€5.00" in admin_client.get(f"{LIST}?{april}").content.decode()


def test_a_receipt_cannot_be_changed_or_deleted(admin_client: Client) -> None:
    receipt = sold().receipts.get()
    page = admin_client.get(f"{LIST}{receipt.pk}/change/").content.decode()
    assert "R-000001" in page
    assert 'name="_save"' not in page
    assert admin_client.post(f"{LIST}{receipt.pk}/delete/").status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403


def test_staff_open_the_customers_pdf(admin_client: Client) -> None:
    receipt = sold().receipts.get()
    response = admin_client.get(f"{LIST}{receipt.pk}/pdf/")
    assert "R-000001" in PdfReader(BytesIO(response.content)).pages[0].extract_text()


def test_the_orders_page_lists_its_papers(admin_client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    page = admin_client.get(f"/admin/orders/order/{payment.order_id}/change/").content.decode()
    assert f'href="{LIST}{note.pk}/pdf/"' in page
    assert f'href="{LIST}{note.pk}/change/"' in page


@pytest.mark.parametrize("below", ["", "csv/", "1/pdf/"])
def test_only_who_may_see_receipts_sees_them(client: Client, below: str) -> None:
    client.force_login(make_staff("otto", "view_order", "view_payment"))
    assert client.get(LIST + below).status_code == 403


# ------------------------------------------------------------------ for the books
def test_the_csv_tells_all_that_the_books_need(client: Client) -> None:
    client.force_login(make_staff("book", "view_receipt"))
    payment = sold(country="DE")
    issued(payment.receipts.get(), month=3)
    assert table(client) == [
        {
            "number": "R-000001", "date": "2026-03-05", "kind": "receipt",
            "order": payment.order.number, "gross": "14.99", "vat": "2.39", "vat_rate": "19",
            "net": "12.60", "currency": "EUR", "country": "DE",
        }
    ]  # fmt: skip


@pytest.mark.also_on_sqlite
def test_the_sum_of_a_column_is_what_was_sold(admin_client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    credited(payment, 300)
    assert note.refund is not None
    cancel_credit_note(note.refund)
    gross = [row["gross"] for row in table(admin_client)]
    assert gross == ["14.99", "-5.00", "-3.00", "5.00"]


def test_whole_currencies_and_unknown_rates_stay_what_they_are(admin_client: Client) -> None:
    sold(amount=2400, currency="jpy", amount_tax=218)
    (row,) = table(admin_client)
    assert (row["gross"], row["vat"], row["net"]) == ("2400", "218", "2182")
    assert (row["currency"], row["vat_rate"]) == ("JPY", "")


def test_the_csv_has_the_filters_of_the_list(admin_client: Client) -> None:
    payment = sold()
    issued(payment.receipts.get(), month=3)
    issued(credited(payment, 500), month=4)
    april = table(admin_client, "?issued_at__year=2026&issued_at__month=4")
    assert [row["number"] for row in april] == ["C-000001"]
    assert [row["number"] for row in table(admin_client, "?q=R-1")] == ["R-000001"]


def test_a_filter_that_makes_no_sense_leads_back_to_the_list(admin_client: Client) -> None:
    response = admin_client.get(f"{LIST}csv/?issued_at__month=x")
    assert response.status_code == 302
    assert response["Location"].startswith(LIST)


def test_no_text_is_taken_for_a_formula(admin_client: Client) -> None:
    sold(country="=1")
    (row,) = table(admin_client)
    assert row["country"] == "'=1"


def test_the_month_is_the_shops_own(admin_client: Client, settings: Any) -> None:
    assert settings.TIME_ZONE == "Europe/Berlin"
    receipt = sold().receipts.get()
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # April has begun in Berlin
    Receipt.objects.filter(pk=receipt.pk).update(issued_at=late)
    (row,) = table(admin_client, "?issued_at__year=2026&issued_at__month=4")
    assert row["date"] == "2026-04-01"
