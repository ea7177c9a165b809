"""Codes in bulk: serials as a list, codes back, a preview, one confirmation."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orders.admin.desk.page import CLAIM_LASTS
from orders.desk.holds import put_on_hold
from orders.models import Alert, CodeBookEntry, History, Order
from tests.steps.factories import (
    make_brand,
    make_code_book_entry,
    make_order,
    make_payment,
    make_radio,
    make_staff,
)

pytestmark = pytest.mark.django_db

BULK = "/admin/orders/order/desk/bulk/"


@pytest.fixture
def vera() -> User:
    return make_staff("vera", "enter_code")


@pytest.fixture
def desk(client: Client, vera: User) -> Client:
    client.force_login(vera)
    return client


def waiting(serial: str, **values: Any) -> Order:
    order = make_order(**{"status": "with_staff", "serial": serial} | values)
    make_payment(order, status="held")
    return order


def preview(desk: Client, text: str, **values: Any) -> str:
    return " ".join(desk.post(BULK, {"text": text} | values).content.decode().split())


def confirm(desk: Client, page: str) -> str:
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert sealed
    answer = desk.post(BULK + "send/", {"sealed": sealed[1]}, follow=True)
    return answer.content.decode()


def states() -> list[str]:
    return list(Order.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.also_on_sqlite
def test_fifty_orders_are_exported_and_their_codes_sent_after_one_confirmation(
    desk: Client, vera: User
) -> None:
    orders = [waiting(f"BP1234567890{n:02}", email=f"{n}@example.com") for n in range(50)]
    put_on_hold(waiting("BP999999999999"), "fraud")
    sheet = desk.post(BULK + "serials.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(sheet)))
    assert {row["serial"] for row in rows} == {order.serial for order in orders}
    assert History.objects.filter(move="export_serial", by=vera).count() == 50
    for number, row in enumerate(rows):
        row["code"] = f"{number:04}"
    filled = StringIO()
    writer = csv.DictWriter(filled, rows[0], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile("codes.csv", filled.getvalue().encode())
    page = desk.post(BULK, {"file": file, "add_to_book": "on"}).content.decode()
    assert "Send 50 codes, charge" in page and "749.50" in page and "not sent" not in page
    assert set(states()) == {"with_staff"}
    assert "50 codes are stored" in confirm(desk, page)
    assert states() == ["found"] * 50 + ["with_staff"]
    assert [order.codes.get().digits for order in orders][:2] == ["0000", "0001"]
    assert CodeBookEntry.objects.count() == 50
    assert History.objects.filter(move="find", by=vera, note="desk").count() == 50


def test_the_preview_says_what_is_not_sent_and_why(desk: Client, vera: User) -> None:
    for number in range(5):
        waiting(f"BP12345678900{number}")
    make_code_book_entry("BP123456789003", "9999")
    colleague = Order.objects.earliest("pk")
    other = make_radio(key="like", family="like", brand=make_brand(slug="like", name="Like"))
    waiting("BP123456789004", radio=other)
    page = preview(
        desk,
        """BP12 3456 7890 00	43O7
        BP123456789001; 1111
        BP123456789001 = 2222
        BP555555555555 1234
        BP123456789002 1,5E+13
        BP123456789003 4307
        BP123456789004 4307""",
    )
    for words in (
        "7 lines are not sent", "Its codes are: four digits", "with several codes",
        "No order waits for this serial", "shortened this number", "from the code book",
        "Different radios with this serial wait", "No code can be sent",
    ):  # fmt: skip
        assert words in page
    assert "9999" not in page
    assert History.objects.get(move="other_code").by == vera
    colleague.open_for(make_staff("paul"), CLAIM_LASTS)
    assert "paul has this order open" in preview(desk, f"{colleague.serial} 4307")


def test_guessing_by_lists_alerts_staff(desk: Client) -> None:
    waiting("BP123456789003")
    make_code_book_entry("BP123456789003", "9999")
    for guess in ("1111", "2222", "3333"):
        preview(desk, f"BP123456789003 {guess}")
    assert Alert.objects.get().kind == "other_codes"


def test_what_changed_since_the_preview_is_not_sent(desk: Client) -> None:
    orders = [waiting(f"BP12345678900{number}") for number in range(3)]
    text = "\n".join(f"{order.serial};430{order.pk % 10}" for order in orders)
    page = preview(desk, text)
    orders[0].end("withdrawn")
    orders[1].open_for(make_staff("paul"), CLAIM_LASTS)
    shown = confirm(desk, page)
    assert states() == ["ending", "with_staff", "found"]
    assert f"nothing was sent: {orders[0].number}, {orders[1].number}" in shown
    confirm(desk, page)  # once more changes nothing
    assert states() == ["ending", "with_staff", "found"]


def test_a_preview_is_of_one_user_and_holds_no_code_in_clear(desk: Client, vera: User) -> None:
    waiting("BP123456789001")
    page = preview(desk, "BP123456789001 4307\nBP123456789001 4307")
    assert "The same stands before it" in page
    sealed = page.split('name="sealed" value="')[1].split('"')[0]
    assert sealed.startswith("v2:") and page.count("4307") == 1
    desk.force_login(make_staff("paul", "enter_code"))
    assert "too old" in confirm(desk, page)
    assert (
        "cannot be read" in desk.post(BULK + "send/", {"sealed": "x"}, follow=True).content.decode()
    )
    assert states() == ["with_staff"]


def test_leading_zeros_are_put_back_where_staff_say_so(desk: Client) -> None:
    waiting("BP123456789001")
    assert "Its codes are: four digits" in preview(desk, "BP123456789001 307")
    assert ">0307<" in preview(desk, "BP123456789001 307", pads_codes="on")


def test_a_spreadsheet_runs_nothing_of_the_list(desk: Client) -> None:
    waiting("BP123456789001", make_typed="=HYPERLINK(1)", model_typed="+1")
    sheet = desk.post(BULK + "serials.csv").content.decode()
    assert "'=HYPERLINK(1)" in sheet and ",=HYPERLINK" not in sheet


def test_it_is_closed_without_the_permission(client: Client) -> None:
    client.force_login(make_staff("otto", "view_order", "view_code"))
    assert client.get(BULK).status_code == 403
    for below in ("", "send/", "serials.csv"):
        assert client.post(BULK + below).status_code == 403
