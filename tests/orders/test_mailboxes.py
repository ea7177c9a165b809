"""One mailbox, one spelling, wherever an address is typed or compared."""

import json
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from orders.admin.person import PersonForm
from orders.forms.email import AddressForm
from orders.forms.find import FindOrderForm
from orders.lib import crypto
from orders.models import Block, DataRequest, Email, Mail, Order, lost_mail
from orders.models.data_request import fingerprints_of
from orders.privacy.person import address_of, erase
from orders.tasks import sweep_here
from tests.steps.factories import (
    make_car_model,
    make_code_book_entry,
    make_order,
    make_staff,
)
from tests.steps.order_form import URL, answers
from tests.steps.payments import paid
from tests.steps.stripe import Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

HIDDEN = "x@example.com\u200e"
UMLAUT, ASCII = "Anna@müller.de", "anna@xn--mller-kva.de"
INVISIBLE = "a space or an invisible character within this address"


@pytest.fixture
def form(on_sale: None) -> None:
    make_car_model()


@pytest.mark.usefixtures("form")
def test_a_mark_of_direction_is_not_stored_and_the_code_arrives(
    client: Client, stripe: Stripe, mailoutbox: list[Any]
) -> None:
    make_code_book_entry()
    client.post(URL, answers(email=HIDDEN))
    order = Order.objects.get()
    assert (order.email, order.mailbox) == ("x@example.com", "x@example.com")
    [session] = stripe.books()["checkout.session"]
    assert session["customer_email"] == "x@example.com"


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize(("typed", "words"), [
    ("a\u200bb@example.com", INVISIBLE),
    ("user@localhost", "example name@example.com"),
    ("user@[127.0.0.1]", "example name@example.com"),
    (f"{'a' * 65}@example.com", "at most 64 characters before the @"),
    ("müller@example.com", "We cannot send e-mails to an address with “ü” before the @"),
])  # fmt: skip
def test_what_cannot_be_mailed_or_stripe_refuses_is_said_in_the_form(
    client: Client, stripe: Stripe, typed: str, words: str
) -> None:
    response = client.post(URL, answers(email=typed))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize("form_class", [AddressForm, FindOrderForm, PersonForm])
def test_every_form_reads_an_address_alike(form_class: Any) -> None:
    about = {"number": "RC-7K3D-94QF"}
    form = form_class(about | {"email": f"\u200f{UMLAUT} "})
    assert form.is_valid()
    assert form.cleaned_data["email"] == "Anna@xn--mller-kva.de"
    assert INVISIBLE in str(form_class(about | {"email": "a\u2060b@example.com"}).errors)


@pytest.mark.parametrize("path", ["{link}email/", "/admin/orders/order/{pk}/address/"])
def test_a_corrected_address_is_stored_in_both_spellings(admin_client: Client, path: str) -> None:
    order = make_order(status="placed")
    admin_client.post(path.format(link=order.secret_link(), pk=order.pk), {"email": UMLAUT})
    order.refresh_from_db()
    assert (order.email, order.mailbox) == ("Anna@xn--mller-kva.de", ASCII)


@pytest.mark.usefixtures("form")
def test_the_same_order_is_sent_again_in_another_spelling(client: Client, stripe: Stripe) -> None:
    first, again = (client.post(URL, answers(email=email)) for email in (UMLAUT, ASCII))
    assert first["Location"] == again["Location"]
    assert Order.objects.count() == 1


# ------------------------------------------------------------------ compared
@pytest.mark.parametrize(
    "value", ["evil@example.com", "evil@example.com\u200b", "EVIL@example.com"]
)
def test_a_block_holds_however_either_is_spelled(
    client: Client, stripe: Stripe, value: str
) -> None:
    client.force_login(make_staff("vera", "add_block", "view_block"))
    client.post("/admin/orders/block/add/", {"kind": "email", "value": value, "reason": "r"})
    assert Block.objects.get().value == "evil@example.com"
    order, _payment = paid(stripe, email="evil@example.com\u200b")  # as version 1.0 stored it
    assert order.on_hold_reason == "blocked"


@pytest.mark.parametrize(
    "value", ["\u200b\u00ad", "user@localhost", "e\u200bvil@example.com", '"evil"@example.com']
)
def test_no_address_is_blocked_that_nobody_has(client: Client, value: str) -> None:
    client.force_login(make_staff("vera", "add_block", "view_block"))
    client.post("/admin/orders/block/add/", {"kind": "email", "value": value, "reason": "r"})
    assert not Block.objects.exists()


