"""Payments without a word of Stripe's: a wrong secret or address, or a clock that is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import Alert, StripeEvent
from orders.tasks import sweep_here
from tests.steps.clock import grow_older
from tests.steps.factories import make_staff
from tests.steps.payments import paid
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

LONG = timedelta(minutes=11)


def alerts() -> list[str]:
    return list(Alert.objects.filter(settled_at=None).values_list("kind", flat=True))


@pytest.mark.also_on_sqlite
def test_a_payment_that_no_event_told_of_is_told_to_staff_once(stripe: Stripe) -> None:
    paid(stripe)
    sweep_here()
    assert alerts() == []
    grow_older(stripe, LONG)
    for _ in range(3):
        sweep_here()
    assert alerts() == [Alert.Kind.EVENTS]
    assert "STRIPE_WEBHOOK_SECRET" in Alert.objects.get().text


def test_a_clock_that_is_ten_minutes_fast_refuses_all_events_and_is_told(stripe: Stripe) -> None:
    """The payment is found all the same."""
    order, payment = paid(stripe)
    for event in stripe.events():
        signed_at = int((timezone.now() - timedelta(minutes=10)).timestamp())
        assert post_event(*stripe.signed(event, timestamp=signed_at)).status_code == 400
    work_until_quiet()
    grow_older(stripe, LONG)
    sweep_here()
    assert (payment.status, alerts()) == ("held", [Alert.Kind.EVENTS])


def test_any_event_shows_that_we_hear(stripe: Stripe) -> None:
    paid(stripe)
    stripe.deliver("payment_intent.amount_capturable_updated")
    grow_older(stripe, LONG)
    sweep_here()
    assert alerts() == []


def test_an_event_that_comes_late_shows_it_too(stripe: Stripe) -> None:
    paid(stripe)
    grow_older(stripe, LONG)
    stripe.deliver("checkout.session.completed")
    sweep_here()
    assert alerts() == []


def test_what_staff_have_settled_is_not_told_again(stripe: Stripe) -> None:
    paid(stripe)
    grow_older(stripe, LONG)
    sweep_here()
    Alert.objects.get().settle(make_staff())
    sweep_here()
    assert alerts() == []
    paid(stripe, serial="BP123456789013")
    StripeEvent.objects.all().delete()
    grow_older(stripe, LONG)
    sweep_here()
    assert alerts() == [Alert.Kind.EVENTS]


def test_a_day_without_payments_is_no_alarm(stripe: Stripe, settings: Any) -> None:
    paid(stripe)
    grow_older(stripe, timedelta(days=2))
    sweep_here()
    assert alerts() == []
