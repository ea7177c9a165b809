"""Withdrawing from the contract: two steps, a receipt at once, and plain words where it is late."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.desk.holds import put_on_hold
from orders.models import AttentionReason, Mail, Order
from orders.payments.checkout import checkout_url
from orders.payments.sync import sync_payment
from tests.steps.attention import open_reasons
from tests.steps.factories import make_order, make_payment
from tests.steps.payments import authorized_with_staff
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


def url(order: Order) -> str:
    return order.secret_link() + "withdraw/"


def page_of(client: Client, order: Order) -> str:
    return " ".join(client.get(url(order)).content.decode().split())


@pytest.mark.parametrize("status", ["placed", "with_staff"])
def test_while_we_look_for_the_code_it_takes_two_steps(client: Client, status: str) -> None:
    order = make_order(status=status)
    assert url(order) in client.get(order.secret_link()).content.decode()
    first = page_of(client, order)
    assert "Confirm withdrawal" in first and "You pay nothing" in first
    order.refresh_from_db()
    assert order.status == status
    answer = client.post(url(order), follow=True).content.decode()
    assert "We have received your withdrawal" in answer and "You cancelled this order" in answer
    order.refresh_from_db()
    assert (order.status, order.ended_because) == ("ending", "withdrawn")


def test_the_receipt_goes_out_at_once_with_time_and_content(
    client: Client, mailoutbox: list[Any]
) -> None:
    order = make_order(status="with_staff")
    client.post(url(order))
    work_until_quiet()
    [mail] = mailoutbox
    assert mail.to == [order.email]
    at = timezone.localtime(order.history.get(move="end").at)
    for part in (mail.body, mail.alternatives[0][0]):
        words = " ".join(part.split())
        assert f"I withdraw from the contract of order {order.number}" in words
        assert f"{at:%H:%M:%S}" in words
        assert order.radio.name in words
        assert "is being released" in words


def at_the_bank(stripe: Stripe, settings: Any) -> Order:
    settings.PAYMENT_METHODS = ["card", "sepa_debit"]
    order = make_order()
    checkout_url(order)
    payment = order.payments.get()
    stripe.pay(str(payment.session_id), method="sepa_debit")
    sync_payment(payment)
    return order


@pytest.mark.parametrize(("succeeds", "payment"), [(True, "refunded"), (False, "failed")])
def test_while_the_bank_takes_its_days_it_is_the_same_door(
    client: Client, stripe: Stripe, settings: Any, mailoutbox: list[Any],
    succeeds: bool, payment: str,
) -> None:  # fmt: skip
    order = at_the_bank(stripe, settings)
    assert url(order) in client.get(order.secret_link()).content.decode()
    assert "If your bank still makes the payment" in page_of(client, order)
    assert "You cancelled this order" in client.post(url(order), follow=True).content.decode()
    work_until_quiet()
    assert "If your bank still makes the payment" in " ".join(mailoutbox[-1].body.split())
    stripe.settle_delayed(order.payments.get().intent_id, succeeds)
    for _ in range(2):
        let_time_pass()
        work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.ended_because) == ("released", "withdrawn")
    assert (order.payments.get().status, open_reasons(order)) == (payment, [])
    subjects = [mail.subject for mail in mailoutbox if mail.to == [order.email]]
    assert len(subjects) == (2 if succeeds else 1)  # the receipt, and the money that comes back


def test_twice_is_once(client: Client) -> None:
    order = make_order(status="with_staff")
    for _ in range(2):
        page = client.post(url(order), follow=True).content.decode()
        assert "too late" not in page
    assert order.emails.filter(mail=Mail.WITHDRAWAL_RECEIVED).count() == 1


def test_the_mail_of_the_waiting_time_leads_to_it(client: Client, mailoutbox: list[Any]) -> None:
    make_order(status="placed")
    work_until_quiet()
    mail = next(mail for mail in mailoutbox if mail.to == ["anna@example.com"])
    for part in (mail.body, mail.alternatives[0][0]):
        assert url(Order.objects.get()) in part


def test_the_hold_is_released_and_no_second_mail_says_the_same(
    client: Client, stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, payment = authorized_with_staff(stripe)
    mailoutbox.clear()
    client.post(url(order))
    work_until_quiet()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("released", "cancelled")
    assert [mail.subject for mail in mailoutbox] == [
        f"We have received your withdrawal from order {order.number}"
    ]


@pytest.mark.parametrize("status", ["found", "ready", "delivered"])
def test_after_the_code_was_found_it_says_why_it_is_late_and_what_rights_stay(
    client: Client, status: str
) -> None:
    order = make_order(status=status, found_at=timezone.now())
    assert url(order) not in client.get(order.secret_link()).content.decode()
    page = page_of(client, order)
    for words in ("too late to withdraw", "asked us to deliver", "refund you in full"):
        assert words in page
    assert client.post(url(order)).status_code == 409
    order.refresh_from_db()
    assert order.status == status
    assert not order.emails.exists()


def test_whose_payment_failed_owes_nothing(client: Client) -> None:
    order = make_order(status="payment_due", found_at=timezone.now())
    assert "you owe nothing" in page_of(client, order)


def test_an_order_that_is_not_paid_ends_by_itself(client: Client) -> None:
    assert "nothing to withdraw from" in page_of(client, make_order())


@pytest.mark.parametrize("status", ["ending", "released", "expired", "refunded"])
def test_an_order_that_is_over_shows_how_it_ended(client: Client, status: str) -> None:
    order = make_order(status=status)
    assert client.get(url(order))["Location"] == order.secret_link()


def test_on_hold_one_may_withdraw_while_nothing_is_taken(client: Client, stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    put_on_hold(order, AttentionReason.FRAUD)
    page = client.post(url(order), follow=True).content.decode()
    assert "You cancelled this order" in page
    work_until_quiet()
    payment.refresh_from_db()
    assert payment.status == "cancelled"


def test_on_hold_with_money_taken_a_person_takes_the_withdrawal(client: Client) -> None:
    order = make_order(status="with_staff", on_hold_at=timezone.now(), on_hold_reason="fraud")
    make_payment(order, status="captured", amount_captured=1499)
    assert "Write to us to withdraw" in page_of(client, order)
    assert client.post(url(order)).status_code == 409
