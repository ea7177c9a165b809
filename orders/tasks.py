"""Background work: lease a row, do its work, record the result. A task takes an id only.

Running any of these twice, late, or for a row that is gone, changes nothing. Their names are in
messages and in settings, and stay.
"""

import logging

from celery import current_app, shared_task

from orders.code_book.importing import read_upload
from orders.code_book.undo import undo_list
from orders.desk.label_photos import read_photo
from orders.figures import write_days
from orders.invariants import report_violations
from orders.leases import leased, publish, resume_publishing
from orders.mail import alerts, message_answer, resend, send
from orders.models import (
    Alert,
    AttentionReason,
    Email,
    Import,
    ImportStatus,
    Licence,
    LinkRequest,
    Message,
    Order,
    Payment,
    Problem,
    Refund,
    Status,
    StripeEvent,
)
from orders.payments import events, refund_requests, settle
from orders.payments import reconcile as books
from orders.privacy import retention
from orders.retrieval import chain, corrected, licence
from orders.retrieval.pelock import BadAnswerError, NoAnswerError
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.sweep import run_sweep

logger = logging.getLogger(__name__)


@shared_task
def retrieve_code(order_id: int) -> None:
    with leased(Order, order_id) as order:
        if order and order.status == Status.PLACED:
            chain.retrieve(order)
        elif order and order.status == Status.WITH_STAFF:
            chain.answer_at_desk(order)


@shared_task
def ask_for_corrected_serial(problem_id: int) -> None:
    with leased(Problem, problem_id) as problem:
        if problem:
            corrected.retrieve_corrected(problem)


@shared_task
def settle_payment(payment_id: int) -> None:
    with leased(Payment, payment_id) as payment:
        if payment:
            try:
                settle.settle_payment(payment)
            except StripeTroubleError:
                payment.postpone()
                if payment.delays >= settle.LONG and payment.order.status in (
                    Status.FOUND,
                    Status.ENDING,
                ):
                    payment.order.needs_attention(AttentionReason.NO_ANSWER)


@shared_task
def send_email(email_id: int) -> None:
    with leased(Email, email_id) as email:
        if email:
            send.deliver(email)


@shared_task
def answer_link_request(request_id: int) -> None:
    with leased(LinkRequest, request_id) as asked:
        if asked:
            resend.answer_link_request(asked)


@shared_task
def mail_message_answer(message_id: int) -> None:
    with leased(Message, message_id) as message:
        if message:
            message_answer.mail_answer(message)


@shared_task
def handle_event(event_id: int) -> None:
    with leased(StripeEvent, event_id) as event:
        if event:
            try:
                events.handle(event)
            except StripeTroubleError:
                event.postpone()


@shared_task
def return_money(refund_id: int) -> None:
    with leased(Refund, refund_id) as refund:
        if refund:
            refund_requests.request_refund(refund)


@shared_task
def mail_alert(alert_id: int) -> None:
    with leased(Alert, alert_id) as alert:
        if alert:
            alerts.mail_alert(alert)


@shared_task
def look_at_licence(licence_id: int) -> None:
    with leased(Licence, licence_id) as row:
        if row:
            try:
                licence.check_licence(row)
            except (BadAnswerError, NoAnswerError):
                row.postpone()
            else:
                row.finish()


@shared_task
def read_label(photo_id: int) -> None:
    read_photo(photo_id)


@shared_task(soft_time_limit=150, time_limit=170)  # version 0.9 took in uploads of a million rows
def import_codes(import_id: int) -> None:
    with leased(Import, import_id) as job:
        if job and job.status == ImportStatus.UNDOING:
            undo_list(job)
        elif job:
            read_upload(job)
            chain.answer_waiting_orders()


# ------------------------------------------------------------------ by the clock
@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # Stripe's lists may be long
def reconcile(days: int) -> None:
    try:
        books.reconcile(days)
    except (StripeTroubleError, StripeRefusedError) as error:
        logger.error("books not compared with Stripe's: %s", error)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # the next night goes on
def apply_retention() -> None:
    for what, count in retention.apply_retention().items():
        if count:
            logger.info("retention: %s: %d", what, count)


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # of a million orders, minutes
def check_invariants() -> None:
    report_violations()


@shared_task(soft_time_limit=25 * 60, time_limit=30 * 60)  # the next night goes on
def write_figures() -> None:
    write_days()


# ------------------------------------------------------------------ the sweep
@shared_task
def sweep() -> None:
    """Enqueue what is due and recover what was left behind."""
    resume_publishing()  # this message has just come through the broker
    run_sweep(publish, spare_queues=True)


def sweep_here() -> int:
    """Sweep without Celery and do the work here. Returns the number of rows."""
    return run_sweep(perform)


def perform(task: str, pk: int) -> None:
    """Do a task's work here, without a message."""
    current_app.tasks[task](pk)
