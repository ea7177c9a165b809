"""Refunds that go their own way: made in Stripe's Dashboard, or sent back by a bank weeks later."""

import pytest
from django.utils import timezone

from orders import stripe_api
from orders.leases import lease
from orders.models import Mail, Payment, Refund
from orders.payments.refund import start_refund, sync_refund, sync_refunds
from orders.payments.settle import settle_payment
from tests.steps.attention import open_reasons
from tests.steps.factories import make_order, make_payment, make_refund, make_staff
from tests.steps.mail import sent_mails
from tests.steps.payments import authorized_with_staff, delivered, found_by_staff, state
from tests.steps.refunds import (
    captured_with_staff,
    end_without_code,
    fail_at_the_bank,
    refunds_at_stripe,
)
from tests.steps.stripe import Stripe
from tests.steps.work import work_later, work_until_quiet

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ made in the Dashboard
def test_money_returned_in_the_dashboard_ends_the_search_and_is_not_sent_twice(
    stripe: Stripe,
) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund(payment.intent_id)
    stripe.deliver("charge.refunded")
    work_until_quiet()
    assert state(order) == ("released", "refunded")
    assert order.ended_because == "returned"
    assert refunds_at_stripe(stripe) == [(1499, "succeeded")]
    assert Refund.objects.get().reason == "dashboard"
    assert not order.find("4307", "desk")


