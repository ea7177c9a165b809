"""Stripe's events in the admin: handled again by who may, by POST, with their name written down."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.models import Mail, StripeEvent, queue_mail
from tests.steps.factories import make_order, make_payment, make_refund, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/stripeevent/"


@pytest.fixture
def event() -> StripeEvent:
    return StripeEvent.objects.create(
        stripe_id="evt_1", type="charge.refunded", is_live=False, status="handled"
    )


@pytest.fixture
def leo(client: Client) -> Client:
    client.force_login(make_staff("leo", "view_stripeevent", "replay_event"))
    return client


def status(event: StripeEvent) -> str:
    event.refresh_from_db()
    return event.status


def chosen(event: StripeEvent) -> dict[str, Any]:
    return {"action": "replay_chosen", "_selected_action": [event.pk], "index": 0}


def test_a_button_has_it_handled_again(leo: Client, event: StripeEvent) -> None:
    assert "Handle again" in leo.get(f"{LIST}{event.pk}/change/").content.decode()
    leo.post(f"{LIST}{event.pk}/replay/")
    assert status(event) == "received"
    assert event.due_at is not None
    assert LogEntry.objects.get().get_change_message() == "Had it handled again."


def test_so_does_the_lists_action(leo: Client, event: StripeEvent) -> None:
    leo.post(LIST, chosen(event))
    assert status(event) == "received"
    assert LogEntry.objects.count() == 1


def test_who_may_only_look_can_do_neither(client: Client, event: StripeEvent) -> None:
    client.force_login(make_staff("vera", "view_stripeevent"))
    assert "Handle again" not in client.get(f"{LIST}{event.pk}/change/").content.decode()
    assert client.post(f"{LIST}{event.pk}/replay/").status_code == 403
    client.post(LIST, chosen(event))
    assert status(event) == "handled"


def test_it_takes_a_post(leo: Client, event: StripeEvent) -> None:
    assert leo.get(f"{LIST}{event.pk}/replay/").status_code == 405
    assert status(event) == "handled"


def test_what_waits_is_left_as_it_is(leo: Client, event: StripeEvent) -> None:
    StripeEvent.objects.update(status="received")
    response = leo.post(f"{LIST}{event.pk}/replay/", follow=True)
    assert "waits to be handled already" in response.content.decode()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("kind", ["payment", "email", "stripeevent", "refund"])
def test_a_status_reads_as_a_word_on_every_page(
    admin_client: Client, event: StripeEvent, kind: str
) -> None:
    order = make_order(status="delivered")
    payment = make_payment(order, status="captured", amount_captured=1499)
    refund = make_refund(payment, status="succeeded")
    email = queue_mail(order, Mail.MONEY_RETURNED, refund=refund)
    rows: dict[str, Any] = {
        "payment": payment,
        "email": email,
        "stripeevent": event,
        "refund": refund,
    }
    row = rows[kind]
    page = admin_client.get(f"/admin/orders/{kind}/{row.pk}/change/").content.decode()
    assert str(row.get_status_display()) in page
    assert f"(&#x27;{row.status}&#x27;" not in page
