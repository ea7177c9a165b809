"""From a pending order to money taken or released, with Stripe's stand-in at the other end."""

import logging
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from orders.models import CodeBookEntry, Mail, Order, Payment
from orders.payments.checkout import NoCheckoutError, checkout_url
from orders.payments.sync import sync_payment
from orders.tasks import settle_payment
from tests.steps.attention import open_reasons
from tests.steps.factories import make_code_book_entry, make_order, make_staff
from tests.steps.payments import (
    authorized_with_staff,
    checked_out,
    found_by_staff,
    intent,
    paid,
    state,
)
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


def test_a_paid_card_is_held_and_the_order_placed(stripe: Stripe) -> None:
    order, payment = paid(stripe)
    assert state(order) == ("placed", "held")
    assert intent(stripe, payment)["status"] == "requires_capture"


def test_neither_serial_nor_code_is_sent_to_stripe(stripe: Stripe) -> None:
    order, payment = checked_out()
    assert order.serial not in str(payment.params)


@pytest.mark.also_on_sqlite
def test_the_code_is_stored_then_the_card_captured_then_the_code_mailed(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert intent(stripe, payment)["amount_received"] == 1499
    assert [mail.to for mail in mailoutbox] == [["anna@example.com"]]
    moves = list(order.history.filter(subject="order").values_list("move", flat=True))
    assert moves == ["place", "find", "ready", "deliver"]


def test_an_unknown_serial_waits_at_the_desk_with_a_deadline(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, _payment = authorized_with_staff(stripe)
    assert order.deadline_at and order.deadline_at > timezone.now()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["anna@example.com", "desk@encore.example"]


def test_what_staff_find_is_captured_and_mailed(stripe: Stripe, mailoutbox: list[Any]) -> None:
    order, _payment = authorized_with_staff(stripe)
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert "4307" in mailoutbox[-1].body


def test_without_a_code_the_hold_is_released_and_the_customer_told(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, payment = authorized_with_staff(stripe)
    assert order.end("no_code")
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert intent(stripe, payment)["status"] == "canceled"
    assert order.emails.filter(mail=Mail.NO_CODE, status="sent").count() == 1


@pytest.mark.also_on_sqlite
def test_the_deadline_releases_the_hold(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    Order.objects.update(deadline_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert order.ended_because == "deadline"


def test_the_deadline_does_not_take_an_order_that_staff_have_open(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    order.open_for(make_staff(), timedelta(minutes=15))
    Order.objects.update(deadline_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("with_staff", "held")


def test_a_hold_about_to_lapse_is_released_a_day_ahead(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    soon = timezone.now() + timedelta(hours=23)
    Payment.objects.update(hold_ends_at=soon, due_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("released", "cancelled")


def test_a_code_found_after_the_end_is_not_accepted(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    order.open_for(make_staff(), timedelta(minutes=15))
    stale = Order.objects.get(pk=order.pk)
    assert order.end("no_code")
    assert not stale.find("4307", "desk")
    work_until_quiet()
    assert state(order) == ("released", "cancelled")


@pytest.mark.parametrize("reason", ["declined", "expired"])
def test_a_refused_capture_shows_nothing_and_asks_to_pay_again(
    stripe: Stripe, mailoutbox: list[Any], reason: str
) -> None:
    order, _payment = authorized_with_staff(stripe)
    stripe.refuse_capture(reason=reason)
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("payment_due", "failed")
    assert order.emails.filter(mail=Mail.PAY_AGAIN, status="sent").exists()
    assert not any("4307" in mail.body for mail in mailoutbox)
    assert not order.may_show_code


@pytest.mark.also_on_sqlite
def test_paying_again_delivers_the_code_that_was_kept(stripe: Stripe) -> None:
    order, first = authorized_with_staff(stripe)
    stripe.refuse_capture()
    found_by_staff(order)
    work_until_quiet()
    order.refresh_from_db()
    checkout_url(order)
    second = order.payments.latest("pk")
    assert second.pk != first.pk
    stripe.pay(str(second.session_id))
    sync_payment(second)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert intent(stripe, first)["status"] == "canceled"
    assert order.codes.count() == 1


def test_nobody_pays_again_in_time_and_nothing_is_kept(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    stripe.refuse_capture()
    found_by_staff(order)
    work_until_quiet()
    Order.objects.update(deadline_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("released", "failed")


@pytest.mark.parametrize("kind", ["lost", "500_after", "500"])
def test_a_capture_whose_answer_is_lost_is_one_capture(stripe: Stripe, kind: str) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    stripe.fail(kind, "POST", "/v1/payment_intents/*/capture", times=3)
    for _ in range(4):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("delivered", "captured")
    assert len(stripe.events("charge.captured")) == 1
    assert payment.pk == order.payments.get().pk


def test_a_cancel_whose_answer_is_lost_still_ends_released(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    order.end("no_code")
    stripe.fail("lost", "POST", "/v1/payment_intents/*/cancel", times=3)
    for _ in range(4):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("released", "cancelled")
    assert order.emails.filter(mail=Mail.NO_CODE).count() == 1


def test_a_session_whose_creation_was_never_answered_is_the_same_when_asked_again(
    stripe: Stripe,
) -> None:
    order = make_order()
    stripe.fail("lost", "POST", "/v1/checkout/sessions")
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    checkout_url(order)
    assert len(stripe.books()["checkout.session"]) == 1
    assert order.payments.count() == 1


@pytest.mark.parametrize(("kind", "sessions"), [("500", 1), ("500_after", 2)])
def test_a_page_that_failed_is_another_one_when_asked_for_again(
    stripe: Stripe, kind: str, sessions: int
) -> None:
    """Stripe would say 500 again to the same key. What it may have opened cannot be reached."""
    order = make_order()
    stripe.fail(kind, "POST", "/v1/checkout/sessions")
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    assert checkout_url(order).startswith(stripe.url)
    assert len(stripe.books()["checkout.session"]) == sessions
    assert list(order.payments.values_list("status", flat=True)) == ["failed", "open"]


def test_stripe_away_means_a_clear_error_and_an_order_that_is_kept(stripe: Stripe) -> None:
    order = make_order()
    stripe.fail("down", times=None)
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    stripe.heal()
    assert checkout_url(order).startswith(stripe.url)


def test_two_tabs_pay_on_the_same_page(stripe: Stripe) -> None:
    order = make_order()
    assert checkout_url(order) == checkout_url(order)
    assert order.payments.count() == 1


@pytest.mark.also_on_sqlite
@pytest.mark.django_db(transaction=True)
def test_tabs_at_the_same_moment_open_one_page(stripe: Stripe) -> None:
    order = make_order()
    start = threading.Barrier(4)
    pages: list[str] = []

    def press() -> None:
        start.wait()
        with suppress(NoCheckoutError):  # Stripe is still at work for another tab's key
            pages.append(checkout_url(Order.objects.get(pk=order.pk)))
        connection.close()

    tabs = [threading.Thread(target=press) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert set(pages) == {checkout_url(order)}
    assert len(stripe.books()["checkout.session"]) == order.payments.count() == 1


def test_an_old_page_is_closed_before_a_new_one_opens(stripe: Stripe) -> None:
    order, first = checked_out()
    Payment.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    checkout_url(order)
    sessions = {s["id"]: s["status"] for s in stripe.books()["checkout.session"]}
    assert sessions[str(first.session_id)] == "expired"
    assert sorted(sessions.values()) == ["expired", "open"]


def test_a_page_paid_in_its_last_second_counts(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    Payment.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    assert state(order) == ("placed", "held")


@pytest.mark.also_on_sqlite
def test_a_second_hold_of_one_order_is_released(stripe: Stripe) -> None:
    make_code_book_entry()
    order, first = checked_out()
    Payment.objects.filter(pk=first.pk).update(
        status="expired"
    )  # the first one ran out, we thought
    checkout_url(order)
    second = order.payments.latest("pk")
    for payment in (first, second):
        stripe.pay(str(payment.session_id))
        sync_payment(payment)
    work_until_quiet()
    assert {intent(stripe, p)["status"] for p in (first, second)} == {"succeeded", "canceled"}
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("delivered", ["two_payments"])


def test_a_webhook_that_never_comes_is_made_up_for_by_the_sweep(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    assert state(order) == ("pending", "open")
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_an_abandoned_page_ends_as_an_expired_order(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.advance_clock(46 * 60)
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=51))
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("expired", "expired")


@pytest.mark.parametrize(
    "wrong", [{"amount": 1}, {"currency": "gbp"}, {"uuid": "00000000-0000-0000-0000-000000000000"}]
)
def test_a_session_that_differs_from_our_row_is_for_a_person(
    stripe: Stripe, wrong: dict[str, Any], caplog: Any
) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    Payment.objects.update(**wrong)
    payment.refresh_from_db()
    with caplog.at_level(logging.ERROR):
        sync_payment(payment)
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("pending", ["mismatch"])


def test_the_price_the_customer_saw_is_charged_though_it_changed(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    type(order.radio).objects.update(price=9900)
    stripe.pay(str(payment.session_id))
    sync_payment(payment)
    work_until_quiet()
    assert intent(stripe, payment)["amount_received"] == 1499


def test_no_robot_touches_an_order_on_hold(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    Order.objects.update(on_hold_reason="fraud warning", on_hold_at=timezone.now())
    for _ in range(3):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("placed", "held")


@pytest.mark.also_on_sqlite
def test_every_task_run_again_changes_nothing(stripe: Stripe, mailoutbox: list[Any]) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    work_until_quiet()
    before = list(order.history.values())
    let_time_pass()
    settle_payment(payment.pk)
    work_until_quiet()
    sync_payment(payment)
    assert list(order.history.values()) == before
    assert len(mailoutbox) == 1
    assert CodeBookEntry.objects.count() == 1
