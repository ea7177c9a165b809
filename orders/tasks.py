"""Background work: claim a row, do its work, record the outcome. A task takes an id only.

Running any of these twice, late, or for a row that is gone, changes nothing.
"""

import logging

from celery import current_app, shared_task

from orders.code_book.slices import go_on
from orders.invariants import tell_of_offences
from orders.leases import broker_is_back, claimed, publish
from orders.mail.alerts import mail_alert as tell_of
from orders.mail.send import deliver
from orders.models import (
    Alert,
    AttentionReason,
    Email,
    Import,
    Licence,
    Order,
    Payment,
    Refund,
    Status,
    StripeEvent,
)
from orders.payments.events import handle
from orders.payments.reconcile import reconcile as compare
from orders.payments.refund_requests import return_money as bring_back
from orders.payments.settle import settle_payment as settle
from orders.privacy.retention import apply_retention as forget_what_is_old
from orders.retrieval.chain import retrieve
from orders.retrieval.licence import look_at_licence as look
from orders.retrieval.pelock import NonsenseError, TroubleError
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.sweep import go_round

logger = logging.getLogger(__name__)

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
                    payment.order.needs_attention(AttentionReason.NO_ANSWER)


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


@shared_task
def import_codes(import_id: int) -> None:
    with claimed(Import, import_id) as job:
        if job:
            go_on(job)


# ------------------------------------------------------------------ by the clock
@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # Stripe's lists may be long
def reconcile(days: int) -> None:
    try:
        compare(days)
    except (StripeTroubleError, StripeRefusedError) as error:
        logger.error("books not compared with Stripe's: %s", error)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # the next night goes on
def apply_retention() -> None:
    for what, count in forget_what_is_old().items():
        if count:
            logger.info("retention: %s: %d", what, count)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # of a million orders, minutes
def check_invariants() -> None:
    tell_of_offences()


# ------------------------------------------------------------------ the sweep
@shared_task
def sweep() -> None:
    """Wake what is due, end what passed its deadline, call a person where work keeps failing."""
    broker_is_back()  # or this message would not be here
    go_round(publish, spare_queues=True)


def sweep_here() -> int:
    """The same without Celery: does the work itself. Returns how many rows it looked at."""
    return go_round(lambda task, pk: current_app.tasks[task](pk))
