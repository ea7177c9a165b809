"""The admin as a whole: every page opens, for whom it should, under a policy of its own."""

from typing import Any

import pytest
from django.test import Client

from orders.models import Email, NotASerial, Radio, StripeEvent
from tests.steps.factories import (
    make_code_book_entry,
    make_order,
    make_part_number,
    make_payment,
    make_radio,
    make_staff,
)
from tests.steps.receipts import sold

pytestmark = pytest.mark.django_db

LISTS = [
    "orders/order/", "orders/order/desk/", "orders/order/attention/", "orders/payment/",
    "orders/email/", "orders/receipt/", "orders/stripeevent/", "orders/codebookentry/",
    "orders/radio/", "orders/notaserial/", "auth/user/", "auth/group/", "guides/brand/",
    "guides/guide/", "",
]  # fmt: skip


@pytest.fixture
def filled() -> None:
    order = make_order(status="with_staff")
    make_payment(order, status="held")
    make_part_number()
    make_code_book_entry()
    Email.objects.create(order=order, mail="your_code", to="anna@example.com")
    sold()
    StripeEvent.objects.create(stripe_id="evt_1", type="charge.refunded", is_live=False)


@pytest.mark.parametrize("page", LISTS)
def test_every_list_opens(admin_client: Client, filled: None, page: str) -> None:
    assert admin_client.get(f"/admin/{page}").status_code == 200


@pytest.mark.parametrize("page", [page for page in LISTS if "/" in page.rstrip("/")])
def test_a_list_opens_to_nobody_else(client: Client, page: str) -> None:
    client.force_login(make_staff("otto"))
    assert client.get(f"/admin/{page}").status_code == 403


@pytest.mark.parametrize("kind", ["payment", "email", "receipt", "stripeevent", "codebookentry"])
def test_every_row_opens_to_read(admin_client: Client, filled: None, kind: str) -> None:
    page = admin_client.get(f"/admin/orders/{kind}/")
    pk = page.context["cl"].result_list[0].pk
    content = admin_client.get(f"/admin/orders/{kind}/{pk}/change/").content.decode()
    assert 'name="_save"' not in content


def test_the_sidebar_counts_what_waits(admin_client: Client, filled: None) -> None:
    groups = admin_client.get("/admin/").context["sidebar_navigation"]
    desk = groups[1]["items"][0]
    assert (desk["title"], desk["badge"]) == ("Desk", 1)


def test_the_sidebar_offers_what_one_may_open(client: Client) -> None:
    client.force_login(make_staff("otto", "enter_code"))
    content = client.get("/admin/").content.decode().split('id="content"')[0]
    assert "Desk" in content
    assert "Payments" not in content


def test_the_admin_has_a_policy_of_its_own(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'none'" in policy


def test_the_shop_keeps_the_strict_policy(client: Client) -> None:
    policy = client.get("/healthz/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "Content-Security-Policy-Report-Only" not in client.get("/admin/login/")


# ------------------------------------------------------------------ radios
def radio_form(radio: Radio, **values: Any) -> dict[str, Any]:
    return {
        "brand": radio.brand_id, "name": radio.name, "price": radio.price_number, "position": 0,
        "pattern": radio.pattern, "prefix": radio.prefix, "length": radio.length,
        "example": radio.example, "code_shape": radio.code_shape, "is_on_sale": "on",
        "code_pattern": radio.code_pattern, "sources_0": "desk", "sources_1": "code_book",
    } | values  # fmt: skip


def change(client: Client, radio: Radio, **values: Any) -> Any:
    page = f"/admin/orders/radio/{radio.pk}/change/"
    return client.post(page, radio_form(radio, **values))


def test_a_radios_lists_are_edited_as_choices(admin_client: Client) -> None:
    radio = make_radio()
    assert change(admin_client, radio, needs=["second_number"]).status_code == 302
    radio.refresh_from_db()
    assert (radio.needs, radio.sources) == (["second_number"], ["desk", "code_book"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sources_1": "desk"}, "Name each provider once."),
        ({"pattern": "^BP("}, "This pattern is broken"),
        ({"code_pattern": "["}, "This pattern is broken"),
        ({"example": "CM12"}, "The pattern does not fit this example."),
        ({"supplier_model": "ford-m-series"}, "go together"),
        (
            {"sources_1": "supplier", "supplier_model": "ford-m-series"},
            "does not make of the example what the supplier takes",
        ),
    ],
)
def test_a_radio_that_would_fail_orders_is_refused(
    admin_client: Client, values: dict[str, Any], words: str
) -> None:
    assert words in change(admin_client, make_radio(), **values).content.decode()


def test_both_prices_of_a_radio_are_typed_as_the_customer_reads_them(admin_client: Client) -> None:
    radio = make_radio()
    page = admin_client.get(f"/admin/orders/radio/{radio.pk}/change/").content.decode()
    assert 'name="price" value="14.99"' in page
    assert change(admin_client, radio, price="14", prices="gbp 12.99").status_code == 302
    radio.refresh_from_db()
    assert (radio.price, radio.prices) == (1400, {"gbp": 1299})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"price": "0"}, "Stripe refuses payments below €0.50"),
        ({"price": "0.49"}, "Stripe refuses payments below €0.50"),
        ({"price": "14.999"}, "That is no amount of EUR."),
        ({"price": "NaN"}, "Enter a number."),
        ({"price": "1000000"}, "Stripe refuses payments above €999,999.99"),
        ({"prices": "gbp 0.10"}, "gbp: Stripe refuses payments below £0.30"),
        ({"prices": "jpy 49"}, "jpy: Stripe refuses payments below ¥50"),
        ({"prices": "sek 2.99"}, "sek: Stripe refuses payments below SEK\N{NO-BREAK SPACE}3.00"),
    ],
)
def test_a_price_that_stripe_refuses_is_not_saved(
    admin_client: Client, values: dict[str, Any], words: str
) -> None:
    radio = make_radio()
    assert words in change(admin_client, radio, **values).content.decode()
    radio.refresh_from_db()
    assert (radio.price, radio.prices) == (1499, {})


def test_many_prices_are_changed_at_once(admin_client: Client) -> None:
    radios = [make_radio(), make_radio(key="other", name="Other", prices={"gbp": 1299})]
    chosen = {"action": "change_prices", "_selected_action": [radio.pk for radio in radios]}
    page = admin_client.post("/admin/orders/radio/", chosen)
    assert "€14.99 (£12.99)" in " ".join(page.content.decode().split())
    wrong = admin_client.post("/admin/orders/radio/", chosen | {"save": "1", "price": "0.49"})
    assert "Stripe refuses payments below €0.50" in wrong.content.decode()
    new = {"save": "1", "price": "16.50", "prices": "chf 15.90"}
    admin_client.post("/admin/orders/radio/", chosen | new)
    for radio in radios:
        radio.refresh_from_db()
        assert (radio.price, radio.prices) == (1650, {"chf": 1590})
        assert radio.history.count() == 2
        assert radio.history.latest().history_user.username == "admin"


def test_a_number_that_is_no_serial_can_be_edited(admin_client: Client) -> None:
    trap = make_part_number()
    page = f"/admin/orders/notaserial/{trap.pk}/change/"
    data = {"brand": trap.brand_id, "what": "the part number", "pattern": trap.pattern,
            "tell": trap.tell, "position": 0}  # fmt: skip
    assert admin_client.post(page, data).status_code == 302
    assert NotASerial.objects.get().what == "the part number"
