"""A customer asks for a copy, or to be forgotten: by command and in the admin."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from orders.models import Block, DataRequest, Email, Mail, Order, Receipt
from orders.tasks import apply_retention
from tests.steps.clock import grow_older
from tests.steps.database_search import traces_of
from tests.steps.factories import CODE, make_order, make_payment, make_staff
from tests.steps.full_order import ADDRESS, FORMER, NETWORK, SERIAL, order_with_full_history
from tests.steps.retention import assert_books_agree
from tests.steps.stripe import Stripe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]

PAGE = "/admin/orders/datarequest/person/"
HALF_A_YEAR = timedelta(days=181)


@pytest.fixture
def office() -> Client:
    client = Client()
    client.force_login(
        make_staff("otto", "export_person", "erase_person", "view_datarequest", "view_order")
    )
    return client


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said(*command: str, **options: Any) -> str:
    out = StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


# ------------------------------------------------------------------ a copy
def test_the_copy_has_all_that_the_shop_knows(stripe: Stripe, client: Client) -> None:
    order = order_with_full_history(stripe, client)
    copy = json.loads(said("export_person", ADDRESS.upper()))
    (told,) = copy["orders"]
    assert (told["serial"], told["code"], told["network"]) == (SERIAL, CODE, f"{NETWORK}")
    assert order.token in told["page"]
    assert told["questions"][0]["answers"][0]["words"] == f"Yes, {SERIAL}, Anna Muster"
    assert told["questions"][0]["answers"][0]["photos_as_jpeg_in_base64"][0].startswith("/9j/")
    assert [each["number"] for each in told["receipts"]] == ["C-000001", "R-000001"]
    assert told["payments"][0]["refunds"][0]["note"] == f"{ADDRESS} asked"
    assert {each["network_address"] for each in told["agreed_to"]} == {NETWORK}


def test_the_copy_names_no_staff_and_nobody_else(stripe: Stripe, client: Client) -> None:
    order_with_full_history(stripe, client)
    make_order(email="bert@example.com")
    copy = said("export_person", ADDRESS)
    assert "vera" not in copy and "bert" not in copy
    assert FORMER not in copy  # who read a mail of this order by mistake is another person


def test_who_got_a_mail_by_mistake_is_told_that_and_no_more() -> None:
    order = make_order(status="delivered")
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to="ana@example.com", status="sent")
    copy = json.loads(said("export_person", "ana@example.com"))
    (mail,) = copy["mails_of_orders_that_have_another_address_now"]
    assert (copy["orders"], mail["to"]) == ([], "ana@example.com")
    assert order.number not in str(copy)


# ------------------------------------------------------------------ forgetting
def test_forgotten_is_forgotten_everywhere(stripe: Stripe, client: Client) -> None:
    order = order_with_full_history(stripe, client)
    grow_older(stripe, HALF_A_YEAR)
    assert f"{order.number}: made nobody's" in said("erase_person", ADDRESS, yes=True)
    assert traces_of(ADDRESS, "anna muster", order.token, NETWORK) == []
    assert Receipt.objects.count() == 2
    assert_books_agree()
    said("erase_person", ADDRESS, yes=True)
    assert_books_agree()


def test_nothing_is_done_before_somebody_is_sure(stripe: Stripe, client: Client) -> None:
    order_with_full_history(stripe, client)
    grow_older(stripe, HALF_A_YEAR)
    with pytest.raises(CommandError, match="Nothing was done yet"):
        said("erase_person", ADDRESS)
    assert Order.objects.get().email == ADDRESS
    assert not DataRequest.objects.exists()


def test_what_a_bank_may_dispute_waits_and_then_goes_by_itself(
    stripe: Stripe, client: Client
) -> None:
    order = order_with_full_history(stripe, client)
    assert "a bank may dispute its payment until" in said("erase_person", ADDRESS, yes=True)
    apply_retention()
    assert Order.objects.get().email == ADDRESS
    grow_older(stripe, HALF_A_YEAR)
    apply_retention()
    order.refresh_from_db()
    assert (order.email, order.is_anonymised) == ("", True)


def test_an_open_order_is_served_first() -> None:
    order = make_order(status="with_staff")
    make_payment(order, status="held")
    assert "it is not over yet" in said("erase_person", order.email, yes=True)
    apply_retention()
    order.refresh_from_db()
    assert (order.status, order.email) == ("with_staff", "anna@example.com")


def test_an_order_that_nobody_paid_is_deleted_at_once() -> None:
    make_payment(make_order(status="expired"), status="expired")
    assert "never paid, deleted" in said("erase_person", "anna@example.com", yes=True)
    assert not Order.objects.exists()


def test_a_backup_that_brings_them_back_is_put_right_by_the_log(caplog: Any) -> None:
    make_order(status="expired")
    said("erase_person", "anna@example.com", yes=True)
    (line,) = [each for each in caplog.messages if "person erased" in each]
    make_order(status="expired")  # as if restored
    said("erase_person", fingerprint=line.split()[-1], yes=True)
    assert not Order.objects.exists()
    assert "anna" not in caplog.text


# ------------------------------------------------------------------ in the admin
def test_the_admin_looks_up_gives_a_copy_and_notes_it(
    office: Client, stripe: Stripe, client: Client
) -> None:
    order = order_with_full_history(stripe, client)
    found = office.post(PAGE, {"email": ADDRESS})
    assert order.number in page(found) and "a bank may dispute its payment" in page(found)
    copy = office.post(PAGE, {"email": ADDRESS, "copy": ""})
    assert copy.json()["orders"][0]["serial"] == SERIAL
    assert "no-store" in copy["Cache-Control"] and "muster" not in copy["Content-Disposition"]
    noted = DataRequest.objects.get()
    assert (noted.kind, noted.by and noted.by.username) == ("export", "otto")
    assert "muster" not in str(DataRequest.objects.values().get())


def test_a_copy_has_code_and_link_only_for_who_may_see_codes(
    office: Client, stripe: Stripe, client: Client
) -> None:
    order = order_with_full_history(stripe, client)
    copy = office.post(PAGE, {"email": ADDRESS, "copy": ""})
    assert SERIAL in copy.text
    assert f'"{CODE}"' not in copy.text and order.token not in copy.text
    office.force_login(make_staff("lea", "export_person", "view_code"))
    copy = office.post(PAGE, {"email": ADDRESS, "copy": ""})
    (told,) = copy.json()["orders"]
    assert told["code"] == CODE and order.token in told["page"]
    entry = LogEntry.objects.get(user__username="lea")
    assert entry.object_id == str(order.pk)
    assert "Looked at the code" in entry.get_change_message()


def test_the_admin_asks_twice_before_it_forgets(
    office: Client, stripe: Stripe, client: Client
) -> None:
    order_with_full_history(stripe, client)
    grow_older(stripe, HALF_A_YEAR)
    sure = office.post(PAGE, {"email": ADDRESS, "erase": ""})
    assert "Kept, as tax law wants: 2 receipts" in page(sure)
    assert Order.objects.get().email == ADDRESS
    office.post(PAGE, {"email": ADDRESS, "is_sure": "", "seen": sure.context["seen"]})
    assert traces_of(ADDRESS) == []
    assert "muster" not in page(office.get("/admin/orders/datarequest/"))


def test_what_changed_since_the_second_look_is_looked_at_again(office: Client) -> None:
    order = make_order(status="expired")
    sure = office.post(PAGE, {"email": order.email, "erase": ""})
    Order.objects.update(on_hold_at=timezone.now(), on_hold_reason="fraud")
    again = office.post(PAGE, {"email": order.email, "is_sure": "", "seen": sure.context["seen"]})
    assert "Something changed meanwhile" in page(again)
    assert Order.objects.get().erase_asked_at is None


def test_who_may_not_sees_nothing_and_erases_nothing() -> None:
    make_order(status="expired")
    nobody, clerk = Client(), Client()
    nobody.force_login(make_staff("nora", "view_order", "view_datarequest"))
    clerk.force_login(make_staff("carl", "export_person"))
    assert nobody.get(PAGE).status_code == 403
    clerk.post(PAGE, {"email": "anna@example.com", "is_sure": "", "seen": "x"})
    assert Order.objects.exists()


def test_a_blocked_address_stays_blocked_and_that_is_said(office: Client) -> None:
    block = Block(kind="email", reason="fraud")
    block.set_value("anna@example.com")
    block.save()
    make_order(status="expired")
    assert "on the block-list" in page(office.post(PAGE, {"email": "anna@example.com"}))
    said("erase_person", "anna@example.com", yes=True)
    assert Block.names("email", "anna@example.com")
