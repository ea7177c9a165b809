"""Notes of staff, ready-made sentences and a buyer's other orders, beside the order."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from orders.models import Note, Order, ReadySentence
from orders.privacy.anonymise import anonymise_order
from tests.steps.factories import make_order, make_payment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def vera() -> User:
    return make_staff("vera", "enter_code")


@pytest.fixture
def desk(client: Client, vera: User) -> Client:
    client.force_login(vera)
    return client


@pytest.fixture
def order() -> Order:
    order = make_order(status="with_staff")
    make_payment(order, status="held")
    return order


def url(order: Order, page: str) -> str:
    return f"/admin/orders/order/{order.pk}/{page}/"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_note_is_shown_to_staff_and_kept_encrypted(
    desk: Client, vera: User, order: Order
) -> None:
    page = desk.post(
        url(order, "note"), {"text": "Dealer calls back.", "from": "desk"}, follow=True
    )
    assert "Dealer calls back." in text(page) and "vera" in text(page)
    note = Note.objects.get()
    assert note.by == vera and "Dealer" not in note.text_encrypted
    desk.force_login(make_staff("ada", "view_order", "change_order"))
    assert "Dealer calls back." in text(desk.get(url(order, "change")))
    assert "Dealer" not in text(Client().get(order.secret_link()))


def test_a_note_needs_words_and_the_right_to_see_the_order(desk: Client, order: Order) -> None:
    assert "Nothing was stored" in text(desk.post(url(order, "note"), {"text": " "}, follow=True))
    delivered = make_order(status="delivered")
    assert desk.post(url(delivered, "note"), {"text": "Mine?"}).status_code == 403
    desk.force_login(make_staff("otto", "view_order"))
    assert desk.post(url(order, "note"), {"text": "Mine?"}).status_code == 403
    assert not Note.objects.exists()


def test_a_note_goes_with_the_customers_data() -> None:
    order = make_order(status="released")
    Note.objects.create(order=order, text_encrypted="x")
    assert anonymise_order(order, Order.objects.all())
    assert not Note.objects.exists()


def test_staff_edit_the_ready_made_sentences(desk: Client, order: Order) -> None:
    values = {"text": "A photo of the label, please.", "wants_photo": True, "kind": "question"}
    ReadySentence.objects.update_or_create(key="label", defaults=values)
    ReadySentence.objects.create(text="Which colour is it?", position=1)
    page = text(desk.get(url(order, "desk")))
    assert "A photo of the label, please." in page and "Which colour is it?" in page
    order.refresh_from_db()
    lease = {"version": order.version, "claim_token": str(order.claim_token)}
    key = ReadySentence.objects.get(position=1).key
    desk.post(url(order, "desk/ask"), lease | {"ready_made": ["label", key]})
    question = order.questions.get()
    assert question.text == "Which colour is it?\n\nA photo of the label, please."
    assert question.wants_photo
    ReadySentence.objects.all().delete()
    assert "sharp enough to read" in text(desk.get(url(make_order(status="with_staff"), "desk")))


def test_other_orders_of_the_buyer_stand_beside_for_who_may_see_orders(
    desk: Client, order: Order
) -> None:
    other = make_order(status="delivered", serial="BP999999999999")
    assert other.number not in text(desk.get(url(order, "desk")))
    order.finish(opened_by=None)
    desk.force_login(make_staff("ada", "enter_code", "view_order"))
    page = text(desk.get(url(order, "desk")))
    assert other.number in page and "One other order of this e-mail address or card" in page
