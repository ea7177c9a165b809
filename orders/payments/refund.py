"""Money on its way back: decided here, learned of here, and written down here when it arrived.

A refund of ours is a row before Stripe hears of it; `return_money.py` asks Stripe. One that
somebody made in Stripe's Dashboard becomes a row when we learn of it.
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
from orders.payments.sync import is_told_of_end, release_order
from orders.stripe_api import ReadRefund

logger = logging.getLogger(__name__)

OVER = ("failed", "canceled")  # in Stripe's words


# ------------------------------------------------------------------ deciding
def start_refund(
    payment: Payment, amount: int | None, reason: str, *, note: str = "", by: User | None = None
) -> Refund | None:
    """Decide to return money; of None, all that is kept. The row is all that is written: the refund
    itself is work that is due now. None if another one is under way, or so much is not left."""
    try:
        with transaction.atomic():
            payment.order.lock()
            payment.refresh_from_db()
            if amount is None:
                amount = payment.amount_kept
            if not 0 < amount <= payment.amount_kept:
                return None
            refund = add_refund(payment, amount, reason, note=note, by=by)
            end_if_returned(payment)
    except IntegrityError:  # there is a live one
        return None
    return refund


def return_what_is_kept(payment: Payment) -> bool:
    """The robot's own refund: of money taken for an order that ends without a code, and of a
    payment that is one too many. Where one came to nothing, a person decides.

    Returns whether that is all: false while a refund of another's is under way, which may leave
    something to return.
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


# ------------------------------------------------------------------ learning
def take_in_refunds(payment: Payment) -> None:
    """Read all refunds of a payment from Stripe, and follow each. Safe at any time, any number of
    times. A hold that was released shows as a refund too, but nothing had been taken."""
    if payment.amount_captured:
        for theirs in stripe_api.list_refunds(payment.intent_id):
            take_in(payment, theirs)


def take_in(payment: Payment, theirs: ReadRefund) -> Refund:
    with transaction.atomic():
        payment.order.lock()
        refund = row_of(payment, theirs)
        is_new = refund is None
        if refund is None:
            refund = add_refund(payment, theirs.amount, RefundReason.DASHBOARD, stripe_id=theirs.id)
        # first, so that the code does not leave and the mails say what is so
        if theirs.status not in OVER:
            end_if_returned(payment)
        follow(refund, theirs)
        if is_new and refund.status not in (RefundStatus.FAILED, RefundStatus.CANCELLED):
            payment.order.needs_attention(AttentionReason.REFUNDED)
    return refund


def row_of(payment: Payment, theirs: ReadRefund) -> Refund | None:
    """Our row of Stripe's refund. One that we have just decided on takes over what is as good:
    its own, where the answer was lost, or the same amount returned in the Dashboard."""
    known = Refund.objects.filter(stripe_id=theirs.id).first()
    if known:
        return known
    waiting = payment.refunds.filter(status=RefundStatus.DUE, stripe_id=None).first()
    if waiting is None:
        return None
    is_as_good = theirs.amount == waiting.amount and theirs.status not in OVER
    if theirs.row != str(waiting.pk) and not is_as_good:
        return None
    Refund.objects.filter(pk=waiting.pk).update(stripe_id=theirs.id, amount=theirs.amount)
    waiting.refresh_from_db()
    return waiting


def follow(refund: Refund, theirs: ReadRefund) -> None:
    """From Stripe's state to our move. What is not in the table is for a person."""
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


# ------------------------------------------------------------------ what follows from it
def record_refund_succeeded(refund: Refund) -> None:
    """The one place where a refund becomes succeeded, and all that goes with it in one
    transaction."""
    payment = refund.payment
    order = payment.order
    with transaction.atomic():
        order.lock()
        if not refund.succeed():
            return
        payment.count_refunds()
        issue_credit_note(refund)
        end_if_returned(payment)
        order.refresh_from_db()
        # then the mail that tells of the end tells of the money too
        is_told_at_end = order.status == Status.ENDING and not is_told_of_end(order)
        release_order(order)
        if not payment.is_superseded and not payment.amount_kept:
            order.refund()
        if payment.is_superseded or not is_told_at_end:
            queue_mail(order, Mail.MONEY_RETURNED, refund=refund)


def record_refund_failed(refund: Refund, why: str) -> None:
    """At once, or weeks after it had succeeded: the money is with us again. A person returns it in
    another way; whoever was told that it came back is told that it did not."""
    payment = refund.payment
    order = payment.order
    with transaction.atomic():
        order.lock()
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
        if had_arrived and was_told(refund):
            queue_mail(order, Mail.REFUND_FAILED, refund=refund)


def end_if_returned(payment: Payment) -> None:
    """All of an order's money is back or on its way before its code was out: none leaves then."""
    counted = payment.refunds.filter(status__in=[*LIVE_REFUNDS, RefundStatus.SUCCEEDED])
    total = counted.aggregate(sum=Sum("amount"))["sum"] or 0
    if not payment.is_superseded and 0 < payment.amount_captured <= total:
        payment.order.end_returned()


def was_told(refund: Refund) -> bool:
    sent = refund.payment.order.emails.filter(status=EmailStatus.SENT)
    at_end = not refund.payment.is_superseded and sent.filter(mail=Mail.NO_CODE).exists()
    return at_end or sent.filter(mail=Mail.MONEY_RETURNED, refund=refund).exists()
