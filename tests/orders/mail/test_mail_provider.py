"""Mails through a provider's API: taken, refused for good, or not now."""

from typing import Any

import pytest
from django.urls import resolve

from orders.mail.transport import PROVIDERS
from orders.models import Alert, AttentionReason, EmailStatus, Mail, Status, raise_alert
from orders.tasks import mail_alert
from tests.steps.attention import open_reasons
from tests.steps.factories import CODE, SERIAL
from tests.steps.mail import ready_order, send, send_again
from tests.steps.postmark import Postmark

pytestmark = pytest.mark.django_db


def test_a_mail_that_is_taken_keeps_the_providers_id(postmark: Postmark) -> None:
    order = ready_order()
    email = send(order, Mail.YOUR_CODE)
    order.refresh_from_db()
    assert (email.status, order.status) == (EmailStatus.SENT, Status.DELIVERED)
    assert email.provider_id == postmark.taken[0]["MessageID"]


def test_the_provider_gets_what_smtp_gets(postmark: Postmark) -> None:
    email = send(ready_order(), Mail.YOUR_CODE)
    (mail,) = postmark.taken
    assert CODE in mail["TextBody"]
    assert CODE in mail["HtmlBody"]
    assert mail["ReplyTo"] == "hello@encore.example"
    headers = {each["Name"]: each["Value"] for each in mail["Headers"]}
    assert headers == {"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"}


def test_what_the_provider_lists_and_searches_tells_nothing(postmark: Postmark) -> None:
    order = ready_order()
    email = send(order, Mail.YOUR_CODE)
    (mail,) = postmark.taken
    assert mail["Metadata"] == {"mail": email.reference}
    assert "Tag" not in mail
    for secret in (CODE, SERIAL, order.token, order.email):
        assert secret not in mail["Subject"] + email.reference


@pytest.mark.parametrize("trouble", [(422, 406), (422, 300), (400, 0), (413, 0)])
def test_a_refusal_calls_a_person(postmark: Postmark, trouble: tuple[int, int]) -> None:
    postmark.trouble = trouble
    order = ready_order()
    assert send(order, Mail.YOUR_CODE).status == EmailStatus.FAILED
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == (Status.READY, [AttentionReason.MAIL])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_is_not_about_this_mail_is_tried_again(postmark: Postmark, status: int) -> None:
    postmark.trouble = (status, 10)
    email = send(ready_order(), Mail.YOUR_CODE)
    assert email.status == EmailStatus.QUEUED
    postmark.trouble = None
    send_again(email)
    assert email.status == EmailStatus.SENT


def test_a_provider_that_does_not_answer_is_asked_again(postmark: Postmark, settings: Any) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"REQUESTS_TIMEOUT": 0.1}
    postmark.silent = 0.5
    assert send(ready_order(), Mail.YOUR_CODE).status == EmailStatus.QUEUED


def test_a_provider_that_is_away_is_asked_again(postmark: Postmark, settings: Any) -> None:
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": "http://127.0.0.1:1/"}
    assert send(ready_order(), Mail.YOUR_CODE).status == EmailStatus.QUEUED


@pytest.mark.parametrize("trouble", [(422, 406), (422, 300), (400, 0), (500, 0)])
def test_logs_and_history_hold_no_address(
    postmark: Postmark, caplog: pytest.LogCaptureFixture, trouble: tuple[int, int]
) -> None:
    postmark.trouble = trouble
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    assert "mail " in caplog.text
    for told in [caplog.text, *order.history.values_list("note", flat=True)]:
        assert order.email not in told


def test_an_alert_waits_for_a_provider_that_is_away(postmark: Postmark) -> None:
    postmark.trouble = (503, 0)
    alert = raise_alert(Alert.Kind.DECLINES, "x", "Look.")
    mail_alert(alert.pk)
    alert.refresh_from_db()
    assert alert.due_at is not None
    assert alert.delays == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_that_is_offered_can_tell_of_mails_that_came_back(provider: str) -> None:
    assert resolve(f"/{provider}/tracking/", "anymail.urls").func is not None
