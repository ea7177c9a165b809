"""Our books against Stripe's: what was missed is recorded, what differs raises an alert."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from orders import stripe_api
from orders.models import Alert, Dispute, Order, Payment, Refund
from orders.payments.reconcile import reconcile
from orders.payments.sync import sync_payment
from orders.stripe_api.lists import PAGE
from orders.tasks import reconcile as reconcile_task
from tests.steps.factories import make_code_book_entry
from tests.steps.payments import checked_out, delivered, state
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

ANOTHER_SHOPS = {
    "mode": "payment",
    "success_url": "https://another.example/",
    "line_items": [
        {
            "quantity": 1,
            "price_data": {
                "currency": "eur", "unit_amount": 500, "product_data": {"name": "Something else"},
            },
        }
    ],
}  # fmt: skip

pytestmark = pytest.mark.django_db


def forget(order: Order) -> None:
    """As if the database had been restored from a backup that is older than the order."""
    order.history.all().delete()
    order.emails.all().delete()
    order.receipts.all().delete()
    Payment.objects.filter(order=order).delete()
    order.delete()


# ------------------------------------------------------------------ what was missed
@pytest.mark.also_on_sqlite
def test_books_that_agree_are_clean(stripe: Stripe) -> None:
    delivered(stripe)
    checked_out()
    report = reconcile(3)
    assert report.is_clean
    assert (report.compared["payments"], report.learned["payments"]) == (2, 0)
    assert not Alert.objects.exists()


@pytest.mark.also_on_sqlite
def test_a_payment_that_nothing_told_of_is_learnt(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    Payment.objects.update(due_at=None)  # not even the sweep looks
    report = reconcile(3)
    assert report.learned["payments"] == 1
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_a_session_that_was_opened_with_the_answer_lost_is_adopted(stripe: Stripe) -> None:
    order, payment = checked_out()
    session_id = str(payment.session_id)
    Payment.objects.update(session_id=None, due_at=None)
    stripe.pay(session_id)
    reconcile(3)
    payment.refresh_from_db()
    assert payment.session_id == session_id
    assert state(order) == ("placed", "held")


def test_the_page_of_a_session_whose_answer_was_lost_can_be_opened_and_paid(
    stripe: Stripe, client: Client
) -> None:
    order, payment = checked_out()
    page = payment.checkout_url
    Payment.objects.update(session_id=None, checkout_url="", due_at=None)
    reconcile(3)
    assert client.post(order.secret_link() + "pay/").headers["Location"] == page

    # paid there, and adopted before anything else of it is read: the customer stays with us
    Payment.objects.update(checkout_url="")
    answer = client.post(order.secret_link() + "pay/")
    assert answer.headers["Location"] == order.secret_link()


def test_a_refund_that_nothing_told_of_is_adopted(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund(str(payment.session_id))
    report = reconcile(3)
    assert report.learned["refunds"] == 1
    refund = Refund.objects.get()
    assert (refund.reason, refund.status) == ("dashboard", "succeeded")
    assert state(order) == ("refunded", "refunded")


def test_a_refund_that_failed_weeks_later_is_learnt(stripe: Stripe) -> None:
    _order, payment = delivered(stripe)
    theirs = stripe.refund(str(payment.session_id))
    reconcile(30)
    stripe.settle_refund(theirs["id"], "failed")
    reconcile(30)
    assert Refund.objects.get().status == "failed"


def test_a_dispute_that_nothing_told_of_puts_the_order_on_hold(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.dispute(str(payment.session_id))
    report = reconcile(3)
    assert report.learned["disputes"] == 1
    order.refresh_from_db()
    assert order.is_on_hold
    assert Dispute.objects.get().reason == "fraudulent"


def test_a_hold_that_was_let_go_is_no_refund(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    sync_payment(payment)
    order.end("no_code")
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    report = reconcile(3)
    assert report.is_clean
    assert "refunds" not in report.compared


# ------------------------------------------------------------------ what differs
def test_money_paid_for_an_order_we_have_not_is_told_once(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    number = order.number
    forget(order)
    for _ in range(2):
        assert not reconcile(30).is_clean
    work_until_quiet()
    alert = Alert.objects.get()
    assert alert.kind == Alert.Kind.NO_ORDER
    assert number in alert.text and "14.99" in alert.text
    assert [mail.to for mail in mailoutbox] == [["desk@encore.example"]]
    assert "anna@example.com" not in mailoutbox[0].body


def test_money_that_went_back_from_an_order_we_have_not_is_nothing(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund(str(payment.session_id))
    forget(order)
    assert reconcile(30).is_clean


def test_an_unpaid_session_of_an_order_we_have_not_is_nothing(stripe: Stripe) -> None:
    order, _payment = checked_out()
    forget(order)
    assert reconcile(30).is_clean


def test_another_shop_at_the_same_account_is_not_ours(stripe: Stripe, settings: Any) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    forget(order)
    settings.SITE_URL = "https://another.example"
    assert reconcile(30).is_clean


def test_an_amount_that_differs_is_told(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    Payment.objects.update(amount=900, amount_captured=900)
    assert not reconcile(3).is_clean
    alert = Alert.objects.get()
    assert (alert.kind, alert.order) == (Alert.Kind.DIFFERENCE, order)


def test_money_that_stripe_does_not_list_is_told(stripe: Stripe) -> None:
    _order, payment = delivered(stripe)
    Payment.objects.update(session_id="cs_test_of_another_account")
    report = reconcile(3)
    assert report.different["payments"] == 2  # theirs without ours, and ours without theirs
    assert payment.amount_captured == 1499


@pytest.mark.also_on_sqlite
def test_it_goes_through_all_pages_of_the_lists(stripe: Stripe) -> None:
    order, payment = checked_out()
    for number in range(PAGE):  # newer ones, so that ours is on the second page
        stripe_api.create_session(ANOTHER_SHOPS, f"another-{number}")
    stripe.pay(str(payment.session_id))
    Payment.objects.update(due_at=None)
    assert reconcile(3).learned["payments"] == 1
    assert state(order) == ("placed", "held")


@pytest.mark.also_on_sqlite
@pytest.mark.django_db(transaction=True)
def test_two_comparisons_at_once_learn_and_tell_once(stripe: Stripe) -> None:
    delivered_order, payment = delivered(stripe)
    stripe.refund(str(payment.session_id))
    stranger, unknown = checked_out()
    stripe.pay(str(unknown.session_id))
    forget(stranger)
    errors = at_once(lambda: reconcile(3), lambda: reconcile(3))
    assert errors == []
    assert Refund.objects.count() == 1
    assert Alert.objects.count() == 1
    assert delivered_order.emails.filter(mail="money_returned").count() == 1


def at_once(*works: Callable[[], object]) -> list[str]:
    errors: list[str] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            errors.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


# ------------------------------------------------------------------ by the clock, and by hand
def test_stripe_away_changes_nothing_and_the_next_run_makes_up_for_it(
    stripe: Stripe, caplog: Any
) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    stripe.fail("down", times=None)
    reconcile_task(3)
    assert "books not compared" in caplog.text
    stripe.heal()
    reconcile_task(3)
    assert state(order) == ("placed", "held")


def test_the_command_prints_a_table_and_fails_on_a_difference(stripe: Stripe, capsys: Any) -> None:
    order, payment = checked_out()
    call_command("reconcile", "--days", "2")
    assert capsys.readouterr().out.splitlines()[1].split() == ["payments", "1", "0", "0"]
    stripe.pay(str(payment.session_id))
    forget(order)
    with pytest.raises(CommandError):
        call_command("reconcile")
    assert capsys.readouterr().out.splitlines()[1].split() == ["payments", "1", "0", "1"]


def test_without_a_webhook_a_payment_is_found_within_three_minutes(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    assert payment.due_at
    latest_look = payment.due_at + shop_settings.SWEEP_EVERY
    assert latest_look <= timezone.now() + timedelta(minutes=3)
    Payment.objects.update(due_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_an_open_page_is_looked_at_every_two_minutes_until_after_its_end(stripe: Stripe) -> None:
    _order, payment = checked_out()
    for _ in range(4):  # no growing back-off
        let_time_pass()
        work_until_quiet()
        payment.refresh_from_db()
        assert payment.due_at and payment.due_at <= timezone.now() + timedelta(minutes=2)


def test_both_lists_are_in_beats_schedule_with_a_queue_of_their_own() -> None:
    schedule: dict[str, Any] = dict(shop_settings.CELERY_BEAT_SCHEDULE)
    entries = [each for each in schedule.values() if each["task"] == "orders.tasks.reconcile"]
    assert sorted(entry["args"] for entry in entries) == [(3,), (30,)]
    assert {entry["options"]["queue"] for entry in entries} == {"sweep"}
