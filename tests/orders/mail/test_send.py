"""What mail servers do to a mail, and that it reaches the customer once at least."""

import socket
import threading
from ssl import SSLCertVerificationError
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from orders.leases import lease
from orders.mail.transport import NotNowError, hand_over
from orders.models import (
    MAIL_LASTS,
    AttentionReason,
    Email,
    EmailStatus,
    Mail,
    Order,
    Status,
    queue_mail,
)
from orders.tasks import send_email
from sandbox.inbox import Inbox
from tests.steps.attention import open_reasons
from tests.steps.factories import CODE, make_code, make_order
from tests.steps.mail import ready_order, send, send_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inbox")]


def test_the_code_mail_makes_the_order_delivered() -> None:
    order = ready_order()
    assert send(order, Mail.YOUR_CODE).status == EmailStatus.SENT
    order.refresh_from_db()
    assert order.status == Status.DELIVERED


@pytest.mark.parametrize("to", ["x@example.com\u200e", "x@example.com\nBcc: y@example.com", "x@"])
@pytest.mark.parametrize("through", ["inbox", "postmark"])
def test_a_mail_that_cannot_be_written_is_refused_at_once(
    request: pytest.FixtureRequest, client: Client, through: str, to: str
) -> None:
    request.getfixturevalue(through)
    order = ready_order(email=to)
    email = send(order, Mail.YOUR_CODE)
    assert (email.status, email.due_at) == (EmailStatus.FAILED, None)
    assert open_reasons(order) == [AttentionReason.MAIL]
    assert "Our e-mail to you did not arrive" in client.get(order.secret_link()).content.decode()
    assert to not in order.history.get(subject="email", move="fail").note


