"""Every event that we subscribe to: what it leads to, twice, late, for another shop."""

from typing import Any

import pytest

from orders.models import StripeEvent
from orders.payments.events import HANDLERS, SUBSCRIBED
from orders.tasks import handle_event
from tests.steps.payments import checked_out, delivered, state
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

# what `manage.py` subscribes at Stripe: changing it is a decision
RULE = """
checkout.session.completed checkout.session.async_payment_succeeded
checkout.session.async_payment_failed checkout.session.expired
payment_intent.amount_capturable_updated payment_intent.canceled payment_intent.payment_failed
payment_intent.succeeded charge.captured charge.expired refund.created refund.updated refund.failed
charge.refunded charge.dispute.created charge.dispute.updated charge.dispute.closed
charge.dispute.funds_withdrawn charge.dispute.funds_reinstated radar.early_fraud_warning.created
review.opened review.closed
"""


def test_each_subscribed_event_has_a_handler() -> None:
    assert SUBSCRIBED == set(RULE.split()) == set(HANDLERS)


def event_about(stripe: Stripe, type: str, object_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{type}", "object": "event", "type": type, "livemode": False,
        "api_version": "2026-10-28.endive", "data": {"object": {"id": object_id} | more},
    }  # fmt: skip


@pytest.mark.parametrize("type", sorted(SUBSCRIBED))
def test_an_event_of_another_shop_at_the_account_is_ignored(stripe: Stripe, type: str) -> None:
    delivered(stripe)
    foreign = event_about(
        stripe, type, "xx_9", payment_intent="pi_9", metadata={"payment": "order 9"}
    )
    assert post_event(*stripe.signed(foreign)).status_code == 200
    work_until_quiet()
    event = StripeEvent.objects.get(stripe_id=foreign["id"])
    assert (event.status, event.ignored_because) == ("ignored", "no payment of ours")


@pytest.mark.parametrize("type", ["completed", "expired"])
def test_what_comes_late_is_read_afresh(stripe: Stripe, type: str) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    late = event_about(stripe, f"checkout.session.{type}", str(payment.session_id))
    post_event(*stripe.signed(late))
    work_until_quiet()
    assert state(order) == ("with_staff", "held")


def test_a_warning_that_comes_before_all_else_finds_its_payment(stripe: Stripe) -> None:
    """It names only Stripe's payment intent, of which we have not heard yet."""
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    stripe.fraud_warning(str(payment.session_id))
    stripe.deliver("radar.early_fraud_warning.created")
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.on_hold_reason) == ("placed", "fraud")


@pytest.mark.parametrize("type", ["charge.refunded", "charge.dispute.created"])
def test_stripe_being_away_puts_the_event_off(stripe: Stripe, type: str) -> None:
    order, payment = delivered(stripe)
    stripe.refund(payment.intent_id, 100)
    stripe.dispute(payment.intent_id)
    stripe.deliver(type)
    event = StripeEvent.objects.get()
    stripe.fail("down", "GET", "/v1/[rd]*", times=None)
    handle_event(event.pk)
    event.refresh_from_db()
    assert (event.status, event.delays) == ("received", 1)
    stripe.heal()
    let_time_pass()
    work_until_quiet()
    event.refresh_from_db()
    assert event.status == "handled"


def test_an_event_handled_again_changes_nothing(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund(payment.intent_id)
    stripe.deliver("charge.refunded")
    work_until_quiet()
    before = list(order.history.values())
    assert StripeEvent.objects.get().replay()
    work_until_quiet()
    assert StripeEvent.objects.get().status == "handled"
    assert list(order.history.values()) == before


def test_an_ignored_event_handled_again_says_why_it_is_ignored(stripe: Stripe) -> None:
    event = StripeEvent.objects.create(
        stripe_id="evt_1", type="plan.created", is_live=False, status="ignored"
    )
    assert event.replay()
    work_until_quiet()
    event.refresh_from_db()
    assert (event.status, event.ignored_because) == (
        "ignored",
        "a type that we did not subscribe to",
    )


def test_an_event_that_waits_is_not_replayed() -> None:
    event = StripeEvent.objects.create(stripe_id="evt_1", type="charge.refunded", is_live=False)
    assert not event.replay()
