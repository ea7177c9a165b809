"""Refunds: by the shop itself, by staff, and in Stripe's Dashboard."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import put_on_hold
from orders.models import Order, Payment, Refund
from orders.payments.checkout import checkout_url
from orders.payments.refund import start_refund
from orders.payments.sync import sync_payment
from orders.tasks import return_money
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_code_book_entry, make_order, make_payment, make_staff
from tests.steps.mail import sent_mails
from tests.steps.payments import authorized_with_staff, checked_out, delivered, paid, state
from tests.steps.refunds import captured_with_staff, end_without_code, refunds_at_stripe
from tests.steps.stripe import Stripe
from tests.steps.work import work_later, work_until_quiet

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ the robot
@pytest.mark.also_on_sqlite
def test_money_taken_without_a_code_goes_back_and_then_the_order_is_released(
    stripe: Stripe,
) -> None:
    order, payment = captured_with_staff(stripe)
    end_without_code(order)
    assert state(order) == ("released", "refunded")
    assert refunds_at_stripe(stripe) == [(1499, "succeeded")]
    assert "no_code" in sent_mails(order) and "money_returned" not in sent_mails(order)
    assert open_reasons(order) == []


def test_an_order_is_not_released_before_its_money_has_arrived(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.refund_outcome("pending")
    end_without_code(order)
    assert state(order) == ("ending", "captured")
    stripe.settle_refund(Refund.objects.get().stripe_id or "")
    work_later()
    assert state(order) == ("released", "refunded")


def test_a_second_payment_that_was_taken_is_returned_in_full(stripe: Stripe) -> None:
    make_code_book_entry()
    order, first = paid(stripe)
    work_until_quiet()
    Payment.objects.update(status="captured")
    Order.objects.update(status="payment_due", deadline_at=timezone.now() + timedelta(days=1))
    order.refresh_from_db()
    checkout_url(order)
    Order.objects.update(status="delivered", deadline_at=None)
    second = order.payments.latest("pk")
    stripe.pay(str(second.session_id))
    stripe_api.capture(stripe.books()["payment_intent"][-1]["id"], "x")
    sync_payment(second)
    work_until_quiet()
    assert state(order) == ("delivered", "refunded")
    assert open_reasons(order) == ["two_payments"]
    assert sent_mails(order).count("money_returned") == 1
    assert first.refunds.count() == 0


def test_what_is_taken_while_we_let_go_goes_back(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    assert order.end("no_code")
    stripe_api.capture(payment.intent_id, "in the Dashboard")
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_money_of_an_order_that_was_left_behind_goes_back(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    Order.objects.update(status="ending", ended_because="no_code", deadline_at=None)
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_the_robot_returns_nothing_once_a_code_is_out(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    payment.make_due()
    work_until_quiet()
    assert refunds_at_stripe(stripe) == []


def test_the_robot_returns_nothing_while_the_order_is_on_hold(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    put_on_hold(order, "fraud")
    end_without_code(order)
    work_later()
    assert (state(order), refunds_at_stripe(stripe)) == (("ending", "captured"), [])
    settle(order)
    work_until_quiet()
    assert state(order) == ("released", "refunded")


# ------------------------------------------------------------------ what Stripe may answer
@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("kind", ["lost", "500", "500_after", "429", "down"])
def test_one_refund_whatever_becomes_of_the_answer(stripe: Stripe, kind: str) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.fail(kind, "POST", "/v1/refunds", times=3)
    end_without_code(order)
    for _ in range(4):
        work_later()
    assert refunds_at_stripe(stripe) == [(1499, "succeeded")]
    assert state(order) == ("released", "refunded")
    assert Refund.objects.count() == 1


def test_an_answered_failure_gets_the_next_number_and_a_lost_answer_does_not(
    stripe: Stripe,
) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.fail("down", "POST", "/v1/refunds", times=3)
    end_without_code(order)
    assert Refund.objects.get().number == 1
    stripe.fail("500", "POST", "/v1/refunds")
    work_later()
    assert Refund.objects.get().number == 2


def test_a_key_is_not_used_for_longer_than_stripe_keeps_it(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.fail("down", "POST", "/v1/refunds", times=3)
    end_without_code(order)
    Refund.objects.update(asked_at=timezone.now() - timedelta(hours=24))
    work_later()
    refund = Refund.objects.get()
    assert (refund.number, refund.status) == (2, "succeeded")


def test_too_little_balance_is_tried_again(stripe: Stripe) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.refund_outcome("balance_insufficient")
    end_without_code(order)
    assert state(order) == ("ending", "captured")
    assert Refund.objects.get().failure == "balance_insufficient"
    work_later()
    assert state(order) == ("released", "refunded")
    assert Refund.objects.get().failure == ""


@pytest.mark.parametrize("outcome", ["pending", "balance_insufficient"])
def test_after_a_day_on_its_way_a_person_is_called_once(stripe: Stripe, outcome: str) -> None:
    order, _payment = captured_with_staff(stripe)
    stripe.refund_outcome(outcome, times=9)
    end_without_code(order)
    work_later()
    assert state(order) == ("ending", "captured")
    assert open_reasons(order) == []
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=25))
    work_later()
    order.refresh_from_db()
    assert open_reasons(order) == ["refund_waits"]
    settle(order)
    work_later()
    order.refresh_from_db()
    assert open_reasons(order) == []


def test_a_refund_that_stripe_refuses_for_good_is_for_a_person(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    charge = stripe.books()["charge"][-1]
    stripe.change("charge", charge["id"], {"captured": False})
    end_without_code(order)
    work_later()
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("ending", ["refund_failed"])
    assert Refund.objects.get().failure == "charge_not_refundable"


def test_a_state_that_we_do_not_know_is_for_a_person(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund_outcome("pending")
    refund = stripe.refund(payment.intent_id)
    stripe.change("refund", refund["id"], {"status": "pondered"})
    stripe.deliver("refund.created")
    work_until_quiet()
    assert open_reasons(order) == ["unknown_state", "refunded"]
    assert order.history.filter(move="attention", note="unknown_state").exists()


# ------------------------------------------------------------------ twice, at once, by hand
def test_only_one_refund_of_ours_is_under_way(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    assert start_refund(payment, 500, "goodwill")
    assert start_refund(payment, 500, "goodwill") is None


@pytest.mark.parametrize("amount", [0, -1, 1500])
def test_no_more_is_returned_than_was_taken(stripe: Stripe, amount: int) -> None:
    _order, payment = delivered(stripe)
    assert start_refund(payment, amount, "goodwill") is None


@pytest.mark.also_on_sqlite
def test_everything_again_changes_nothing(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    end_without_code(order)
    before = list(order.history.values())
    refund = Refund.objects.get()
    for type in ("refund.created", "charge.refunded"):
        stripe.deliver(type)
    refund.make_due()
    return_money(refund.pk)
    work_until_quiet()
    assert list(order.history.values()) == before
    assert len(refunds_at_stripe(stripe)) == 1


def test_a_whole_return_by_staff_ends_the_search_at_once(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    start_refund(payment, 1499, "other", by=make_staff("leo"))
    order.refresh_from_db()
    assert (order.status, order.ended_because) == ("ending", "returned")
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_what_staff_return_goes_out_though_the_order_is_on_hold(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    put_on_hold(order, "fraud")
    start_refund(payment, 1499, "other", by=make_staff("leo"))
    work_until_quiet()
    assert state(order) == ("refunded", "refunded")


def test_a_disputed_payment_is_put_on_hold_and_not_returned(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.dispute(payment.intent_id)
    start_refund(payment, 1499, "other", by=make_staff("leo"))
    work_until_quiet()
    order.refresh_from_db()
    assert (order.on_hold_reason, open_reasons(order)) == ("dispute", ["dispute"])
    assert (refunds_at_stripe(stripe), Refund.objects.get().status) == ([], "due")


def test_a_refund_is_read_again_though_no_event_comes(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund_outcome("pending")
    start_refund(payment, 500, "goodwill", by=make_staff("leo"))
    work_until_quiet()
    stripe.settle_refund(Refund.objects.get().stripe_id or "")
    work_later()
    assert state(order) == ("delivered", "part_refunded")


def test_an_abandoned_page_returns_nothing(stripe: Stripe) -> None:
    order, payment = checked_out()
    payment.expire()
    work_until_quiet()
    assert not Refund.objects.exists()


def test_the_customers_page_says_what_came_back(stripe: Stripe, client: Client) -> None:
    order, payment = delivered(stripe)
    assert "Refunded" not in client.get(order.secret_link()).content.decode()
    stripe.refund(payment.intent_id, 500)
    stripe.deliver("refund.created")
    work_until_quiet()
    page = client.get(order.secret_link()).content.decode()
    assert "Refunded" in page
    assert "€5.00" in page


def test_who_decided_on_a_refund_stands_in_the_history(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    start_refund(payment, 500, "goodwill", by=make_staff("leo"))
    decided = order.history.get(subject="refund", move="decide")
    assert (str(decided.by), decided.note) == ("leo", "€5.00, goodwill")


@pytest.mark.also_on_sqlite
@pytest.mark.django_db(transaction=True)
def test_of_two_who_return_the_same_money_at_once_one_does() -> None:
    payment = make_payment(make_order(status="delivered"), status="captured", amount_captured=1499)
    barrier, results = threading.Barrier(2), []

    def decide() -> None:
        mine = Payment.objects.get(pk=payment.pk)
        barrier.wait()
        results.append(start_refund(mine, 1499, "goodwill") is not None)
        connections.close_all()

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True]
    assert Refund.objects.count() == 1


def test_on_hold_what_was_taken_waits_past_the_deadline_for_a_person(
    client: Client, stripe: Stripe
) -> None:
    order, _ = captured_with_staff(stripe)
    put_on_hold(order, "fraud")
    Order.objects.update(deadline_at=timezone.now())
    work_until_quiet()
    assert state(order) == ("with_staff", "captured")
    assert "We are checking this order" in client.get(order.secret_link()).text
    settle(order)
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_on_hold_nobody_is_told_that_money_goes_back_which_waits(
    client: Client, stripe: Stripe
) -> None:
    order, _ = captured_with_staff(stripe)
    order.end("no_code")
    put_on_hold(order, "dispute")
    work_until_quiet()
    assert state(order) == ("ending", "captured")
    page = client.get(order.secret_link()).text
    assert "We are checking this order" in page
    assert "goes back" not in page
