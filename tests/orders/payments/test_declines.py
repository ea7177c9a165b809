"""Many declined payments: one alert, and another only for what came after it was settled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import Alert, Payment, StripeEvent
from orders.tasks import sweep_here
from tests.steps.payments import checked_out, paid
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

DECLINED = "4000000000000002"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.payments.monitoring.DECLINES_AT_LEAST", 3)


def try_cards(stripe: Stripe, *, declined: int, good: int = 0) -> Payment:
    """All declined cards on one payment page; each one that went through is an order of its own."""
    for _ in range(good):
        paid(stripe)
    _order, payment = checked_out()
    for _ in range(declined):
        stripe.pay(str(payment.session_id), DECLINED)
    stripe.deliver("payment_intent.payment_failed")
    work_until_quiet()
    return payment


def test_many_declines_are_told_once(stripe: Stripe) -> None:
    try_cards(stripe, declined=3)
    for _ in range(3):
        sweep_here()
    alert = Alert.objects.get()
    assert alert.kind == Alert.Kind.DECLINES
    assert "3 payments were declined" in alert.text


def test_a_few_declines_are_every_days_business(stripe: Stripe) -> None:
    try_cards(stripe, declined=2)
    assert not Alert.objects.exists()


def test_a_small_share_is_every_days_business(stripe: Stripe) -> None:
    try_cards(stripe, declined=3, good=4)
    assert not Alert.objects.exists()


def test_half_of_them_is_told(stripe: Stripe) -> None:
    try_cards(stripe, declined=3, good=3)
    assert "and 3 went through" in Alert.objects.get().text


def test_what_is_older_than_an_hour_does_not_count(stripe: Stripe) -> None:
    try_cards(stripe, declined=2)
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(minutes=61))
    try_cards(stripe, declined=2)
    assert not Alert.objects.exists()


def test_settled_it_is_told_again_only_of_what_came_later(stripe: Stripe) -> None:
    try_cards(stripe, declined=3)
    Alert.objects.update(settled_at=timezone.now())
    sweep_here()
    assert Alert.objects.count() == 1
    try_cards(stripe, declined=3)
    assert Alert.objects.filter(settled_at=None).count() == 1


def test_another_shops_declines_at_the_same_stripe_account_do_not_count(stripe: Stripe) -> None:
    payment = try_cards(stripe, declined=2)
    other = StripeEvent.objects.filter(payment_uuid=str(payment.uuid)).latest("pk")
    for number in range(5):
        event = StripeEvent.objects.create(
            stripe_id=f"evt_other_{number}", type=other.type, is_live=False, due_at=timezone.now()
        )
        assert event.ignore("no payment of ours")
    sweep_here()
    assert not Alert.objects.exists()
