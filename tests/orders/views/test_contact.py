"""The contact form: what visitors write, what staff answer, and how long it is kept."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guides.models import LegalText
from orders.limits import MESSAGES_PER_MAILBOX_DAY, MESSAGES_PER_NETWORK_HOUR
from orders.models import Alert, Message, Order, Upload
from orders.privacy.export import export
from orders.privacy.person import erase
from orders.tasks import apply_retention
from tests.steps.factories import make_order, make_staff
from tests.steps.photos import jpeg
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

URL = "/contact/write/"


def write(client: Client, **values: Any) -> Any:
    typed = {
        "form_key": uuid.uuid4(), "email": "anna@example.com", "number": "", "text": "Hello there",
    }  # fmt: skip
    return client.post(URL, typed | values, follow=True)


@pytest.fixture
def order() -> Order:
    return make_order(status="delivered", email="anna@example.com")


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make_staff("vera", "view_message", "change_message"))
    return client


def test_it_is_linked_if_number_and_mailbox_match_and_the_visitor_sees_no_difference(
    client: Client, order: Order
) -> None:
    mine = write(client, number=f"order {order.number}.", email="Anna@example.com")
    other = write(client, number=order.number, email="eve@example.com")
    linked, alone = Message.objects.all()
    assert (linked.order, alone.order, alone.number) == (order, None, order.number)
    said = [[str(each) for each in page.context["messages"]] for page in (mine, other)]
    assert said[0] == said[1] and len(said[0]) == 1
    assert "eve" not in str(Message.objects.values().last())


def test_the_same_form_twice_is_one_message_and_a_wrong_number_is_explained(client: Client) -> None:
    key = uuid.uuid4()
    for _ in range(2):
        assert write(client, form_key=key).status_code == 200
    assert Message.objects.count() == 1
    assert "no order number in this" in write(client, number="what?").content.decode()


def test_staff_are_notified_once_and_their_answer_is_mailed_once(
    client: Client, desk: Client, order: Order, mailoutbox: list[Any]
) -> None:
    write(client, number=order.number)
    write(client, email="eve@example.com")
    work_until_quiet()
    assert [mail.to for mail in mailoutbox] == [["desk@encore.example"]]
    listed = desk.get("/admin/orders/message/").content.decode()
    assert "a•••@example.com" in listed and "anna@" not in listed and order.number in listed
    first, second = Message.objects.all()
    page = desk.get(f"/admin/orders/message/{first.pk}/change/").content.decode()
    assert "anna@example.com" in page and "Hello there" in page
    for words in ("Dear Anna & all", "Once more"):
        desk.post(f"/admin/orders/message/{first.pk}/answer/", {"answer": words})
    work_until_quiet()
    assert [mail.to for mail in mailoutbox[1:]] == [["anna@example.com"]]
    assert "Dear Anna & all" in mailoutbox[1].body
    assert Message.objects.filter(sent_at__isnull=False).get() == first
    assert Alert.objects.filter(settled_at=None).exists()
    desk.post(f"/admin/orders/message/{second.pk}/answer/", {"close": "1"})
    assert not Alert.objects.filter(settled_at=None).exists()
    work_until_quiet()
    assert len(mailoutbox) == 2


def test_who_may_only_read_does_not_answer(client: Client, desk: Client) -> None:
    write(client)
    message = Message.objects.get()
    client.force_login(make_staff("otto", "view_message"))
    answer = client.post(f"/admin/orders/message/{message.pk}/answer/", {"answer": "No"})
    assert answer.status_code == 403
    assert client.get(f"/admin/orders/message/{message.pk}/change/").status_code == 200


def test_one_mailbox_and_one_network_write_so_often_only(client: Client) -> None:
    for number in range(MESSAGES_PER_MAILBOX_DAY + 1):
        write(client, REMOTE_ADDR="", email="Eve@example.com" if number % 2 else "eve@example.com")
    assert Message.objects.count() == MESSAGES_PER_MAILBOX_DAY
    for number in range(MESSAGES_PER_NETWORK_HOUR):
        write(client, email=f"a{number}@example.com")
    assert Message.objects.count() == MESSAGES_PER_NETWORK_HOUR
    assert "too many messages" in write(client, email="z@example.com").content.decode()


def test_photos_are_kept_with_it_and_everything_goes_after_its_days(
    client: Client, desk: Client
) -> None:
    write(client, photo=[SimpleUploadedFile("label.jpg", jpeg())])
    message, upload = Message.objects.get(), Upload.objects.get()
    assert message.network and upload.content.startswith(b"\xff\xd8")
    shown = desk.get(f"/admin/orders/message/{message.pk}/photo/{upload.pk}/")
    assert shown["Content-Type"] == "image/jpeg" and shown.content == upload.content
    for days, count in ((2, 1), (91, 0)):
        Message.objects.update(created_at=timezone.now() - timedelta(days=days))
        apply_retention()
        assert not Message.objects.exclude(network="").exists()
        assert Message.objects.count() == Upload.objects.count() == count


def test_a_customer_gets_a_copy_of_it_and_has_it_erased(client: Client) -> None:
    write(client)
    write(client, email="eve@example.com")
    [copied] = export("Anna@example.com")["messages_of_the_contact_form"]
    assert copied["words"] == "Hello there"
    erase("Anna@example.com")
    assert [message.email for message in Message.objects.all()] == ["eve@example.com"]


def test_the_contact_page_leads_to_it_and_sets_no_cookie(client: Client) -> None:
    LegalText.objects.create(slug="contact", title="Contact", body="Words.")
    page = client.get("/contact/")
    assert URL in page.content.decode() and not page.cookies
    form = client.get(URL)
    assert form.status_code == 200 and "no-store" in form["Cache-Control"]
