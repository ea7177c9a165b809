"""What is on the block-list is not served before staff look, and the page gives no reason."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.models import Block, Order
from tests.steps.attention import open_reasons
from tests.steps.factories import CODE, SERIAL, make_code_book_entry, make_order, make_staff
from tests.steps.payments import paid, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

ADD = "/admin/orders/block/add/"


def block(kind: str, value: str) -> Block:
    row = Block(kind=kind, reason="stolen")
    row.set_value(value)
    row.save()
    return row


@pytest.fixture
def vera(client: Client) -> Client:
    names = "add_block delete_block view_block view_blocked view_order change_order enter_code"
    client.force_login(make_staff("vera", *names.split()))
    return client


@pytest.mark.parametrize(
    ("kind", "value"), [("serial", "bp 1234-5678 9012"), ("email", " Anna@Example.COM ")]
)
def test_a_blocked_order_waits_for_a_person_and_no_source_is_asked(
    stripe: Stripe, mailoutbox: list[Any], kind: str, value: str
) -> None:
    make_code_book_entry()
    block(kind, value)
    order, payment = paid(stripe)
    work_until_quiet()
    assert state(order) == ("placed", "held")
    assert (order.on_hold_reason, open_reasons(order)) == ("blocked", ["blocked"])
    assert not order.codes.exists()
    assert {mail.to[0] for mail in mailoutbox} == {"desk@encore.example", order.email}
    assert CODE not in "".join(mail.body for mail in mailoutbox)


def test_an_entry_under_an_older_key_still_holds(stripe: Stripe, settings: Any) -> None:
    block("serial", SERIAL)
    settings.HASH_KEYS = ["a-newer-key-of-the-hashes", *settings.HASH_KEYS]
    order, _payment = paid(stripe)
    assert order.is_on_hold


def test_others_are_served(stripe: Stripe) -> None:
    make_code_book_entry()
    block("serial", "BP000000000000")
    block("email", "eve@example.com")
    order, _payment = paid(stripe)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_the_customer_reads_that_a_person_is_looking(client: Client, stripe: Stripe) -> None:
    block("serial", SERIAL)
    order, _payment = paid(stripe)
    page = client.get(order.secret_link()).content.decode()
    assert "We are checking this order" in page
    assert "block" not in page.split('id="main"')[1].split("<footer")[0]


def test_settled_it_goes_on_at_once(vera: Client, stripe: Stripe) -> None:
    make_code_book_entry()
    block("serial", SERIAL)
    order, _payment = paid(stripe)
    work_until_quiet()
    attention = order.open_attentions.get().pk
    vera.post(f"/admin/orders/order/{order.pk}/settle/", {"attention": attention, "is_sure": "on"})
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    page = vera.get(order.secret_link()).content.decode()
    assert CODE in page


def test_refused_the_hold_is_released(vera: Client, stripe: Stripe) -> None:
    block("serial", SERIAL)
    order, _payment = paid(stripe)
    work_until_quiet()
    order.refresh_from_db()
    page = vera.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "We do not serve this order" in page
    url = f"/admin/orders/order/{order.pk}/refuse/"
    vera.post(url, {"version": order.version, "is_sure": "on"})
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert (order.ended_because, open_reasons(order)) == ("fraud", [])
    assert order.history.get(move="refuse").by is not None


@pytest.mark.parametrize("sent", [{"version": 0, "is_sure": "on"}, {"version": 2}])
def test_a_stale_page_or_a_slip_refuses_nothing(vera: Client, stripe: Stripe, sent: Any) -> None:
    block("serial", SERIAL)
    order, _payment = paid(stripe)
    vera.post(f"/admin/orders/order/{order.pk}/refuse/", sent)
    assert state(order) == ("placed", "held")


# ------------------------------------------------------------------ the list
def test_staff_put_an_address_on_the_list_with_a_reason_and_a_name(vera: Client) -> None:
    vera.post(ADD, {"kind": "email", "value": "Eve@Example.com", "reason": "chargebacks"})
    row = Block.objects.get()
    assert (row.value, str(row.by)) == ("eve@example.com", "vera")
    assert "eve@example.com" not in str(Block.objects.values().get())
    assert LogEntry.objects.get().object_repr == "e-mail address: chargebacks"


def test_it_comes_from_an_orders_page_without_standing_in_the_address(vera: Client) -> None:
    order = make_order()
    links = vera.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert f"{ADD}?kind=serial&amp;order={order.pk}" in links
    form = vera.get(f"{ADD}?kind=serial&order={order.pk}").content.decode()
    assert f'value="{SERIAL}"' in form


@pytest.mark.parametrize(
    ("kind", "value"), [("email", "no address"), ("serial", "--"), ("serial", SERIAL.lower())]
)
def test_what_blocks_nothing_is_refused(vera: Client, kind: str, value: str) -> None:
    block("serial", SERIAL)
    response = vera.post(ADD, {"kind": kind, "value": value, "reason": "r"})
    assert response.context["adminform"].form.errors["value"]
    assert Block.objects.count() == 1


def test_without_the_permission_the_value_stays_covered(client: Client, vera: Client) -> None:
    row = block("email", "eve@example.com")
    pages = ["/admin/orders/block/", f"/admin/orders/block/{row.pk}/change/"]
    assert all("eve@example.com" in vera.get(page).content.decode() for page in pages)
    client.force_login(make_staff("otto", "view_block"))
    assert all("eve@example.com" not in client.get(page).content.decode() for page in pages)
    assert client.get(ADD).status_code == 403


def test_taken_off_the_list_it_is_served(vera: Client, stripe: Stripe) -> None:
    row = block("serial", SERIAL)
    vera.post(f"/admin/orders/block/{row.pk}/delete/", {"post": "yes"})
    assert not Block.objects.exists()
    order, _payment = paid(stripe)
    assert not order.is_on_hold
    assert LogEntry.objects.get().user.get_username() == "vera"


def test_it_is_found_by_its_whole_value(vera: Client) -> None:
    block("email", "eve@example.com")
    block("serial", SERIAL)
    page = vera.get("/admin/orders/block/", {"q": "EVE@example.com"}).content.decode()
    assert "eve@example.com" in page and SERIAL not in page
    assert Order.objects.count() == 0
