"""Reads the state of payments from Stripe, and moves payments and orders accordingly.

Webhook, the customer's return and the sweep all call `sync_payment`; nothing else reads it.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import check_buyer, put_on_hold, release_hold
from orders.lib import crypto
from orders.models import (
    EVER_CAPTURED,
    KEEPING_MONEY,
    REVIEW_CLOSED_EVENT,
    AttentionReason,
    EmailStatus,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Status,
    StripeEvent,
    issue_receipt,
    queue_mail,
)
from orders.stripe_api import ReadSession, StripeTroubleError

logger = logging.getLogger(__name__)

READS = 3  # of one state, where each answer is late
SECURED = (PaymentStatus.AUTHORIZED, *EVER_CAPTURED)
REVIEW_APPROVED = "approved"  # Stripe's word


def sync_payment(payment: Payment, *, interactive: bool = False) -> bool:
    """Read the session from Stripe, compare it with our row, and move the payment.

    Returns whether they agree: a session that differs moves nothing, and staff must look. Safe to
    call at any time, any number of times. Raises StripeTroubleError, StripeRefusedError.
    """
    if payment.session_id is None:
        return True
    for _try in range(READS):
        version = payment.version
        session = stripe_api.read_session(payment.session_id, interactive=interactive)
        if _differs(payment, session):
            logger.error("order %s: Stripe's session differs from ours", payment.order.number)
            payment.order.needs_attention(AttentionReason.MISMATCH)
            return False
        with transaction.atomic():
            payment.order.lock()
            payment.refresh_from_db()
            # If another worker has moved it since Stripe was asked, the answer may be older than
            # what that worker knew.
            if payment.version == version:
                _store_details(payment, session)
                _move_payment(payment, session)
                check_signals(payment, session)
                return True
    raise StripeTroubleError("the payment changed each time while its session was read")


def _differs(payment: Payment, session: ReadSession) -> bool:
    return (
        session.mode != "payment"
        or session.is_live != settings.STRIPE_LIVE
        or session.amount != payment.amount
        or session.currency != payment.currency
        or session.payment_uuid != str(payment.uuid)
        or session.reference != payment.order.number
    )


def _store_details(payment: Payment, session: ReadSession) -> None:
    """Store method, country, tax and intent before the moves: mails, receipts and refunds need
    them."""
    if session.status != "complete":
        return  # a declined try has no final values
    values = {
        "intent_id": session.intent_id,
        "method": session.method[:40],
        "country": session.country[:2],
        "amount_tax": session.amount_tax,
        "card_hash": _card_hash(payment, session),
    }
    if any(getattr(payment, name) != value for name, value in values.items()):
        Payment.objects.filter(pk=payment.pk).update(**values)
        payment.refresh_from_db(fields=list(values))


def _card_hash(payment: Payment, session: ReadSession) -> str:
    """Return a keyed hash by which orders of one buyer are recognised for a day."""
    if not session.fingerprint or payment.order.is_anonymised:
        return ""
    return crypto.hash_value("card", session.fingerprint)


def _move_payment(payment: Payment, session: ReadSession) -> None:
    """Map Stripe's state to our move; staff must look at any other state."""
    match session.status, session.intent_status:
        case _, "requires_capture":
            _handle_authorization(payment, session)
        case _, "succeeded":
            record_capture(payment, session.amount_received)
        case "open" | "expired", "canceled" if payment.held_at is None:
            payment.expire()  # cards were declined: Stripe cancels their intent with the page
        case _, "canceled":
            _handle_cancellation(payment)
        case "complete", "processing":
            _handle_processing(payment, session)
        case "complete", "requires_payment_method":
            record_refusal(payment)
        case "expired", _:
            payment.expire()
        case "open", _:
            pass
        case _:
            payment.order.needs_attention(AttentionReason.UNKNOWN_STATE)


def _handle_authorization(payment: Payment, session: ReadSession) -> None:
    is_known = payment.status in SECURED
    if not is_known and not record_authorization(
        payment, session.intent_id, session.authorization_ends_at
    ):
        # we cancelled the authorization, yet Stripe says that it is valid
        payment.order.needs_attention(AttentionReason.UNKNOWN_STATE)


def _handle_processing(payment: Payment, session: ReadSession) -> None:
    """The bank answers in days; the order waits until then."""
    if payment.process(session.intent_id):
        payment.order.show_processing()
        queue_mail(payment.order, Mail.BANK_WAITS)


def _handle_cancellation(payment: Payment) -> None:
    """The authorization has ended: it expired, or was cancelled by us or in the Dashboard."""
    order = payment.order
    if order.status == Status.ENDING or payment.is_superseded:
        record_cancel(payment)
    elif order.status == Status.FOUND:
        record_failure(payment, "hold lapsed")
    elif payment.fail("hold lapsed"):
        order.needs_attention(AttentionReason.CAPTURE)


# ------------------------------------------------------------------ signals of fraud
def check_signals(payment: Payment, session: ReadSession) -> None:
    """Hold the order for what Radar says of the charge. The caller has locked the order."""
    if session.is_in_review:
        stop_for_review(payment)
    if session.is_called_fraud:
        stop_once(payment, AttentionReason.FRAUD)


def stop_for_review(payment: Payment) -> None:
    """A review that was approved before we read of it holds nothing."""
    closed = StripeEvent.objects.filter(type=REVIEW_CLOSED_EVENT, outcome=REVIEW_APPROVED)
    if not closed.filter(intent_id=payment.intent_id, intent_id__gt="").exists():
        stop_once(payment, AttentionReason.REVIEW)