def test_money_on_its_way_back_from_the_dashboard_ends_the_search_too(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund_outcome("pending")
    stripe.refund(payment.intent_id)
    stripe.deliver("refund.created")
    work_until_quiet()
    assert state(order) == ("ending", "captured")
    assert refunds_at_stripe(stripe) == [(1499, "pending")]


def test_a_code_found_at_the_moment_of_the_return_does_not_leave(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund(payment.intent_id)
    found_by_staff(order)
    stripe.deliver("charge.refunded")
    work_until_quiet()
    assert state(order) == ("released", "refunded")
    assert "your_code" not in sent_mails(order)


def test_a_part_returned_in_the_dashboard_does_not_end_the_search(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund(payment.intent_id, 500)
    stripe.deliver("charge.refunded")
    work_until_quiet()
    assert state(order) == ("with_staff", "part_refunded")
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("delivered", "part_refunded")


def test_the_robot_returns_only_what_the_dashboard_left(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund(payment.intent_id, 500)
    end_without_code(order)
    work_later()
    assert refunds_at_stripe(stripe) == [(500, "succeeded"), (999, "succeeded")]
    assert state(order) == ("released", "refunded")


def test_the_robot_takes_over_what_the_dashboard_has_returned(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund_outcome("pending")
    stripe.refund(payment.intent_id)
    end_without_code(order)
    assert refunds_at_stripe(stripe) == [(1499, "pending")]
    assert Refund.objects.get().status == "pending"


def test_a_part_learned_of_while_the_robot_settles_leaves_the_rest_to_return(
    stripe: Stripe,
) -> None:
    order, payment = captured_with_staff(stripe)
    assert order.end("no_code")
    settling = lease(Payment, payment.pk)
    assert settling
    stripe.refund(payment.intent_id, 500)
    sync_refunds(Payment.objects.get())
    settle_payment(settling)
    work_until_quiet()
    assert refunds_at_stripe(stripe) == [(500, "succeeded"), (999, "succeeded")]
    assert state(order) == ("released", "refunded")


def test_a_part_that_staff_return_at_the_end_leaves_the_rest_to_return(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.refund_outcome("pending")
    assert start_refund(payment, 500, "goodwill", by=make_staff("leo"))
    end_without_code(order)
    assert refunds_at_stripe(stripe) == [(500, "pending")]
    stripe.settle_refund(Refund.objects.get().stripe_id or "", "succeeded")
    stripe.deliver("refund.updated")
    work_later()
    assert refunds_at_stripe(stripe) == [(500, "succeeded"), (999, "succeeded")]
    assert state(order) == ("released", "refunded")


def test_two_parts_on_their_way_from_the_dashboard_are_both_written_down(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund_outcome("pending", times=2)
    for amount in (300, 400):
        stripe.refund(payment.intent_id, amount)
    stripe.deliver("refund.created")
    work_until_quiet()
    assert sorted(Refund.objects.values_list("amount", "status")) == [
        (300, "pending"),
        (400, "pending"),
    ]


def test_all_money_back_after_a_code_makes_the_order_refunded(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    for amount, status in ((500, ("delivered", "part_refunded")), (999, ("refunded", "refunded"))):
        stripe.refund(payment.intent_id, amount)
        stripe.deliver("refund.created")
        work_until_quiet()
        assert state(order) == status
    payment.refresh_from_db()
    assert payment.amount_refunded == 1499
    assert sent_mails(order).count("money_returned") == 2


def test_a_released_hold_is_no_refund(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    end_without_code(order)
    stripe.deliver("refund.created")
    stripe.deliver("charge.refunded")
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert not Refund.objects.exists()


# ------------------------------------------------------------------ weeks later
def test_a_refund_that_fails_weeks_later_reopens_an_order_without_a_code(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    end_without_code(order)
    fail_at_the_bank(stripe)
    assert state(order) == ("ending", "captured")
    payment.refresh_from_db()
    assert (payment.amount_refunded, open_reasons(order)) == (0, ["refund_failed"])
    assert sent_mails(order)[-1] == "refund_failed"
    work_later()
    assert len(refunds_at_stripe(stripe)) == 1  # staff decide


def test_what_a_person_returns_then_releases_the_order_without_a_second_no_code_mail(
    stripe: Stripe,
) -> None:
    order, payment = captured_with_staff(stripe)
    end_without_code(order)
    fail_at_the_bank(stripe)
    payment.refresh_from_db()
    assert start_refund(payment, 1499, "other", by=make_staff("leo"))
    work_until_quiet()
    assert state(order) == ("released", "refunded")
    assert sent_mails(order).count("no_code") == 1
    assert sent_mails(order)[-1] == "money_returned"


def test_a_refund_that_fails_weeks_later_gives_a_buyer_their_code_back(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund(payment.intent_id)
    stripe.deliver("refund.created")
    work_until_quiet()
    assert state(order) == ("refunded", "refunded")
    fail_at_the_bank(stripe)
    assert state(order) == ("delivered", "captured")
    assert sent_mails(order)[-2:] == ["money_returned", "refund_failed"]


@pytest.mark.parametrize("first", [0, 1])
def test_one_that_failed_and_one_that_took_its_place_count_in_either_order(
    stripe: Stripe, first: int
) -> None:
    order, payment = delivered(stripe)
    failed = stripe.refund(payment.intent_id)
    sync_refunds(payment)
    stripe.settle_refund(failed["id"], "failed")
    stripe.refund(payment.intent_id)
    payment.refresh_from_db()
    theirs = stripe_api.list_refunds(payment.intent_id)
    for each in (theirs[first], theirs[1 - first]):
        sync_refund(payment, each)
    assert state(order) == ("refunded", "refunded")
    payment.refresh_from_db()
    assert payment.amount_refunded == 1499


def test_who_was_not_told_of_a_refund_is_not_told_that_it_failed(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund_outcome("pending")
    stripe.refund(payment.intent_id)
    stripe.deliver("refund.created")
    work_until_quiet()
    fail_at_the_bank(stripe)
    order.refresh_from_db()
    assert open_reasons(order) == ["refunded", "refund_failed"]
    assert Mail.REFUND_FAILED not in sent_mails(order)


def test_a_mail_of_a_refund_that_failed_meanwhile_is_not_sent(stripe: Stripe) -> None:
    order = make_order(status="delivered")
    refund = make_refund(make_payment(order), status="failed")
    order.emails.create(mail=Mail.MONEY_RETURNED, refund=refund, to="a@b.c", due_at=timezone.now())
    work_until_quiet()
    assert order.emails.get().status == "dropped"
