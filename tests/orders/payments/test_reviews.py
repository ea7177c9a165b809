"""Charges that Radar puts into review: nothing is sold until they are approved."""

from typing import Any

import pytest

from orders.models import Mail, Order, Payment, StripeEvent
from orders.payments.sync import sync_payment
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_code_book_entry
from tests.steps.payments import (
    authorized_with_staff,
    checked_out,
    delivered,
    found_by_staff,
    intent,
    state,
)
from tests.steps.stripe import Stripe
from tests.steps.work import work_later, work_until_quiet

pytestmark = pytest.mark.django_db

METHODS = [("card", "held"), ("ideal", "captured")]


@pytest.fixture(autouse=True)
def ways_to_pay(settings: Any) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]


def in_review(stripe: Stripe, method: str = "card") -> tuple[Order, Payment, str]:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id), method=method)
    review = stripe.review(str(payment.session_id))["id"]
    sync_payment(payment)
    work_later()
    order.refresh_from_db()
    return order, payment, review


def closed(stripe: Stripe, review: str, outcome: str) -> None:
    stripe.close_review(review, outcome)
    stripe.deliver("review.closed")
    work_until_quiet()


@pytest.mark.parametrize(("method", "money"), METHODS)
def test_a_charge_in_review_is_put_on_hold_before_any_provider_is_asked(
    stripe: Stripe, method: str, money: str
) -> None:
    order, _payment, _review = in_review(stripe, method)
    assert state(order) == ("placed", money)
    assert (order.on_hold_reason, open_reasons(order)) == ("review", ["review"])
    assert not order.attempts.exists()


@pytest.mark.parametrize(("method", "money"), METHODS)
def test_an_approved_one_goes_on(stripe: Stripe, method: str, money: str) -> None:
    order, _payment, review = in_review(stripe, method)
    closed(stripe, review, "approved")
    assert state(order) == ("delivered", "captured")
    assert (order.is_on_hold, open_reasons(order)) == (False, [])
    work_later()
    assert open_reasons(order) == []  # the charge says for ever that it was reviewed


@pytest.mark.parametrize(
    ("method", "outcome", "money", "because"),
    [
        ("card", "refunded_as_fraud", "cancelled", "fraud"),
        ("card", "refunded", "cancelled", "returned"),
        ("card", "canceled", "cancelled", "returned"),
        ("ideal", "refunded_as_fraud", "refunded", "fraud"),
    ],
)
def test_one_that_is_not_approved_ends(
    stripe: Stripe, method: str, outcome: str, money: str, because: str
) -> None:
    order, payment, review = in_review(stripe, method)
    closed(stripe, review, outcome)
    work_later()
    assert state(order) == ("released", money)
    assert (order.ended_because, order.is_on_hold) == (because, False)
    assert not order.emails.filter(mail=Mail.PAY_AGAIN).exists()


def test_a_code_that_is_found_already_waits_for_a_review(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    stripe.review(payment.intent_id)
    stripe.deliver("review.opened")
    work_until_quiet()
    found_by_staff(order)
    work_later()
    assert state(order) == ("found", "held")
    closed(stripe, stripe.books()["review"][0]["id"], "refunded_as_fraud")
    work_later()
    assert state(order) == ("released", "cancelled")
    assert not order.emails.filter(mail=Mail.PAY_AGAIN).exists()


def test_an_approval_that_comes_before_all_else_holds_nothing(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    review = stripe.review(str(payment.session_id))["id"]
    stripe.close_review(review)
    for type in ("review.closed", "review.opened", "checkout.session.completed"):
        stripe.deliver(type)
        work_until_quiet()
    assert (state(order), open_reasons(order)) == (("delivered", "captured"), [])


def test_a_refusal_that_comes_before_all_else_ends_the_order(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id), method="ideal")
    review = stripe.review(str(payment.session_id))["id"]
    closed(stripe, review, "refunded_as_fraud")
    work_later()
    assert state(order) == ("released", "refunded")


def test_a_hold_that_staff_settled_does_not_come_back(stripe: Stripe) -> None:
    order, payment, _review = in_review(stripe)
    settle(order)
    stripe.deliver("review.opened")
    work_later()
    assert (state(order), open_reasons(order)) == (("delivered", "captured"), [])


def test_a_review_after_the_code_is_out_calls_staff_only(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.review(payment.intent_id)
    stripe.deliver("review.opened")
    work_until_quiet()
    order.refresh_from_db()
    assert (order.is_on_hold, open_reasons(order)) == (False, ["review"])


def test_a_review_that_a_dispute_closes_stays_on_hold(stripe: Stripe) -> None:
    order, _payment, review = in_review(stripe, "ideal")
    closed(stripe, review, "disputed")
    order.refresh_from_db()
    assert (order.status, order.is_on_hold) == ("placed", True)


def test_an_authorization_in_review_is_released_before_it_ends_by_itself(stripe: Stripe) -> None:
    order, payment, _review = in_review(stripe)
    Payment.objects.update(hold_ends_at=payment.created_at)
    work_later()
    assert (state(order), order.ended_because) == (("released", "cancelled"), "undecided")


def test_a_charge_that_is_called_fraud_is_put_on_hold_without_an_event(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    [charge] = stripe.books()["charge"]
    stripe.change("charge", charge["id"], {"fraud_details": {"stripe_report": "fraudulent"}})
    sync_payment(payment)
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.on_hold_reason) == ("placed", "fraud")
    assert intent(stripe, payment)["status"] == "requires_capture"


def test_how_a_review_was_closed_is_kept_with_its_event(stripe: Stripe) -> None:
    _order, _payment, review = in_review(stripe)
    closed(stripe, review, "approved")
    assert StripeEvent.objects.get(type="review.closed").outcome == "approved"