@pytest.mark.usefixtures("form")
def test_the_limit_of_an_address_sees_each_spelling(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.ORDERS_PER_EMAIL_DAY", 1)
    make_order(email=UMLAUT, status="delivered", placed_at="2999-01-01T00:00:00Z")
    assert client.post(URL, answers(email=ASCII)).status_code == 429


def test_radios_of_one_mailbox_are_counted_together(settings: Any) -> None:
    settings.VELOCITY_SERIALS = 2
    orders = [
        make_order(email=email, serial=f"BP12345678901{n}", status="placed", network=str(n))
        for n, email in enumerate([UMLAUT, ASCII])
    ]
    assert orders[1].has_many_serials()


def test_a_copy_and_an_erasure_find_each_spelling(capsys: pytest.CaptureFixture[str]) -> None:
    order = make_order(email=UMLAUT, status="placed")
    Email.objects.create(order=order, mail=Mail.ORDER_LINK, to="Anna@xn--mller-kva.de")
    call_command("export_person", "anna@MÜLLER.de\u200e")
    [copy] = json.loads(capsys.readouterr().out)["orders"]
    assert (copy["number"], len(copy["mails"])) == (order.number, 1)
    assert [each.number for each, _why in erase(ASCII).later] == [order.number]
    assert DataRequest.objects.filter(fingerprint__in=fingerprints_of(UMLAUT)).count() == 2
    assert address_of(fingerprints_of(UMLAUT)[0]) == ASCII


def test_a_mail_that_came_back_is_known_in_each_spelling() -> None:
    order = make_order(email=ASCII, status="ready")
    email = Email.objects.create(
        order=order, mail=Mail.YOUR_CODE, to=ASCII.upper(), status="bounced"
    )
    assert lost_mail(order) == email


@pytest.mark.parametrize("model", ["order", "email"])
def test_staff_find_each_spelling(admin_client: Client, model: str) -> None:
    order = make_order(email="Anna@xn--mller-kva.de", status="placed")
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to=order.email)
    for term in (UMLAUT, f"\u200e{ASCII}\u200e", "ANNA@XN--MLLER-KVA.DE"):
        page = admin_client.get(f"/admin/orders/{model}/", {"q": term}).content.decode()
        assert order.number in page


# ------------------------------------------------------------------ what version 1.0 wrote
def as_written_by_1_0(email: str) -> Order:
    order = make_order(status="placed")
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to=email)
    Order.objects.filter(pk=order.pk).update(email=email, mailbox="")
    return order


OLD = [
    ("Anna@example.com", "Anna@example.com", "anna@example.com"),
    (HIDDEN, "x@example.com", "x@example.com"),
    (UMLAUT, "Anna@xn--mller-kva.de", ASCII),
    ("a\u200bb@example.com", "a\u200bb@example.com", "ab@example.com"),  # cannot be mailed
]


@pytest.mark.parametrize(("written", "email", "mailbox"), OLD)
def test_the_sweep_follows_what_version_1_0_writes(written: str, email: str, mailbox: str) -> None:
    order = as_written_by_1_0(written)
    other = make_order(status="placed")
    Order.objects.filter(pk=other.pk).update(email=written)  # corrected there
    sweep_here()
    for each in (order, other):
        each.refresh_from_db()
        assert (each.email, each.mailbox) == (email, mailbox)
    assert order.emails.get(mail=Mail.YOUR_CODE).to == email


def test_the_sweep_empties_what_version_1_0_left_of_an_anonymised_order() -> None:
    order = make_order(status="delivered")
    Order.objects.filter(pk=order.pk).update(email="", anonymised_at=timezone.now())
    sweep_here()
    order.refresh_from_db()
    assert order.mailbox == ""


@pytest.mark.parametrize(("written", "email", "mailbox"), OLD)
def test_the_migration_fills_the_column(written: str, email: str, mailbox: str) -> None:
    order = as_written_by_1_0(written)
    import_module("orders.migrations.0025_mailboxes_of_orders").fill(apps, None)
    order.refresh_from_db()
    assert (order.email, order.mailbox) == (email, mailbox)


def test_the_migration_hashes_blocked_addresses_anew() -> None:
    for value in (UMLAUT.lower(), ASCII, "eve@straße.de"):
        Block.objects.create(
            kind="email", reason="r", value_encrypted=crypto.encrypt(value),
            value_hash=crypto.hash_value("email", value),
        )  # fmt: skip
    import_module("orders.migrations.0025_mailboxes_of_orders").hash_blocks(apps, None)
    assert {block.value for block in Block.objects.all()} == {ASCII, "eve@xn--strae-oqa.de"}
    assert Block.names("email", UMLAUT) and Block.names("email", "Eve@straße.de")
