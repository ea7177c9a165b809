"""The card for the glove box: one sheet with the code, for orders whose page shows the code."""

from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from orders.models import Order
from tests.steps.factories import CODE, make_code, make_order

pytestmark = pytest.mark.django_db


def made_order(status: str = "delivered") -> Order:
    order = make_order(status=status)
    make_code(order, CODE)
    return order


def test_it_is_one_sheet_with_car_serial_code_and_steps(client: Client) -> None:
    order = made_order()
    order.entry_steps = "\n".join(f"Press preset {n} until its digit shows." for n in range(40))
    order.save()
    response = client.get(f"{order.secret_link()}card.pdf")
    pdf = PdfReader(BytesIO(response.content))
    text = " ".join(pdf.pages[0].extract_text().split())
    assert len(pdf.pages) == 1
    for words in (CODE, order.radio.name, order.number, "Press preset 39", order.serial[:4]):
        assert words in text
    page = client.get(f"{order.secret_link()}card/").content.decode()
    assert CODE in page and "<svg" in page and "Press preset 39" in page


@pytest.mark.parametrize("status", ["found", "problem", "refunded"])
def test_there_is_none_while_the_page_shows_no_code(client: Client, status: str) -> None:
    order = made_order(status)
    for address in ("card/", "card.pdf"):
        assert client.get(order.secret_link() + address).status_code == 404


def test_the_page_with_the_code_leads_to_it(client: Client) -> None:
    order = made_order()
    assert f"{order.secret_link()}card/" in client.get(order.secret_link()).content.decode()
