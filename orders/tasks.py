"""Background work: claim a row, do its work, record the outcome. A task takes an id only.

Running any of these twice, late, or for a row that is gone, changes nothing.
"""

from celery import current_app, shared_task
from django.db.models import Q

from orders.emails import deliver
from orders.models import (
    Attention,
    Email,
    Order,
    Payment,
    Status,
    StripeEvent,
)
from orders.payments.settle import settle_payment as settle
from orders.payments.sync import sync_payment
from orders.retrieval.chain import retrieve
from orders.stripe_api import StripeTroubleError
from orders.sweep import go_round
from orders.work import claimed, publish


@shared_task
def retrieve_code(order_id: int) -> None:
    with claimed(Order, order_id) as order:
        if order and order.status == Status.PLACED:
            retrieve(order)


@shared_task
def settle_payment(payment_id: int) -> None:
    with claimed(Payment, payment_id) as payment:
        if payment:
            try:
                settle(payment)
            except StripeTroubleError:
                payment.postpone()
                if payment.delays >= LONG and payment.order.status in (Status.FOUND, Status.ENDING):
                    payment.order.needs_attention(Attention.NO_ANSWER)


@shared_task
def send_email(email_id: int) -> None:
    with claimed(Email, email_id) as email:
        if email:
            deliver(email)


@shared_task
def handle_event(event_id: int) -> None:
    """An event only says where to look: what happened is read from Stripe."""
    with claimed(StripeEvent, event_id) as event:
        if event is None:
            return
        payment = payment_of(event)
        if payment is None:
            event.ignore("no payment of ours")
            return
        try:
            sync_payment(payment)
        except StripeTroubleError:
            event.postpone()
        else:
            heed(event, payment)
            event.handle()


def heed(event: StripeEvent, payment: Payment) -> None:
    """What the payment's own state does not show: somebody doubts it, or gave the money back."""
    if event.type in DOUBTS:
        payment.order.put_on_hold(DOUBTS[event.type])
    elif event.type in RETURNS and payment.amount_captured:
        payment.order.needs_attention(Attention.REFUNDED)


LONG = 6  # "later"s in a row, more than half an hour
DOUBTS = {
    "charge.dispute.created": Attention.DISPUTE,
    "radar.early_fraud_warning.created": Attention.FRAUD,
}
RETURNS = {"charge.refunded", "refund.created"}


def payment_of(event: StripeEvent) -> Payment | None:
    known = Q(session_id=event.object_id) | Q(intent_id=event.object_id)
    if event.intent_id:
        known |= Q(intent_id=event.intent_id)
    if event.payment_uuid:
        known |= Q(uuid=event.payment_uuid)
    return Payment.objects.filter(known).first()


# ------------------------------------------------------------------ the sweep
@shared_task
def sweep() -> None:
    """Wake what is due, end what passed its deadline, call a person where work keeps failing."""
    go_round(publish)


def sweep_here() -> int:
    """The same without Celery: does the work itself. Returns how many rows it looked at."""
    return go_round(lambda task, pk: current_app.tasks[task](pk))
