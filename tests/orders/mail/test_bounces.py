"""What the mail provider reports later: a mail came back, or was called spam."""

from typing import Any

import pytest
from django.test import Client

from orders.leases import lease
from orders.models import AttentionReason, Email, EmailStatus, Mail, Order, Status, queue_mail
from orders.tasks import send_email
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import CODE, make_order, make_staff
from tests.steps.mail import ready_order, send
from tests.steps.postmark import Postmark, bounce, complaint, send_event

pytestmark = pytest.mark.django_db


def sent(postmark: Postmark) -> tuple[Email, dict[str, Any]]:
    """A code mail, in the shop's rows and as the provider has it."""
    email = send(ready_order(), Mail.YOUR_CODE)
    return email, postmark.taken[-1]


def attention_of(email: Email) -> list[str]:
    return open_reasons(email.order)


def test_a_bounce_calls_a_person(postmark: Postmark) -> None:
    email, mail = sent(postmark)
    assert send_event(bounce(mail)) == 200
    email.refresh_from_db()
    assert email.status == EmailStatus.BOUNCED
    assert attention_of(email) == [AttentionReason.MAIL]


def test_the_customer_reads_it_and_has_the_code(postmark: Postmark, client: Client) -> None:
    email, mail = sent(postmark)
    send_event(bounce(mail))
    page = client.get(email.order.secret_link()).content.decode()
    assert "Our e-mail to you did not arrive" in page
    assert f"{email.order.secret_link()}email/" in page
    assert CODE in page


def test_a_page_that_is_open_learns_of_it(postmark: Postmark, client: Client) -> None:
    order = make_order(status="with_staff")
    send(order, Mail.ORDER_RECEIVED)
    status = f"{order.secret_link()}status/"
    assert client.get(status, {"v": order.version}).status_code == 204
    send_event(bounce(postmark.taken[0]))
    response = client.get(status, {"v": order.version})
    assert "Our e-mail to you did not arrive" in response.content.decode()


def test_a_bounce_that_comes_twice_is_one(postmark: Postmark) -> None:
    email, mail = sent(postmark)
    settle(Order.objects.get(pk=email.order_id))
    for _ in range(2):
        assert send_event(bounce(mail)) == 200
        settle(Order.objects.get(pk=email.order_id))
    assert email.order.history.filter(move="bounce").count() == 1
    assert email.order.history.filter(move="attention").count() == 1


def test_a_bounce_may_come_before_we_know_that_the_mail_was_taken(postmark: Postmark) -> None:
    """1. A worker sends. 2. The provider reports the bounce. 3. The worker records."""
    email = queue_mail(ready_order(), Mail.YOUR_CODE)
    worker = lease(Email, email.pk)
    assert worker is not None
    ours = {"To": email.to, "From": "x@x.example", "Metadata": {"mail": email.reference}}
    assert send_event(bounce(ours | {"MessageID": "not-known-yet"})) == 200
    assert not worker.mark_sent("not-known-yet")
    email.refresh_from_db()
    assert email.status == EmailStatus.BOUNCED
    assert Order.objects.get(pk=email.order_id).status == Status.READY


def test_a_mail_that_came_back_is_not_sent_again_by_itself(postmark: Postmark) -> None:
    email, mail = sent(postmark)
    send_event(bounce(mail))
    send_email(email.pk)
    assert len(postmark.taken) == 1


@pytest.mark.parametrize("type", ["Transient", "AutoResponder", "AddressChange", "Unknown"])
def test_what_is_no_end_changes_nothing(postmark: Postmark, type: str) -> None:
    email, mail = sent(postmark)
    assert send_event(bounce(mail, type)) == 200
    email.refresh_from_db()
    assert (email.status, attention_of(email)) == (EmailStatus.SENT, [])


@pytest.mark.parametrize("type", ["HardBounce", "SoftBounce", "BadEmailAddress", "Blocked"])
def test_every_end_counts(postmark: Postmark, type: str) -> None:
    email, mail = sent(postmark)
    send_event(bounce(mail, type))
    email.refresh_from_db()
    assert email.status == EmailStatus.BOUNCED


def test_a_complaint_calls_a_person_once(postmark: Postmark) -> None:
    email, mail = sent(postmark)
    for _ in range(2):
        assert send_event(complaint(mail)) == 200
    email.refresh_from_db()
    assert (email.status, email.complained_at is None) == (EmailStatus.SENT, False)
    assert attention_of(email) == [AttentionReason.COMPLAINT]
    assert email.order.history.filter(move="complaint").count() == 1