def stop_once(payment: Payment, reason: AttentionReason) -> None:
    """Hold the order of a payment, or only call staff where the code is out.

    Once for each payment: Stripe repeats what staff may have settled.
    """
    order = payment.order
    is_over = order.status in (Status.ENDING, Status.RELEASED, Status.EXPIRED)
    if is_over or payment.is_superseded or payment.status not in SECURED:
        return
    if order.history.filter(note=reason, at__gte=payment.created_at).exists():
        return
    if order.status in (Status.DELIVERED, Status.REFUNDED):
        order.needs_attention(reason)
    else:
        put_on_hold(order, reason)


# ------------------------------------------------------------------ recording
def record_authorization(payment: Payment, intent_id: str, ends_at: datetime | None) -> bool:
    with transaction.atomic():
        payment.order.lock()
        won = payment.authorize(intent_id, ends_at)
        if won:
            secure_order(payment)
    return won


def secure_order(payment: Payment) -> None:
    """Place the order of a payment that is authorized or captured, or secure it again.

    A payment that the order cannot use is undone.
    """
    order = payment.order
    if order.place():
        check_buyer(order)
    elif order.secure_again():
        payment.make_due()
    elif order.status == Status.ENDING and order.placed_at is None:
        payment.make_due()  # withdrawn while the bank processed it: all of it is refunded
    else:
        is_over = order.status in (Status.ENDING, Status.RELEASED, Status.REFUNDED)
        order.needs_attention(
            AttentionReason.PAID_LATE if is_over else AttentionReason.TWO_PAYMENTS
        )
        payment.supersede()


def record_capture(payment: Payment, amount: int) -> None:
    """Record a capture, by us or in Stripe's Dashboard, and show the code where there is one.

    One transaction, with the mail. What another worker has recorded already changes nothing.
    """
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        was_authorized = payment.status == PaymentStatus.AUTHORIZED
        if payment.capture(amount):
            check_amount(payment)
            if not was_authorized:
                secure_order(payment)
                return
        elif not _correct_amount(payment, amount):
            return
        order = payment.order
        if not order.is_on_hold:
            make_ready(payment)
        if order.status == Status.ENDING or payment.is_superseded:
            payment.make_due()  # captured in the Dashboard while we released it: refund it


def _correct_amount(payment: Payment, amount: int) -> bool:
    """Correct the amount of a recorded capture. Returns false if there is nothing to correct."""
    if not payment.correct_amount(amount):
        return False
    if amount == payment.amount:
        release_hold(payment.order, AttentionReason.MISMATCH)
    else:
        check_amount(payment)
    if payment.order.keeps_money():
        payment.order.return_failed()  # released, as if nothing had been captured
    return True


def check_amount(payment: Payment) -> None:
    """Put the order on hold if only a part was captured, in the Dashboard: staff decide."""
    if payment.amount_captured != payment.amount:
        put_on_hold(payment.order, AttentionReason.MISMATCH)


def make_ready(payment: Payment) -> None:
    """Make a found order ready if its payment is captured: then it is a sale, with a receipt and a
    mail with the code."""
    if payment.status in KEEPING_MONEY and not payment.is_superseded:
        with transaction.atomic():
            if payment.order.ready():
                issue_receipt(payment)
                queue_mail(payment.order, Mail.YOUR_CODE)


def record_failure(payment: Payment, why: str) -> None:
    """The capture was refused or the authorization had expired: ask the customer to pay again."""
    with transaction.atomic():
        payment.order.lock()
        if payment.fail(why):
            ask_to_pay_again(payment.order)


def record_refused_capture(payment: Payment, why: str) -> None:
    """Ask the customer to pay again, though Stripe refuses to release the authorization, too.

    It is superseded, so that its release is tried until Stripe has done it.
    """
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        order = payment.order
        if payment.status == PaymentStatus.AUTHORIZED and order.status == Status.FOUND:
            Payment.objects.filter(pk=payment.pk).update(failure=why[:100])
            payment.supersede()
            ask_to_pay_again(order)


def record_refusal(payment: Payment) -> None:
    """The bank refused, days later: give the customer time to pay with another method."""
    until = timezone.now() + settings.PAYMENT_DUE_LASTS
    with transaction.atomic():
        payment.order.lock()
        if payment.fail("the bank refused") and payment.order.give_time_to_pay(until):
            queue_mail(payment.order, Mail.BANK_REFUSED)


def record_cancel(payment: Payment) -> None:
    with transaction.atomic():
        payment.order.lock()
        if not payment.cancel():
            payment.fail("cancelled before we knew of a hold")
        elif payment.is_superseded and not payment.failure:
            queue_mail(payment.order, Mail.PAID_TWICE)
        release_order(payment.order)


def ask_to_pay_again(order: Order) -> None:
    until = timezone.now() + settings.PAYMENT_DUE_LASTS
    with transaction.atomic():
        if order.payment_failed(until):
            queue_mail(order, Mail.PAY_AGAIN)


def release_order(order: Order) -> None:
    """Release an ending order of which no money is kept, and send the end mail once.

    A refund that fails weeks later makes the order end a second time.
    """
    with transaction.atomic():
        if order.release() and not end_email_sent(order):
            queue_mail(order, Mail.NO_CODE)


def end_email_sent(order: Order) -> bool:
    """Whether the end mail was queued or sent. The mail that confirms a withdrawal counts, too,
    unless money has to be refunded first."""
    end_mails = [Mail.NO_CODE] if order.is_charged else [Mail.NO_CODE, Mail.WITHDRAWAL_RECEIVED]
    return order.emails.filter(mail__in=end_mails).exclude(status=EmailStatus.DROPPED).exists()