def test_a_shop_whose_domain_has_an_umlaut_mails_with_an_ascii_message_id(
    settings: Any, inbox: Inbox
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Shop <hello@müller.de>"
    email = send(ready_order(), Mail.YOUR_CODE)
    assert email.status == EmailStatus.SENT
    assert email.message_id.endswith("@xn--mller-kva.de>")


def test_a_certificate_that_is_wrong_is_not_about_this_mail() -> None:
    """It is a ValueError, too."""
    message = EmailMultiAlternatives(to=["x@example.com"])
    message.send = Mock(side_effect=SSLCertVerificationError("self-signed"))  # type: ignore[method-assign]
    with pytest.raises(NotNowError):
        hand_over(message)


def test_a_mail_for_which_a_key_is_missing_waits_for_the_key(settings: Any) -> None:
    order = ready_order()
    settings.CODE_KEYS = ["YW5vdGhlciBrZXk6IHByb3RlY3RzIG5vdGhpbmcuLi4="]
    assert send(order, Mail.YOUR_CODE).status == EmailStatus.QUEUED


def test_the_code_waits_while_the_order_is_on_hold(inbox: Inbox) -> None:
    order = make_order(status="ready", on_hold_at="2026-11-20T12:00:00Z")
    make_code(order)
    email = send(order, Mail.YOUR_CODE)
    assert inbox.messages == []
    assert email.status == EmailStatus.QUEUED
    assert email.due_at is not None


@pytest.mark.parametrize(
    ("mail", "status"),
    [
        (Mail.YOUR_CODE, "found"),
        (Mail.YOUR_CODE, "refunded"),
        (Mail.PAY_AGAIN, "ready"),
        (Mail.ORDER_RECEIVED, "released"),
        (Mail.DESK_ALERT, "delivered"),
    ],
)
def test_a_mail_that_is_no_longer_true_is_not_sent(inbox: Inbox, mail: Mail, status: str) -> None:
    order = make_order(status=status)
    make_code(order)
    assert send(order, mail).status == EmailStatus.DROPPED
    assert inbox.messages == []


def test_a_mail_that_was_sent_is_not_sent_again(inbox: Inbox) -> None:
    email = send(ready_order(), Mail.YOUR_CODE)
    send_email(email.pk)
    assert len(inbox.messages) == 1


def test_a_second_copy_has_the_same_message_id(inbox: Inbox) -> None:
    inbox.fail("drop")  # taken, but the answer is lost
    email = send(ready_order(), Mail.YOUR_CODE)
    assert email.status == EmailStatus.QUEUED
    send_again(email)
    assert email.status == EmailStatus.SENT
    assert {mail.message_id for mail in inbox.messages} == {email.message_id}
    assert len(inbox.messages) == 2


def test_answers_go_to_the_seller(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    assert inbox.messages[0].header("Reply-To") == "hello@encore.example"


def test_a_final_refusal_calls_a_person(inbox: Inbox) -> None:
    inbox.fail("5xx")
    order = ready_order()
    email = send(order, Mail.YOUR_CODE)
    order.refresh_from_db()
    assert (email.status, email.due_at) == (EmailStatus.FAILED, None)
    assert open_reasons(order) == [AttentionReason.MAIL]
    assert order.status == Status.READY


def test_a_passing_refusal_is_tried_again(inbox: Inbox) -> None:
    inbox.fail("4xx")
    order = ready_order()
    email = send(order, Mail.YOUR_CODE)
    assert email.status == EmailStatus.QUEUED
    send_again(email)
    order.refresh_from_db()
    assert email.status == EmailStatus.SENT
    assert open_reasons(order) == []


def test_a_server_that_is_away_is_tried_again(settings: Any) -> None:
    settings.EMAIL_PORT = 1
    email = send(ready_order(), Mail.YOUR_CODE)
    assert email.status == EmailStatus.QUEUED
    assert email.due_at is not None


def test_after_a_day_a_person_is_called(inbox: Inbox) -> None:
    order = ready_order()
    email = queue_mail(order, Mail.YOUR_CODE)
    Email.objects.update(created_at=email.created_at - MAIL_LASTS)
    send_again(email)
    order.refresh_from_db()
    assert inbox.messages == []
    assert email.status == EmailStatus.FAILED
    assert open_reasons(order) == [AttentionReason.MAIL]


def test_a_server_that_falls_silent_is_tried_again(inbox: Inbox, settings: Any) -> None:
    usual, settings.EMAIL_TIMEOUT = settings.EMAIL_TIMEOUT, 1
    inbox.fail("slow", seconds=60)
    email = send(ready_order(), Mail.YOUR_CODE)
    assert email.status == EmailStatus.QUEUED
    settings.EMAIL_TIMEOUT = usual
    send_again(email)
    assert email.status == EmailStatus.SENT
    assert [mail.message_id for mail in inbox.messages] == [email.message_id]


def test_an_error_after_the_mail_was_taken_sends_no_second_copy(inbox: Inbox) -> None:
    inbox.fail("quit")
    assert send(ready_order(), Mail.YOUR_CODE).status == EmailStatus.SENT
    assert len(inbox.messages) == 1


def test_a_wrong_password_says_nothing_about_the_address(settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "wrong"
    order = ready_order()
    with Inbox(password="right") as strict:
        settings.EMAIL_PORT = strict.smtp_port
        assert send(order, Mail.YOUR_CODE).status == EmailStatus.QUEUED
    order.refresh_from_db()
    assert open_reasons(order) == []


@pytest.mark.parametrize(
    "talk",
    [
        [b"554 We take no mail from you"],
        [b"220 mail.test", b"550 Who are you", b"550 Who are you"],
        [b"220 mail.test", b"250 mail.test", b"550 You have sent enough today"],
    ],
    ids=["greeting", "hello", "sender"],
)
def test_a_server_that_refuses_us_says_nothing_about_the_mail(
    settings: Any, talk: list[bytes]
) -> None:
    order = ready_order()
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        threading.Thread(target=say, args=[server, talk], daemon=True).start()
        assert send(order, Mail.YOUR_CODE).status == EmailStatus.QUEUED
    order.refresh_from_db()
    assert open_reasons(order) == []


def say(server: socket.socket, talk: list[bytes]) -> None:
    """One line for each that is said, and then no more."""
    connection, _address = server.accept()
    with connection, connection.makefile("rb") as heard:
        for line in talk:
            connection.sendall(line + b"\r\n")
            heard.readline()


@pytest.mark.parametrize("kind", ["4xx", "5xx", "drop"])
def test_logs_hold_no_address(inbox: Inbox, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    inbox.fail(kind)
    send(ready_order(), Mail.YOUR_CODE)
    assert "mail " in caplog.text
    assert "example.com" not in caplog.text
    assert CODE not in caplog.text


@pytest.mark.parametrize("kind", ["4xx", "5xx", "drop"])
def test_the_order_page_has_the_code_whatever_became_of_the_mail(
    inbox: Inbox, client: Client, kind: str
) -> None:
    inbox.fail(kind)
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    assert CODE in client.get(order.secret_link()).content.decode()


def test_a_refused_mail_and_its_attention_are_stored_together(monkeypatch: Any) -> None:
    email = queue_mail(make_order(status="ready"), Mail.ORDER_LINK)

    def die(self: Order, reason: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(Order, "needs_attention", die)
    leased = lease(Email, email.pk)
    assert leased
    with pytest.raises(RuntimeError):
        leased.mark_failed("no such mailbox")
    email.refresh_from_db()
    assert email.status == EmailStatus.QUEUED
