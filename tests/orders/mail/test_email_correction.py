"""A mistyped address, put right with the order's secret link, or by staff."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders.leases import lease
from orders.models import AttentionReason, Block, Email, EmailStatus, Mail, Order, queue_mail
from sandbox.inbox import Inbox
from tests.steps.attention import open_reasons
from tests.steps.factories import CODE, make_order, make_staff
from tests.steps.mail import ready_order, send, send_what_waits
from tests.steps.receipts import sold
from tests.steps.work import answer_link_requests

pytestmark = pytest.mark.django_db

RIGHT = "anna@example.org"


def page_of(order: Order) -> str:
    return f"{order.secret_link()}email/"


def correct(client: Client, order: Order, address: str = RIGHT) -> Any:
    response = client.post(page_of(order), {"email": address}, follow=True)
    order.refresh_from_db()
    return response


def test_mails_go_to_the_right_address_from_now_on(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    page = correct(client, order).content.decode()
    send_what_waits(order)
    assert "From now on we write to a•••@example.org. An e-mail is on its way there." in page
    assert order.email == RIGHT
    first, *others = inbox.messages
    assert (first.recipients, CODE in first.text) == (("anna@example.com",), True)
    assert {mail.recipients: CODE in mail.text for mail in others} == {
        (RIGHT,): True, ("anna@example.com",): False,
    }  # fmt: skip


def test_a_mail_that_came_back_leads_there(client: Client, inbox: Inbox) -> None:
    inbox.fail("5xx", to="anna@example.com")
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    assert page_of(order) in client.get(order.secret_link()).content.decode()
    assert "Our last e-mail did not arrive there." in client.get(page_of(order)).content.decode()
    correct(client, order)
    send_what_waits(order)
    order.refresh_from_db()
    assert order.status == "delivered"
    assert "did not arrive" not in client.get(order.secret_link()).content.decode()


def test_the_page_shows_the_address_masked(client: Client) -> None:
    page = client.get(page_of(make_order(status="placed"))).content.decode()
    assert "a•••@example.com" in page
    assert "anna@example.com" not in page


def test_what_waited_for_the_former_address_goes_to_the_right_one(
    client: Client, inbox: Inbox
) -> None:
    """Even if a worker is about to send it."""
    order = make_order(status="with_staff")
    waiting = queue_mail(order, Mail.ORDER_RECEIVED)
    worker = lease(Email, waiting.pk)
    assert worker is not None
    correct(client, order)
    assert not worker.mark_sent()
    send_what_waits(order)
    waiting.refresh_from_db()
    assert waiting.status == EmailStatus.DROPPED
    subjects = {mail.recipients: mail.subject for mail in inbox.messages}
    assert subjects.keys() == {(RIGHT,), ("anna@example.com",)}
    assert "we now write to another address" in subjects["anna@example.com",]


@pytest.mark.parametrize("status", ["placed", "delivered", "released"])
def test_the_former_address_is_notified_without_link_and_code(
    client: Client, inbox: Inbox, status: str
) -> None:
    order = ready_order(status=status)
    former = order.token
    correct(client, order)
    send_what_waits(order)
    [mail] = [each for each in inbox.messages if each.recipients == ("anna@example.com",)]
    for part in (mail.text, mail.html):
        words = " ".join(part.split())
        assert "From now on we write to a•••@example.org about this order." in words
        assert "you did not change the address? Then please reply to this e-mail" in words
        for secret in (order.token, former, f" {CODE}", RIGHT):
            assert secret not in part


def test_a_former_address_that_takes_no_mail_needs_no_staff(client: Client, inbox: Inbox) -> None:
    inbox.fail("5xx", to="anna@example.com")
    order = ready_order(status="delivered")
    correct(client, order)
    send_what_waits(order)
    assert open_reasons(order) == []
    assert order.emails.get(mail=Mail.ADDRESS_CHANGED).status == EmailStatus.FAILED


def test_a_former_address_that_is_the_right_one_again_is_not_notified(
    client: Client, inbox: Inbox
) -> None:
    order = ready_order(status="delivered")
    correct(client, order)
    correct(client, order, "anna@example.com")
    send_what_waits(order)
    told = {mail.recipients for mail in inbox.messages if "another address" in mail.subject}
    assert told == {(RIGHT,)}


def test_the_former_link_is_dead(client: Client, inbox: Inbox) -> None:
    """A mistyped address is a stranger's, who may have been mailed it."""
    order = ready_order()
    former = order.secret_link()
    answer = client.post(page_of(order), {"email": RIGHT})
    order.refresh_from_db()
    assert answer["Location"] == order.secret_link() != former
    for below in ("", "status/", "email/", "withdraw/", "answer/", "receipt/"):
        assert client.get(former + below).status_code == 404
    send_what_waits(order)
    mails = {mail.recipients: mail.text for mail in inbox.messages}
    assert order.secret_link() in mails[RIGHT,]
    assert all(former not in text for text in mails.values())


