"""Captured payments, and refunds on their way."""

import uuid

from orders import stripe_api
from orders.models import Order, Payment, Refund
from orders.payments.sync import sync_payment
from tests.steps.payments import authorized_with_staff, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet


def capture(payment: Payment) -> None:
    """As a way to pay does that cannot be authorized first."""
    stripe_api.capture(payment.intent_id, uuid.uuid4().hex)
    sync_payment(payment)


def captured_with_staff(stripe: Stripe) -> tuple[Order, Payment]:
    """The payment is captured, and staff look for the code."""
    order, payment = authorized_with_staff(stripe)
    capture(payment)
    assert state(order) == ("with_staff", "captured")
    return order, payment


def end_without_code(order: Order) -> None:
    assert order.end("no_code")
    work_until_quiet()


def refunds_at_stripe(stripe: Stripe) -> list[tuple[int, str]]:
    return [(each["amount"], each["status"]) for each in stripe.books().get("refund", [])]


def fail_at_the_bank(stripe: Stripe) -> None:
    """The bank sends the last refund back."""
    stripe.settle_refund(Refund.objects.latest("pk").stripe_id or "", "failed")
    stripe.deliver("refund.failed")
    work_until_quiet()
