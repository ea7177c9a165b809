"""Background work: claim a row, do its work, record the outcome. A task takes an id only.

Running any of these twice, late, or for a row that is gone, changes nothing.
"""

from celery import current_app, shared_task

from orders.alert_mail import mail_alert as tell_of
from orders.emails import deliver
from orders.models import (
    Alert,
    Attention,
    Email,
    Order,
    Payment,
    Refund,
    Status,
    StripeEvent,
)
from orders.payments.events import handle
from orders.payments.return_money import return_money as bring_back
from orders.payments.settle import settle_payment as settle
from orders.retrieval.chain import retrieve
from orders.stripe_api import StripeTroubleError
from orders.sweep import go_round
from orders.work import claimed, publish

LONG = 6  # "later"s in a row, more than half an hour


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
    with claimed(StripeEvent, event_id) as event:
        if event:
            try:
                handle(event)
            except StripeTroubleError:
                event.postpone()


@shared_task
def return_money(refund_id: int) -> None:
    with claimed(Refund, refund_id) as refund:
        if refund:
            bring_back(refund)


@shared_task
def mail_alert(alert_id: int) -> None:
    with claimed(Alert, alert_id) as alert:
        if alert:
            tell_of(alert)


@shared_task
def look_at_licence(licence_id: int) -> None:
    with claimed(Licence, licence_id) as licence:
        if licence:
            try:
                look(licence)
            except (NonsenseError, TroubleError):
                licence.postpone()
            else:
                licence.finish()


# ------------------------------------------------------------------ the sweep
@shared_task
def sweep() -> None:
    """Wake what is due, end what passed its deadline, call a person where work keeps failing."""
    go_round(publish)


def sweep_here() -> int:
    """The same without Celery: does the work itself. Returns how many rows it looked at."""
    return go_round(lambda task, pk: current_app.tasks[task](pk))
