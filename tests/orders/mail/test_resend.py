"""The mail that is true now, once more: asked for by the customer, or sent by staff."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders.lib import crypto
from orders.mail.resend import resend
from orders.models import Email, Mail, Order, Question, queue_mail
from sandbox.inbox import Inbox
from tests.steps.factories import CODE, make_order, make_payment, make_refund, make_staff
from tests.steps.mail import ready_order, send, send_what_waits

pytestmark = pytest.mark.django_db


def ask_for_it(client: Client, order: Order) -> Any:
    return client.post(f"{order.secret_link()}resend/", follow=True)


def mails(order: Order) -> list[str]:
    return list(order.emails.values_list("mail", flat=True))


def test_the_code_comes_again_in_a_new_mail(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    first = send(order, Mail.YOUR_CODE)
    page = ask_for_it(client, order).content.decode()
    send_what_waits(order)
    assert "An e-mail is on its way to a•••@example.com" in page
    assert [CODE in mail.text for mail in inbox.messages] == [True, True]
    assert inbox.messages[1].message_id != first.message_id


def test_a_code_mail_that_arrives_at_last_delivers_the_order(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    inbox.fail("5xx")
    send(order, Mail.YOUR_CODE)
    ask_for_it(client, order)
    send_what_waits(order)
    order.refresh_from_db()
    assert order.status == "delivered"
    page = client.get(order.secret_link()).content.decode()
    assert "did not arrive" not in page


@pytest.mark.parametrize(
    ("values", "mail"),
    [
        ({"status": "placed"}, Mail.ORDER_LINK),
        ({"status": "with_staff"}, Mail.ORDER_RECEIVED),
        ({"status": "found"}, Mail.ORDER_LINK),
        ({"status": "payment_due"}, Mail.PAY_AGAIN),
        ({"status": "ready"}, Mail.YOUR_CODE),
        ({"status": "delivered"}, Mail.YOUR_CODE),
        ({"status": "delivered", "on_hold_at": "2026-11-20T12:00:00Z"}, Mail.ORDER_LINK),
        ({"status": "ending"}, Mail.ORDER_LINK),
        ({"status": "ending", "ended_because": "withdrawn"}, Mail.WITHDRAWAL_RECEIVED),
        ({"status": "released"}, Mail.NO_CODE),
        ({"status": "released", "ended_because": "withdrawn"}, Mail.WITHDRAWAL_RECEIVED),
        ({"status": "refunded"}, Mail.ORDER_LINK),
    ],
)
def test_the_mail_is_the_one_that_is_true_now(
    client: Client, values: dict[str, Any], mail: Mail
) -> None:
    order = make_order(**values)
    ask_for_it(client, order)
    assert mails(order) == [mail]


def test_an_open_question_is_asked_again(client: Client) -> None:
    order = make_order(status="with_staff")
    Question.objects.create(order=order, text_encrypted=crypto.encrypt("Which car?"))
    ask_for_it(client, order)
    assert mails(order) == [Mail.QUESTION]


def test_a_bank_that_takes_days_is_told_again(client: Client) -> None:
    order = make_order()
    make_payment(order, status="processing")
    ask_for_it(client, order)
    assert mails(order) == [Mail.BANK_WAITS]


def test_returned_money_is_told_with_its_refund(client: Client, inbox: Inbox) -> None:
    order = make_order(status="refunded")
    payment = make_payment(order, status="refunded", amount_captured=1499, amount_refunded=1499)
    refund = make_refund(payment, status="succeeded")
    ask_for_it(client, order)
    send_what_waits(order)
    assert order.emails.get().refund == refund
    assert "We've refunded the full €14.99" in inbox.messages[0].text


@pytest.mark.parametrize("status", ["pending", "expired"])
def test_nothing_is_mailed_for_an_order_that_nobody_paid(client: Client, status: str) -> None:
    """Else anybody could have strangers mailed."""
    order = make_order(status=status)
    page = client.get(order.secret_link()).content.decode()
    assert "Send the e-mail again" not in page
    assert "There is nothing to e-mail" in ask_for_it(client, order).content.decode()
    assert mails(order) == []


def test_a_mail_that_still_waits_is_not_doubled(client: Client) -> None:
    order = ready_order()
    queue_mail(order, Mail.YOUR_CODE)
    assert "An e-mail is on its way" in ask_for_it(client, order).content.decode()
    assert mails(order) == [Mail.YOUR_CODE]


# ------------------------------------------------------------------ limits
def test_the_fourth_within_an_hour_is_refused_in_words(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    for _ in range(3):
        ask_for_it(client, order)
        send_what_waits(order)
    response = ask_for_it(client, order)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert (
        "too many e-mails to this address within an hour. You can try again after"
        in response.content.decode()
    )
    assert CODE in response.content.decode()
    assert len(mails(order)) == 3


def test_all_orders_of_a_mailbox_count_together(client: Client, inbox: Inbox) -> None:
    orders = [ready_order(email=email) for email in ("anna@example.com", "Anna@EXAMPLE.com")]
    for order in (*orders, orders[0]):
        assert ask_for_it(client, order).status_code == 200
        send_what_waits(order)
    assert [ask_for_it(client, order).status_code for order in orders] == [429, 429]


def test_an_hour_later_it_is_sent_again(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    for _ in range(3):
        ask_for_it(client, order)
        send_what_waits(order)
    Email.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert ask_for_it(client, order).status_code == 200
    assert len(mails(order)) == 4


def test_what_the_shop_sent_by_itself_does_not_count(client: Client, inbox: Inbox) -> None:
    order = ready_order()
    for mail in (Mail.ORDER_RECEIVED, Mail.PAY_AGAIN, Mail.YOUR_CODE):
        send(order, mail)
    assert ask_for_it(client, order).status_code == 200


def test_it_takes_a_post_and_the_right_link(client: Client) -> None:
    order = ready_order()
    assert client.get(f"{order.secret_link()}resend/").status_code == 405
    assert client.post(f"/orders/{order.number}/wrong-token/resend/").status_code == 404
    assert mails(order) == []


# ------------------------------------------------------------------ staff
@pytest.fixture
def vera(client: Client) -> Client:
    client.force_login(make_staff("vera", "view_order", "change_order"))
    return client


def test_staff_send_it_again_and_that_is_logged(vera: Client) -> None:
    order = ready_order()
    page = f"/admin/orders/order/{order.pk}/"
    assert "Send the last mail again" in vera.get(f"{page}change/").content.decode()
    vera.post(f"{page}send-again/")
    assert mails(order) == [Mail.YOUR_CODE]
    assert "Sent the mail of this moment again." in str(LogEntry.objects.get().change_message)


def test_staff_are_not_limited_and_take_nothing_from_the_customer(
    vera: Client, inbox: Inbox
) -> None:
    order = ready_order()
    for _ in range(4):
        vera.post(f"/admin/orders/order/{order.pk}/send-again/")
        send_what_waits(order)
    assert len(mails(order)) == 4
    assert resend(order)


def test_who_may_only_read_sends_nothing(client: Client) -> None:
    order = ready_order()
    client.force_login(make_staff("lea", "view_order"))
    assert client.post(f"/admin/orders/order/{order.pk}/send-again/").status_code == 403
    assert mails(order) == []
