"""A delivered order that its buyer's bank disputes."""

from orders.models import Dispute, Order
from tests.steps.payments import delivered
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet


def deliver_dispute_event(stripe: Stripe, type: str) -> None:
    stripe.deliver(f"charge.dispute.{type}")
    work_until_quiet()


def disputed(stripe: Stripe, reason: str = "fraudulent") -> tuple[Order, Dispute]:
    order, payment = delivered(stripe)
    stripe.dispute(payment.intent_id, reason)
    deliver_dispute_event(stripe, "created")
    return order, Dispute.objects.get()


def closed(stripe: Stripe, dispute: Dispute, outcome: str) -> None:
    stripe.close_dispute(dispute.stripe_id, outcome)
    deliver_dispute_event(stripe, "closed")
    dispute.refresh_from_db()
