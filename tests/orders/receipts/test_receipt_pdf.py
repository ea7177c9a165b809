"""The receipt as a PDF, read with pypdf as a customer's program would."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from orders.lib.letters import FONTS, letters_of
from orders.models import Payment, Receipt, cancel_credit_note
from orders.receipts.pdf import draw
from tests.steps.factories import CODE, SERIAL, make_radio
from tests.steps.receipts import credited, sold

pytestmark = pytest.mark.django_db

KILOBYTE = 1000


def read(client: Client, payment: Payment, below: str = "receipt.pdf") -> PdfReader:
    response = client.get(payment.order.secret_link() + below)
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(response.content))


def text_of(pdf: PdfReader) -> str:
    text = "\n".join(page.extract_text() for page in pdf.pages)
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def test_it_holds_number_seller_and_money(client: Client) -> None:
    payment = sold(method="card", country="DE")
    text = text_of(read(client, payment))
    for words in (
        "Receipt R-000001", "Encore Test Shop", "VAT number XX000000000", payment.order.number,
        "Unlock code for Nissan radio with a serial starting BP", "Net €12.60",
        "VAT 19 % €2.39", "You paid €14.99", "Card", "Germany", "What you agreed to",
    ):  # fmt: skip
        assert words in text


def test_it_tells_neither_code_nor_serial_nor_link(client: Client) -> None:
    payment = sold()
    text = text_of(read(client, payment))
    for secret in (CODE, SERIAL, payment.order.email, payment.order.token):
        assert secret not in text


def test_it_is_saved_under_its_number(client: Client) -> None:
    response = client.get(sold().order.secret_link() + "receipt.pdf")
    assert response["Content-Disposition"] == 'attachment; filename="receipt-R-000001.pdf"'


def test_title_language_and_author_are_told_to_programs(client: Client) -> None:
    pdf = read(client, sold())
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author) == ("Receipt R-000001", "Encore Test Shop")
    assert str(pdf.root_object["/Lang"]) == "en"


@pytest.mark.parametrize(
    "name", ["Zażółć Gęślą Jaźń", "Ραδιόφωνο Αθήνα", "Їжак і Ґанок", "İğdır Şoför", "Ķēniņš Čūska"]
)
def test_any_european_name_can_be_read(client: Client, settings: Any, name: str) -> None:
    settings.SELLER = settings.SELLER | {"name": name}
    pdf = read(client, sold())
    assert name in text_of(pdf)
    assert all(is_embedded(font) for font in fonts_of(pdf))


def test_marks_that_were_typed_apart_become_one_letter(client: Client, settings: Any) -> None:
    settings.SELLER = settings.SELLER | {"name": "Mu\N{COMBINING DIAERESIS}ller"}
    assert "Müller" in text_of(read(client, sold()))


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        ("gbp", 1299, "£12.99"),
        ("pln", 5999, "PLN 59.99"),
        ("jpy", 2400, "¥2,400"),
        ("isk", 240_000, "ISK 2,400"),
    ],
)
def test_each_currency_is_written_its_way(
    client: Client, currency: str, amount: int, shown: str
) -> None:
    assert f"You paid {shown}" in text_of(read(client, sold(amount=amount, currency=currency)))


def test_long_names_and_addresses_wrap_on_one_page(client: Client, settings: Any) -> None:
    settings.SELLER = settings.SELLER | {"name": "Radio " * 30, "address": "Long Street 1, " * 20}
    pdf = read(client, sold(radio=make_radio(name="W" * 80)))
    (page,) = pdf.pages
    text = page.extract_text()
    assert text.count("Long Street") == 20
    assert text.count("W") >= 80
    assert min(lefts_of(pdf)) > 50  # points


def test_tabs_and_control_characters_become_spaces(client: Client, settings: Any) -> None:
    settings.SELLER = settings.SELLER | {"name": "Radio\tHouse\x07Munich"}
    assert "Radio House Munich" in text_of(read(client, sold()))


def test_a_long_shop_name_stays_within_the_margin(client: Client, settings: Any) -> None:
    settings.SHOP_NAME = "Wide " * 30
    (page,) = read(client, sold()).pages
    words = [line.count("Wide") for line in page.extract_text().splitlines() if "Wide" in line]
    assert words == [9, 9, 9, 3]  # of 15.6 mm each, on lines of 146 mm


def test_a_line_feed_begins_a_line(client: Client, settings: Any) -> None:
    settings.SELLER = settings.SELLER | {"name": "Radio House\nof Munich"}
    lines = read(client, sold()).pages[0].extract_text().splitlines()
    assert "Radio House" in lines
    assert "of Munich" in lines


def test_a_credit_note_and_its_cancellation_have_their_own(client: Client) -> None:
    payment = sold()
    note = credited(payment, 500)
    assert note.refund is not None
    cancel_credit_note(note.refund)
    credit = text_of(read(client, payment, "receipt/C-000001.pdf"))
    assert "Credit note C-000001" in credit
    assert "R-000001 of €14.99" in credit
    assert "VAT 19 % €0.80" in credit
    assert "You get back €5.00" in credit
    assert "Cancellation X-000001" in text_of(read(client, payment, "receipt/X-000001.pdf"))


def test_vat_that_stripe_worked_out_is_told_without_a_rate(client: Client) -> None:
    text = text_of(read(client, sold(amount_tax=300)))
    assert "VAT €3.00" in text
    assert not re.search(r"VAT \d+ %", text)


def test_the_same_row_gives_the_same_bytes(settings: Any) -> None:
    sold()
    first = draw(Receipt.objects.get())
    settings.SELLER, settings.VAT_RATE = settings.SELLER | {"name": "Renamed"}, 7
    assert draw(Receipt.objects.get()) == first
    Receipt.objects.update(issued_at=timezone.now() + timedelta(days=1))
    assert draw(Receipt.objects.get()) != first


def test_both_weights_have_the_letters_that_texts_are_checked_for() -> None:
    for weight in ("Regular", "Bold"):
        with TTFont(FONTS / f"NotoSans-{weight}.ttf") as font:
            assert letters_of("NotoSans") == {"\n", *map(chr, font.getBestCmap())}
    assert letters_of("NotoSans-Latin") < letters_of("NotoSans")


def test_it_is_small(client: Client) -> None:
    response = client.get(sold().order.secret_link() + "receipt.pdf")
    assert len(response.content) < 60 * KILOBYTE


def test_the_demo_says_so(client: Client, settings: Any) -> None:
    settings.DEMO = True
    assert "This is a demo: no money moves." in text_of(read(client, sold()))


# ------------------------------------------------------------------ looking into it
def fonts_of(pdf: PdfReader) -> list[Any]:
    found: Any = pdf.pages[0]["/Resources"]
    return [font.get_object() for font in found["/Font"].values()]


def is_embedded(font: Any) -> bool:
    (descendant,) = font["/DescendantFonts"]
    return "/FontFile2" in descendant.get_object()["/FontDescriptor"].get_object()


def lefts_of(pdf: PdfReader) -> list[float]:
    lefts: list[float] = []

    def note(text: str, cm: Any, tm: Any, font: Any, size: Any) -> None:
        if text.strip():
            lefts.append(tm[4])

    pdf.pages[0].extract_text(visitor_text=note)
    return lefts