def test_another_shops_mail_is_ignored(postmark: Postmark) -> None:
    email, mail = sent(postmark)
    theirs = {"MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817", "Metadata": {"mail": "0" * 32}}
    assert send_event(bounce(mail | theirs)) == 200
    email.refresh_from_db()
    assert email.status == EmailStatus.SENT


@pytest.mark.parametrize("reference", ["", "_", "%", "<", "a" * 31])
def test_a_part_of_a_reference_finds_nothing(postmark: Postmark, reference: str) -> None:
    email, mail = sent(postmark)
    send_event(bounce(mail | {"MessageID": "", "Metadata": {"mail": reference}}))
    email.refresh_from_db()
    assert email.status == EmailStatus.SENT


def test_what_the_other_server_said_is_not_kept(
    postmark: Postmark, caplog: pytest.LogCaptureFixture
) -> None:
    email, mail = sent(postmark)
    send_event(bounce(mail))
    for note in email.order.history.values_list("note", flat=True):
        assert email.to not in note
    assert email.to not in caplog.text


# ------------------------------------------------------------------ the view
@pytest.mark.parametrize("secret", ["", "mails:", "mails:wrong", "other:of-the-tests"])
def test_who_does_not_know_the_secret_is_refused(postmark: Postmark, secret: str) -> None:
    email, mail = sent(postmark)
    assert send_event(bounce(mail), secret=secret) == 400
    email.refresh_from_db()
    assert email.status == EmailStatus.SENT


def test_without_a_secret_there_is_no_door(postmark: Postmark, settings: Any) -> None:
    _email, mail = sent(postmark)
    settings.MAIL_WEBHOOK_SECRETS = []
    assert send_event(bounce(mail)) == 404


@pytest.mark.parametrize("provider", ["mailgun", "sendgrid", "nobody"])
def test_only_the_provider_in_use_has_a_door(postmark: Postmark, provider: str) -> None:
    _email, mail = sent(postmark)
    assert send_event(bounce(mail), provider=provider) == 404


def test_over_smtp_there_is_no_door() -> None:
    assert send_event({}) == 404


def test_a_body_that_is_too_big_is_refused(postmark: Postmark) -> None:
    _email, mail = sent(postmark)
    assert send_event(bounce(mail) | {"Content": "x" * 1_100_000}) == 400


# ------------------------------------------------------------------ by hand, over SMTP
@pytest.fixture
def vera(client: Client) -> Client:
    client.force_login(make_staff("vera", "view_email", "change_email"))
    return client


def test_staff_mark_a_mail_that_came_back(postmark: Postmark, vera: Client) -> None:
    email, _mail = sent(postmark)
    page = f"/admin/orders/email/{email.pk}/"
    assert "It came back" in vera.get(f"{page}change/").content.decode()
    vera.post(f"{page}came-back/")
    email.refresh_from_db()
    assert email.status == EmailStatus.BOUNCED
    by = email.order.history.get(move="bounce").by
    assert by is not None
    assert by.username == "vera"


def test_what_was_not_sent_cannot_come_back(postmark: Postmark, vera: Client) -> None:
    email = queue_mail(ready_order(), Mail.YOUR_CODE)
    vera.post(f"/admin/orders/email/{email.pk}/came-back/")
    email.refresh_from_db()
    assert email.status == EmailStatus.QUEUED


def test_marking_takes_a_permission(postmark: Postmark, client: Client) -> None:
    email, _mail = sent(postmark)
    client.force_login(make_staff("lea", "view_email", "view_order", "change_order"))
    assert client.post(f"/admin/orders/email/{email.pk}/came-back/").status_code == 403
    assert (
        "It came back" not in client.get(f"/admin/orders/email/{email.pk}/change/").content.decode()
    )


def test_a_bug_of_ours_is_answered_as_ours(postmark: Postmark, monkeypatch: Any) -> None:
    """With 400 the provider would take its event for refused, and drop it."""
    email, mail = sent(postmark)

    def broken(*_args: object) -> None:
        raise AttributeError("of None")

    monkeypatch.setattr(Email, "bounce", broken)
    with pytest.raises(AttributeError):
        send_event(bounce(mail))
    monkeypatch.undo()
    assert send_event(bounce(mail)) == 200
    email.refresh_from_db()
    assert email.status == EmailStatus.BOUNCED
