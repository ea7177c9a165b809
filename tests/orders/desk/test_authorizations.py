"""An authorization has an end: a day before it, the order is decided, whatever it waits for."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.desk.holds import put_on_hold
from orders.models import Mail, Order, Payment
from orders.payments.checkout import checkout_url
from orders.payments.sync import sync_payment
from orders.tasks import settle_payment
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_code_book_entry, make_order, make_staff
from tests.steps.order_page import order_page
from tests.steps.payments import authorized_with_staff, found_by_staff, paid, state
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


def authorization_ends_soon() -> None:
    Payment.objects.update(hold_ends_at=timezone.now() + timedelta(hours=23), due_at=timezone.now())


# ------------------------------------------------------------------ on hold
@pytest.mark.parametrize("reason", ["dispute", "fraud", "blocked", "velocity"])
def test_an_order_on_hold_is_let_go_a_day_before_the_hold_ends(stripe: Stripe, reason: str) -> None:
    order, _payment = authorized_with_staff(stripe)
    put_on_hold(order, reason)
    authorization_ends_soon()
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert order.ended_because == "undecided"


@pytest.mark.also_on_sqlite
def test_a_code_that_was_found_on_hold_is_neither_charged_nor_sent(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, _payment = authorized_with_staff(stripe)
    put_on_hold(order, "fraud")
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("found", "held")
    authorization_ends_soon()
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert "This order has ended" in order_page(order)
    assert not any("4307" in mail.body for mail in mailoutbox)


def test_nothing_is_decided_before_the_last_day(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    put_on_hold(order, "fraud")
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("with_staff", "held")


def test_whoever_lifts_the_hold_in_time_sets_the_order_going(stripe: Stripe) -> None:
    make_code_book_entry()
    order, _payment = paid(stripe)
    put_on_hold(order, "fraud")
    work_until_quiet()
    settle(order)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_what_was_paid_while_on_hold_is_learnt_without_a_webhook(stripe: Stripe) -> None:
    order = make_order()
    checkout_url(order)
    put_on_hold(order, "blocked")
    stripe.pay(str(order.payments.get().session_id))
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("placed", "held")


def test_staff_at_work_keep_an_order_beyond_the_last_day(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    order.open_for(make_staff(), timedelta(minutes=15))
    authorization_ends_soon()
    work_until_quiet()
    assert state(order) == ("with_staff", "held")


def test_a_code_kept_back_for_days_is_mailed_when_the_order_is_let_go(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, payment = authorized_with_staff(stripe)
    found_by_staff(order)
    settle_payment(payment.pk)
    put_on_hold(order, "dispute")
    three_days_ago = timezone.now() - timedelta(days=3)
    order.emails.filter(mail=Mail.YOUR_CODE).update(created_at=three_days_ago)
    work_until_quiet()
    assert state(order) == ("ready", "captured")
    settle(order)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert sum("4307" in mail.body for mail in mailoutbox) == 1


# ------------------------------------------------------------------ expired, and paid again
def expired_then_found(stripe: Stripe) -> Order:
    order, payment = authorized_with_staff(stripe)
    stripe.expire_authorization(str(payment.session_id))
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("payment_due", "failed")
    return order


def test_a_lapsed_hold_keeps_the_code_and_asks_to_pay_again(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order = expired_then_found(stripe)
    text = order_page(order)
    assert "We have your code, but the payment did not go through" in text
    assert "Pay by" in text
    assert f"{order.secret_link()}pay/" in text
    assert "4307" not in text
    assert order.emails.filter(mail=Mail.PAY_AGAIN, status="sent").count() == 1
    assert not any("4307" in mail.body for mail in mailoutbox)


def test_two_tabs_two_holds_and_one_is_let_go(stripe: Stripe) -> None:
    order = expired_then_found(stripe)
    pay_twice(stripe, order, "card")
    work_until_quiet()
    assert state(order)[0] == "delivered"
    taken, undone = sorted(order.payments.exclude(status="failed"), key=lambda p: p.is_superseded)
    assert (taken.status, undone.status) == ("captured", "cancelled")
    assert open_reasons(order) == ["two_payments"]


@pytest.mark.also_on_sqlite
def test_two_tabs_two_payments_taken_and_one_is_returned(stripe: Stripe, settings: Any) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    order = expired_then_found(stripe)
    pay_twice(stripe, order, "ideal")
    for _ in range(3):
        work_until_quiet()
        let_time_pass()
    assert state(order)[0] == "delivered"
    kept, undone = sorted(order.payments.exclude(status="failed"), key=lambda p: p.is_superseded)
    assert (kept.status, undone.status) == ("captured", "refunded")
    assert undone.refunds.get().reason == "superseded"


def pay_twice(stripe: Stripe, order: Order, method: str) -> None:
    """The first page was taken for expired, and both are paid in the end."""
    checkout_url(order)
    first = order.payments.latest("pk")
    Payment.objects.filter(pk=first.pk).update(status="expired")
    checkout_url(order)
    for payment in (first, order.payments.latest("pk")):
        stripe.pay(str(payment.session_id), method=method)
        payment.refresh_from_db()
        sync_payment(payment)