def test_the_history_has_both_addresses_masked(client: Client) -> None:
    order = make_order(status="placed")
    correct(client, order)
    row = order.history.get(move="correct_email")
    assert (row.note, row.by) == ("a•••@example.com → a•••@example.org", None)


def test_logs_hold_neither_address(
    client: Client, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("CRITICAL", "mail.log")  # the stand-in's own
    order = ready_order()
    inbox.fail("5xx", to=RIGHT)
    correct(client, order)
    send_what_waits(order)
    assert "anna@" not in caplog.text


def test_a_receipt_keeps_what_it_had(client: Client) -> None:
    order = sold(status="delivered").order
    receipt = order.receipts.get()
    before = {field.attname: getattr(receipt, field.attname) for field in receipt._meta.fields}
    correct(client, order)
    receipt.refresh_from_db()
    assert before == {name: getattr(receipt, name) for name in before}


def test_a_form_that_is_sent_twice_changes_and_mails_once(client: Client) -> None:
    order = make_order(status="with_staff")
    correct(client, order)
    page = correct(client, order).content.decode()
    assert "We already write to" in page
    assert [(each.mail, each.to) for each in order.emails.all()] == [
        (Mail.ORDER_RECEIVED, RIGHT), (Mail.ADDRESS_CHANGED, "anna@example.com"),
    ]  # fmt: skip
    assert order.history.filter(move="correct_email").count() == 1


def test_another_spelling_of_the_mailbox_is_not_told_that_mails_go_elsewhere(
    client: Client, inbox: Inbox
) -> None:
    order = make_order(status="with_staff")
    correct(client, order, "Anna@Example.com")
    send_what_waits(order)
    assert [mail.recipients for mail in inbox.messages] == [("Anna@example.com",)]


def test_an_unpaid_order_mails_nobody(client: Client) -> None:
    """The address may be a stranger's, who never asked for anything."""
    order = make_order()
    page = correct(client, order).content.decode()
    assert "From now on we write to a•••@example.org." in page
    assert "An e-mail is on its way" not in page
    assert (order.email, order.emails.count()) == (RIGHT, 0)


def test_an_order_that_was_never_paid_and_is_over_says_why_not(client: Client) -> None:
    order = make_order(status="expired")
    assert "Order again with the right address" in correct(client, order).content.decode()
    assert order.email == "anna@example.com"


@pytest.mark.parametrize("status", ["placed", "found", "ending", "released", "refunded"])
def test_money_may_still_have_to_be_told_of(client: Client, status: str) -> None:
    order = make_order(status=status)
    correct(client, order)
    mails = order.emails.exclude(mail=Mail.ADDRESS_CHANGED)
    assert (order.email, mails.get().to) == (RIGHT, RIGHT)


@pytest.mark.parametrize("typed", ["", "anna", "anna@", "anna@@example.org", "a b@example.org"])
def test_what_is_no_address_is_pointed_out(client: Client, typed: str) -> None:
    order = make_order(status="placed")
    response = correct(client, order, typed)
    assert response.status_code == 422
    assert "The address was not changed." in response.content.decode()
    assert order.email == "anna@example.com"


def test_it_takes_the_right_link(client: Client) -> None:
    order = make_order(status="placed")
    response = client.post(f"/orders/{order.number}/wrong-token/email/", {"email": RIGHT})
    assert response.status_code == 404


def test_the_order_is_found_by_its_new_address(client: Client) -> None:
    order = make_order(status="placed")
    correct(client, order)
    for address in ("anna@example.com", RIGHT):
        client.post("/orders/find/", {"number": order.number, "email": address})
        answer_link_requests()
    links = order.emails.filter(mail=Mail.ORDER_LINK, is_asked_for=False)
    assert {email.to for email in links} == {RIGHT}


# ------------------------------------------------------------------ limits and looks
def test_the_fourth_change_of_a_day_is_refused_in_words(client: Client) -> None:
    order = make_order(status="placed")
    for number in range(3):
        correct(client, order, f"anna{number}@example.org")
    response = correct(client, order)
    assert response.status_code == 429
    assert "too often within a day. You can try again" in response.content.decode()
    assert order.email == "anna2@example.org"


def test_an_address_with_many_orders_takes_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.ORDERS_PER_EMAIL_DAY", 2)
    order = make_order(status="placed")
    for _ in range(2):
        make_order(email=RIGHT)
    assert correct(client, order).status_code == 200  # anybody may have typed that address
    for _ in range(2):
        make_order(email="eve@example.com", status="placed", placed_at=timezone.now())
    response = correct(client, order, "eve@example.com")
    assert response.status_code == 429
    assert "too many orders for this address" in response.content.decode()


@pytest.mark.parametrize("status", ["placed", "with_staff", "ready", "delivered"])
def test_a_blocked_address_puts_the_order_on_hold(
    client: Client, inbox: Inbox, status: str
) -> None:
    block = Block(kind="email", reason="x")
    block.set_value(RIGHT)
    block.save()
    order = ready_order(status=status)
    correct(client, order)
    send_what_waits(order)
    assert (order.is_on_hold, open_reasons(order)) == (True, [AttentionReason.BLOCKED])
    assert all(CODE not in mail.text for mail in inbox.messages)


def test_a_buyer_of_many_radios_is_looked_at(client: Client, settings: Any) -> None:
    settings.VELOCITY_SERIALS = 2
    make_order(status="placed", email=RIGHT, serial="BP999999999999")
    order = make_order(status="placed")
    correct(client, order)
    assert open_reasons(order) == [AttentionReason.VELOCITY]


def test_whoever_has_their_code_is_not_looked_at_again(client: Client, settings: Any) -> None:
    settings.VELOCITY_SERIALS = 2
    make_order(status="placed", email=RIGHT, serial="BP999999999999")
    order = ready_order(status="delivered")
    correct(client, order)
    assert not order.is_on_hold


# ------------------------------------------------------------------ staff
@pytest.fixture
def vera(client: Client) -> Client:
    client.force_login(make_staff("vera", "view_order", "correct_email", "view_code"))
    return client


def test_staff_correct_it_and_that_is_logged(vera: Client, inbox: Inbox) -> None:
    order = ready_order()
    page = f"/admin/orders/order/{order.pk}/"
    assert f"{page}address/" in vera.get(f"{page}change/").content.decode()
    assert "anna@example.com" in vera.get(f"{page}address/").content.decode()
    vera.post(f"{page}address/", {"email": RIGHT})
    send_what_waits(order)
    assert {mail.recipients for mail in inbox.messages} == {(RIGHT,), ("anna@example.com",)}
    by = order.history.get(move="correct_email").by
    assert by is not None
    assert by.username == "vera"
    assert RIGHT not in str(LogEntry.objects.get().change_message)


@pytest.mark.parametrize("status", ["pending", "placed", "released"])
def test_the_new_link_is_mailed_where_staff_correct_it(
    vera: Client, inbox: Inbox, status: str
) -> None:
    order = make_order(status=status)
    former = order.secret_link()
    vera.post(f"/admin/orders/order/{order.pk}/address/", {"email": RIGHT})
    order.refresh_from_db()
    send_what_waits(order)
    assert Client().get(former).status_code == 404
    mails = {mail.recipients: mail.text for mail in inbox.messages}
    assert mails.keys() == {(RIGHT,), ("anna@example.com",)}
    assert order.secret_link() in mails[RIGHT,]


def test_a_slip_of_the_staff_is_pointed_out(vera: Client) -> None:
    order = ready_order()
    response = vera.post(f"/admin/orders/order/{order.pk}/address/", {"email": "anna"})
    assert response.status_code == 422
    order.refresh_from_db()
    assert order.email == "anna@example.com"


@pytest.mark.parametrize("lacks", ["view_code", "correct_email", "view_order"])
def test_without_each_permission_there_is_no_such_page(client: Client, lacks: str) -> None:
    """Who may not see codes has none mailed to an address of their choice, now or later."""
    order = ready_order()
    rights = {"view_order", "change_order", "correct_email", "view_code"} - {lacks}
    client.force_login(make_staff("lea", *rights))
    page = f"/admin/orders/order/{order.pk}/"
    assert client.get(f"{page}address/").status_code == 403
    assert client.post(f"{page}address/", {"email": RIGHT}).status_code == 403
    assert f"{page}address/" not in client.get(f"{page}change/").content.decode()
    order.refresh_from_db()
    assert (order.email, order.emails.count()) == ("anna@example.com", 0)
