"""The same event, or two of one payment, at the same moment."""

from typing import Any

import pytest

from orders.models import History, Order, StripeEvent
from orders.tasks import handle_event
from tests.steps.at_once import at_once
from tests.steps.factories import make_code_book_entry
from tests.steps.payments import checked_out
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.also_on_sqlite]

COMPLETED = "checkout.session.completed"
AUTHORIZED = "payment_intent.amount_capturable_updated"


@pytest.fixture
def paid(stripe: Stripe) -> Order:
    order, payment = checked_out()
    make_code_book_entry()
    stripe.pay(str(payment.session_id))
    return order


def moves(order: Order) -> list[str]:
    rows = History.objects.filter(order=order, subject="order")
    return list(rows.values_list("move", flat=True))


def test_one_event_delivered_by_many_is_stored_once(stripe: Stripe, paid: Order) -> None:
    [event] = stripe.events(COMPLETED)
    signed = stripe.signed(event)
    answers = at_once(*[lambda: post_event(*signed).status_code] * 4)
    assert answers == [200] * 4
    assert StripeEvent.objects.count() == 1


def test_one_event_handled_by_many_places_the_order_once(stripe: Stripe, paid: Order) -> None:
    stripe.deliver(COMPLETED)
    event = StripeEvent.objects.get()
    at_once(*[lambda: handle_event(event.pk)] * 4)
    assert moves(paid) == ["place"]
    event.refresh_from_db()
    assert (event.status, event.tries) == ("handled", 0)


def test_two_events_of_one_payment_lead_to_one_code_and_one_mail(
    stripe: Stripe, paid: Order, mailoutbox: list[Any]
) -> None:
    for type in (COMPLETED, AUTHORIZED):
        stripe.deliver(type)
    first, second = StripeEvent.objects.all()
    at_once(lambda: handle_event(first.pk), lambda: handle_event(second.pk))
    assert StripeEvent.objects.filter(status="handled").count() == 2
    work_until_quiet()
    assert moves(paid) == ["place", "find", "ready", "deliver"]
    assert len(mailoutbox) == 1
    assert len(stripe.events("charge.captured")) == 1


@pytest.mark.parametrize("amount", [None, 500])
def test_a_refund_told_by_two_events_at_once_is_counted_once(
    stripe: Stripe, paid: Order, amount: int | None
) -> None:
    stripe.deliver(COMPLETED)
    work_until_quiet()
    intent = paid.payments.get().intent_id
    stripe.refund(intent, amount)
    for type in ("refund.created", "charge.refunded"):
        stripe.deliver(type)
    first, second = StripeEvent.objects.filter(status="received")
    at_once(lambda: handle_event(first.pk), lambda: handle_event(second.pk))
    work_until_quiet()
    payment = paid.payments.get()
    assert payment.amount_refunded == (amount or payment.amount)
    assert payment.refunds.count() == 1
    assert paid.receipts.filter(kind="credit_note").count() == 1
