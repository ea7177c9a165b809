"""A dispute's pages: what would be sent to the bank, and sending it once."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders.models import MAILS_TO_STAFF, Consent, Dispute, Order
from orders.payments.evidence import evidence_of
from tests.steps.disputes import closed, disputed
from tests.steps.factories import CODE, SERIAL, make_staff
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db


def page(dispute: Dispute, below: str = "evidence/") -> str:
    return f"/admin/orders/dispute/{dispute.pk}/{below}"


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def dispute(stripe: Stripe) -> Dispute:
    _order, dispute = disputed(stripe)
    Order.objects.update(first_shown_at=timezone.now())
    Consent.objects.update(address="203.0.113.7")
    dispute.refresh_from_db()
    return dispute


@pytest.fixture
def mia(client: Client) -> Client:
    client.force_login(make_staff("mia", "view_dispute", "view_order", "send_evidence"))
    return client


def sent(stripe: Stripe) -> dict[str, Any]:
    given: dict[str, Any] = stripe.books()["dispute"][0]["evidence"]
    return {name: words for name, words in given.items() if words}


def send(client: Client, dispute: Dispute) -> Any:
    return client.post(page(dispute, "evidence/send/"), {"is_sure": "on"}, follow=True)


def test_it_shows_what_the_shop_knows(mia: Client, dispute: Dispute) -> None:
    shown = text(mia.get(page(dispute)))
    for words in (
        "Nissan radio with a serial starting BP", "anna@example.com", "203.0.113.7",
        "by ticking an empty box", "This is my car", "code put on the order",
        "opened by whoever has its secret link", "accepted for anna@example.com",
        "€14.99 taken",
    ):  # fmt: skip
        assert words in shown


@pytest.mark.parametrize(("is_seen", "ends"), [(True, ", and looked at in a browser"), (False, "")])
def test_it_claims_that_the_code_was_looked_at_only_if_the_page_noted_it(
    mia: Client, dispute: Dispute, is_seen: bool, ends: str
) -> None:
    order = dispute.payment.order
    if is_seen:
        order.write_history("seen", note="")
    [line] = [line for line in evidence_of(dispute)["access_activity_log"].splitlines()
              if "secret link" in line]  # fmt: skip
    assert line.endswith(f"opened by whoever has its secret link{ends}")


def test_neither_code_nor_serial_nor_link_goes_to_the_bank(
    stripe: Stripe, mia: Client, dispute: Dispute
) -> None:
    send(mia, dispute)
    for words in (text(mia.get(page(dispute))), str(sent(stripe))):
        for secret in (f"{CODE}", SERIAL, "BP12 3456", dispute.payment.order.token):
            assert secret not in words


def test_the_bank_gets_what_was_shown_and_it_is_written_down_who_sent_it(
    stripe: Stripe, mia: Client, dispute: Dispute
) -> None:
    assert "is with Stripe" in text(send(mia, dispute))
    given = sent(stripe)
    assert given["customer_email_address"] == "anna@example.com"
    assert given["customer_purchase_ip"] == "203.0.113.7"
    assert "code found" in given["access_activity_log"]
    dispute.refresh_from_db()
    assert (str(dispute.evidence_sent_by), dispute.status) == ("mia", "under_review")
    assert LogEntry.objects.get().get_change_message() == "Sent the evidence to Stripe."


def test_it_is_sent_once(stripe: Stripe, mia: Client, dispute: Dispute) -> None:
    for _ in range(2):
        send(mia, dispute)
    assert len(stripe.events("charge.dispute.updated")) == 1
    assert "Send it to Stripe" not in text(mia.get(page(dispute)))


def test_a_lost_answer_is_asked_for_again(stripe: Stripe, mia: Client, dispute: Dispute) -> None:
    stripe.fail("lost", "POST", "/v1/disputes/*")
    assert "Stripe did not answer: it may be there" in text(send(mia, dispute))
    assert "The evidence is with Stripe" in text(send(mia, dispute))
    assert len(stripe.events("charge.dispute.updated")) == 1
    assert sent(stripe)
    dispute.refresh_from_db()
    assert str(dispute.evidence_sent_by) == "mia" and dispute.evidence_sent_at
    assert LogEntry.objects.get().get_change_message() == "Sent the evidence to Stripe."


def test_what_does_not_exist_is_left_out(stripe: Stripe, mia: Client, dispute: Dispute) -> None:
    Consent.objects.all().delete()
    Order.objects.update(first_shown_at=None)
    send(mia, dispute)
    assert "customer_purchase_ip" not in sent(stripe)
    assert "refund_policy_disclosure" not in sent(stripe)
    assert "secret link" not in sent(stripe)["access_activity_log"]


def test_mails_to_staff_are_none_of_the_banks_business(mia: Client, dispute: Dispute) -> None:
    for mail in MAILS_TO_STAFF:
        dispute.payment.order.emails.create(
            mail=mail, to="desk@encore.example", status="sent", sent_at=timezone.now()
        )
    assert "desk@encore.example" not in text(mia.get(page(dispute)))


def test_without_a_tick_nothing_is_sent(stripe: Stripe, mia: Client, dispute: Dispute) -> None:
    assert mia.post(page(dispute, "evidence/send/")).status_code == 422
    assert not stripe.events("charge.dispute.updated")


def test_who_may_only_look_cannot_send(client: Client, stripe: Stripe, dispute: Dispute) -> None:
    client.force_login(make_staff("vera", "view_dispute"))
    assert "Send it to Stripe" not in text(client.get(page(dispute)))
    assert send(client, dispute).status_code == 403
    assert not stripe.events("charge.dispute.updated")


def test_sending_takes_a_post(mia: Client, dispute: Dispute) -> None:
    assert mia.get(page(dispute, "evidence/send/")).status_code == 405


def test_a_closed_dispute_takes_nothing(stripe: Stripe, mia: Client, dispute: Dispute) -> None:
    closed(stripe, dispute, "lost")
    assert "Send it to Stripe" not in text(mia.get(page(dispute)))
    assert "takes none any more" in text(send(mia, dispute))


def test_the_list_only_shows(admin_client: Client, dispute: Dispute) -> None:
    assert dispute.payment.order.number in text(admin_client.get("/admin/orders/dispute/"))
    assert "What speaks for us" in text(admin_client.get(page(dispute, "change/")))
    assert admin_client.post(page(dispute, "change/"), {"status": "won"}).status_code == 403
    assert admin_client.post(page(dispute, "delete/")).status_code == 403


def test_the_order_leads_to_its_dispute(mia: Client, dispute: Dispute) -> None:
    order = mia.get(f"/admin/orders/order/{dispute.payment.order_id}/change/")
    assert page(dispute, "change/") in text(order)
