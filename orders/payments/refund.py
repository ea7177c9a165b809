"""Refunds: decides on them, syncs them from Stripe, and records when they succeed or fail.

A refund of ours is a row before Stripe is asked, which `refund_requests.py` does. A refund made in
Stripe's Dashboard becomes a row when we read it.
"""

import logging

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Sum

from orders import stripe_api
from orders.models import (
    AUTOMATIC_REASONS,
    LIVE_REFUNDS,
    AttentionReason,
    EmailStatus,
    Mail,
    Payment,
    Refund,
    RefundReason,
    RefundStatus,
    Status,
    add_refund,
    cancel_credit_note,
    issue_credit_note,
    queue_mail,
)
from orders.payments.sync import end_email_sent, release_order
from orders.stripe_api import ReadRefund

logger = logging.getLogger(__name__)

ENDED = ("failed", "canceled")  # in Stripe's words


# ------------------------------------------------------------------ deciding
def start_refund(
    payment: Payment, amount: int | None, reason: str, *, note: str = "", by: User | None = None
) -> Refund | None:
    """Store a refund, which is work that is due now. The amount None means all that is kept.

    Returns None if another refund is under way, or less than the amount is left.
    """
    try:
        with transaction.atomic():
            payment.order.lock()
            payment.refresh_from_db()
            if amount is None:
                amount = payment.amount_kept
            if not 0 < amount <= payment.amount_kept:
                return None
            refund = add_refund(payment, amount, reason, note=note, by=by)
            end_if_refunded(payment)
    except IntegrityError:  # another one is under way
        return None
    return refund


def refund_what_is_kept(payment: Payment) -> bool:
    """Refund an order that ends without a code, or a payment that is superseded.

    After an automatic refund has failed, staff decide. Returns false while another refund is under
    way, which may leave something to refund.
    """
    if payment.is_superseded:
        reason = RefundReason.SUPERSEDED
    elif payment.order.status == Status.ENDING:
        reason = RefundReason.NO_CODE
    else:
        return True
    automatic = payment.refunds.filter(reason__in=AUTOMATIC_REASONS)
    if automatic.exclude(status=RefundStatus.SUCCEEDED).exists():
        return True
    if start_refund(payment, None, reason):
        return True
    return not payment.amount_kept


# ------------------------------------------------------------------ syncing
def sync_refunds(payment: Payment) -> None:
    """Read all refunds of a payment from Stripe, and record each. Safe at any time and repeatedly.

    Stripe lists a released authorization as a refund, too; it is skipped, as nothing was captured.
    """
    if payment.amount_captured:
        for theirs in stripe_api.list_refunds(payment.intent_id):
            sync_refund(payment, theirs)


def sync_refund(payment: Payment, theirs: ReadRefund) -> Refund:
    with transaction.atomic():
        payment.order.lock()
        payment.refresh_from_db()
        refund = find_row(payment, theirs)
        is_new = refund is None
        if refund is None:
            refund = add_refund(payment, theirs.amount, RefundReason.DASHBOARD, stripe_id=theirs.id)
        # first, so that no code is sent, and the mails say what is true
        if theirs.status not in ENDED:
            end_if_refunded(payment)
        follow(refund, theirs)
        if is_new and refund.status not in (RefundStatus.FAILED, RefundStatus.CANCELLED):
            payment.order.needs_attention(AttentionReason.REFUNDED)
    return refund


def find_row(payment: Payment, theirs: ReadRefund) -> Refund | None:
    """Find our row of Stripe's refund.

    A row that waits to be requested is used for its own refund, if the answer was lost, or for one
    of the same amount made in the Dashboard.
    """
    known = Refund.objects.filter(stripe_id=theirs.id).first()
    if known:
        return known
    waiting = payment.refunds.filter(status=RefundStatus.DUE, stripe_id=None).first()
    if waiting is None:
        return None
    is_as_good = theirs.amount == waiting.amount and theirs.status not in ENDED
    if theirs.row != str(waiting.pk) and not is_as_good:
        return None
    Refund.objects.filter(pk=waiting.pk).update(stripe_id=theirs.id, amount=theirs.amount)
    waiting.refresh_from_db()
    return waiting


def follow(refund: Refund, theirs: ReadRefund) -> None:
    """Map Stripe's state to our move; staff must look at any other state."""
    match theirs.status:
        case "pending":
            refund.wait(theirs.pending_reason)
        case "requires_action":
            refund.ask_customer()
        case "succeeded":
            record_refund_succeeded(refund)
        case "failed":
            record_refund_failed(refund, theirs.failure or "failed at Stripe")
        case "canceled":
            if refund.cancel("cancelled at Stripe"):
                refund.payment.order.needs_attention(AttentionReason.REFUND_FAILED)
        case _:
            refund.payment.order.needs_attention(AttentionReason.UNKNOWN_STATE)


# ------------------------------------------------------------------ recording
def record_refund_succeeded(refund: Refund) -> None:
    """Record a success with all its consequences in one transaction; nothing else does."""
    payment = refund.payment
    order = payment.order
    with transaction.atomic():
        order.lock()
        payment.refresh_from_db()
        if not refund.succeed():
            return
        payment.count_refunds()
        issue_credit_note(refund)
        end_if_refunded(payment)
        order.refresh_from_db()
        # then the end mail mentions the refund
        is_in_end_email = order.status == Status.ENDING and not end_email_sent(order)
        release_order(order)
        if not payment.is_superseded and not payment.amount_kept:
            order.refund()
        if payment.is_superseded or not is_in_end_email:
            queue_mail(order, Mail.MONEY_RETURNED, refund=refund)


def record_refund_failed(refund: Refund, why: str) -> None:
    """Record a failure, at once or weeks after a success: we have the money again.

    Staff refund it in another way. A customer who was notified of the success is notified again.
    """
    payment = refund.payment
    order = payment.order
    with transaction.atomic():
        order.lock()
        payment.refresh_from_db()
        refund.refresh_from_db()
        had_arrived = refund.status == RefundStatus.SUCCEEDED
        if not refund.fail(why):
            return
        logger.error("order %s: refund %s failed: %s", order.number, refund.pk, why)
        payment.count_refunds()
        if had_arrived:
            cancel_credit_note(refund)
        if order.keeps_money():
            order.return_failed()
        if not payment.is_superseded and payment.amount_kept:  # no other took its place
            order.refund_failed()
        order.needs_attention(AttentionReason.REFUND_FAILED)
        if had_arrived and was_notified(refund):
            queue_mail(order, Mail.REFUND_FAILED, refund=refund)


def end_if_refunded(payment: Payment) -> None:
    """End an order whose whole payment is refunded, or about to be: its code is not shown then."""
    counted = payment.refunds.filter(status__in=[*LIVE_REFUNDS, RefundStatus.SUCCEEDED])
    total = counted.aggregate(sum=Sum("amount"))["sum"] or 0
    if not payment.is_superseded and 0 < payment.amount_captured <= total:
        payment.order.end_returned()


def was_notified(refund: Refund) -> bool:
    sent = refund.payment.order.emails.filter(status=EmailStatus.SENT)
    at_end = not refund.payment.is_superseded and sent.filter(mail=Mail.NO_CODE).exists()
    return at_end or sent.filter(mail=Mail.MONEY_RETURNED, refund=refund).exists()
