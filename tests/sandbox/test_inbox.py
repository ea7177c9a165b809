"""The inbox keeps every mail, and fails as mail servers do when asked to."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import requests

from sandbox.inbox import Inbox


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


def send(inbox: Inbox, to: str = "anna@example.com") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@example.com", to, "Your code – 1234"
    mail["Message-ID"] = "<fixed@shop.test>"
    mail.set_content("The code is 1234.\n")
    mail.add_alternative("<p>The code is <b>1234</b>.</p>", subtype="html")
    with smtplib.SMTP(inbox.host, inbox.smtp_port, timeout=3) as smtp:
        smtp.send_message(mail)


def test_it_keeps_a_mail_with_both_parts(inbox: Inbox) -> None:
    send(inbox)
    mail = inbox.messages[0]
    assert (mail.subject, mail.recipients) == ("Your code – 1234", ("anna@example.com",))
    assert (mail.text.strip(), "<b>1234</b>" in mail.html) == ("The code is 1234.", True)


def test_it_shows_doubles_and_their_message_id(inbox: Inbox) -> None:
    send(inbox)
    send(inbox)
    page = requests.get(inbox.url, timeout=3).text
    assert page.count("&lt;fixed@shop.test&gt;") == 2
    assert "with the same id" in requests.get(f"{inbox.url}/1/", timeout=3).text


def test_it_gives_mails_as_json_newest_first(inbox: Inbox) -> None:
    send(inbox, "first@example.com")
    send(inbox, "second@example.com")
    found = requests.get(f"{inbox.url}/api/messages/", timeout=3).json()
    assert [mail["recipients"][0] for mail in found] == ["second@example.com", "first@example.com"]


def test_it_deletes_all(inbox: Inbox) -> None:
    send(inbox)
    requests.post(f"{inbox.url}/delete", timeout=3)
    assert inbox.messages == []


@pytest.mark.parametrize(("kind", "code"), [("4xx", 451), ("5xx", 550)])
def test_it_refuses_once_when_told(inbox: Inbox, kind: str, code: int) -> None:
    inbox.fail(kind, to="anna@*")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(inbox)
    assert refused.value.recipients["anna@example.com"][0] == code
    send(inbox)
    assert len(inbox.messages) == 1


def test_it_keeps_a_mail_and_drops_the_connection(inbox: Inbox) -> None:
    inbox.fail("drop")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(inbox)
    assert len(inbox.messages) == 1


def test_it_hangs_up_and_keeps_nothing(inbox: Inbox) -> None:
    inbox.fail("down")
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(inbox)
    assert inbox.messages == []


def test_it_is_silent_when_told(inbox: Inbox) -> None:
    inbox.fail("slow", seconds=0.2)
    send(inbox)
    assert len(inbox.messages) == 1


def test_it_keeps_mails_over_a_restart(tmp_path: object) -> None:
    data = f"{tmp_path}/mails.sqlite3"
    with Inbox(data=data) as first:
        send(first)
    with Inbox(data=data) as second:
        assert [mail.message_id for mail in second.messages] == ["<fixed@shop.test>"]


def test_it_says_when_it_is_ready(inbox: Inbox) -> None:
    assert requests.get(f"{inbox.url}/_health", timeout=3).status_code == 200


def test_it_takes_a_mail_and_hangs_up_at_quit(inbox: Inbox) -> None:
    inbox.fail("quit")
    smtp = smtplib.SMTP(inbox.host, inbox.smtp_port, timeout=3)
    smtp.sendmail("shop@example.com", "anna@example.com", "Subject: Your code\r\n\r\n1234")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.quit()
    assert len(inbox.messages) == 1


def test_with_a_password_it_lets_in_nobody_else() -> None:
    with Inbox(password="right") as inbox, smtplib.SMTP(inbox.host, inbox.smtp_port) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("shop", "wrong")
        assert smtp.login("shop", "right")[0] == 235
