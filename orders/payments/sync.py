"""Learning of money. `sync_payment` is the only place that does, and webhook, the customer's return
and the sweep all lead there."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import check_buyer, put_on_hold, release_hold
from orders.models import (
    EVER_CAPTURED,
    KEEPING_MONEY,
    AttentionReason,
    EmailStatus,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Status,
    issue_receipt,
    queue_mail,
)
from orders.stripe_api import ReadSession

logger = logging.getLogger(__name__)


def sync_payment(payment: Payment, *, interactive: bool = False) -> bool:
    """Read the session from Stripe, check it against our row, make the move that it calls for.

    Returns whether they agree: a session that differs is for a person, and moves nothing. Safe to
    call at any time, any number of times, by anyone. Raises StripeTroubleError, StripeRefusedError.
    """
    if payment.session_id is None:
        return True
    session = stripe_api.read_session(payment.session_id, interactive=interactive)
    if _differs(payment, session):
        logger.error("order %s: Stripe's session differs from ours", payment.order.number)
        payment.order.needs_attention(AttentionReason.MISMATCH)
        return False
    with transaction.atomic():
        payment.order.lock()
        # Other workers may have moved both rows while Stripe was asked. The rows as they are now
        # decide, not what was read before.
        payment.refresh_from_db()
        _learn(payment, session)
        _follow(payment, session)
    return True


def _differs(payment: Payment, session: ReadSession) -> bool:
    return (
        session.mode != "payment"
        or session.is_live != settings.STRIPE_LIVE
        or session.amount != payment.amount
        or session.currency != payment.currency
        or session.payment_uuid != str(payment.uuid)
        or session.reference != payment.order.number
    )


def _learn(payment: Payment, session: ReadSession) -> None:
    """How and from where it was paid, and where it can be returned. Before the moves, which lead to
    mails, receipts and refunds."""
    if session.status != "complete":
        return  # a try that was declined tells nothing
    told = {
        "intent_id": session.intent_id,
        "method": session.method[:40],
        "country": session.country[:2],
        "amount_tax": session.amount_tax,
    }
    if any(getattr(payment, name) != value for name, value in told.items()):
        Payment.objects.filter(pk=payment.pk).update(**told)
        payment.refresh_from_db(fields=list(told))


def _follow(payment: Payment, session: ReadSession) -> None:
    """From Stripe's state to our move. What is not in the table is for a person."""
    match session.status, session.intent_status:
        case _, "requires_capture":
            _held(payment, session)
        case _, "succeeded":
            record_capture(payment, session.amount_received)
        case _, "canceled":
            _undone(payment)
        case "complete", "processing":
            _processing(payment, session)
        case "complete", "requires_payment_method":
            record_refusal(payment)
        case "expired", _:
            payment.expire()
        case "open", _:
            pass
        case _:
            payment.order.needs_attention(AttentionReason.UNKNOWN_STATE)


def _held(payment: Payment, session: ReadSession) -> None:
    is_known = payment.status in (PaymentStatus.AUTHORIZED, *EVER_CAPTURED)
    if not is_known and not record_authorization(
        payment, session.intent_id, session.authorization_ends_at
    ):
        # we cancelled the authorization, yet Stripe says that it stands
        payment.order.needs_attention(AttentionReason.UNKNOWN_STATE)


def _processing(payment: Payment, session: ReadSession) -> None:
    """The bank answers in days. Nothing is looked for before it has."""
    if payment.process(session.intent_id):
        payment.order.wait_for_bank()
        queue_mail(payment.order, Mail.BANK_WAITS)


def _undone(payment: Payment) -> None:
    """The hold is gone: we cancelled it, it lapsed, or somebody cancelled it at Stripe."""
    order = payment.order
    if order.status == Status.ENDING or payment.is_superseded:
        record_cancel(payment)
    elif order.status == Status.FOUND:
        record_failure(payment, "hold lapsed")
    elif payment.fail("hold lapsed"):
        order.needs_attention(AttentionReason.CAPTURE)


# ------------------------------------------------------------------ what follows from it
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
        payment.make_due()  # withdrawn while the bank took its days: all of it goes back
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
        was_held = payment.status == PaymentStatus.AUTHORIZED
        if payment.capture(amount):
            look_at_amount(payment)
            if not was_held:
                secure_order(payment)
                return
        elif not _correct_amount(payment, amount):
            return
        order = payment.order
        if not order.is_on_hold:
            make_ready(payment)
        if order.status == Status.ENDING or payment.is_superseded:
            payment.make_due()  # taken in the Dashboard while we were letting go: it goes back


def _correct_amount(payment: Payment, amount: int) -> bool:
    """Correct the amount of a recorded capture. Returns false if there is nothing to correct."""
    if not payment.correct_amount(amount):
        return False
    if amount == payment.amount:
        release_hold(payment.order, AttentionReason.MISMATCH)
    else:
        look_at_amount(payment)
    if payment.order.keeps_money():
        payment.order.return_failed()  # released, as if nothing had been captured
    return True


def look_at_amount(payment: Payment) -> None:
    """Somebody took a part in the Dashboard: whether that buys the code, a person decides."""
    if payment.amount_captured != payment.amount:
        put_on_hold(payment.order, AttentionReason.MISMATCH)


def make_ready(payment: Payment) -> None:
    """Only a found order whose money is taken moves, and only then it is a sale: with a receipt,
    and its code in a mail."""
    if payment.status in KEEPING_MONEY and not payment.is_superseded:
        with transaction.atomic():
            if payment.order.ready():
                issue_receipt(payment)
                queue_mail(payment.order, Mail.YOUR_CODE)


def record_failure(payment: Payment, why: str) -> None:
    """The capture was refused or the hold had lapsed: show nothing, ask to pay again."""
    with transaction.atomic():
        payment.order.lock()
        if payment.fail(why):
            ask_to_pay_again(payment.order)


def record_refusal(payment: Payment) -> None:
    """The bank said no, days later: the customer has time to pay in another way."""
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
        elif payment.is_superseded:
            queue_mail(payment.order, Mail.PAID_TWICE)
        release_order(payment.order)


def ask_to_pay_again(order: Order) -> None:
    until = timezone.now() + settings.PAYMENT_DUE_LASTS
    with transaction.atomic():
        if order.payment_failed(until):
            queue_mail(order, Mail.PAY_AGAIN)


def release_order(order: Order) -> None:
    """Only an order that is ending and of which nothing is kept moves; only then mail is sent, and
    once: a refund that fails weeks later makes it end a second time."""
    with transaction.atomic():
        if order.release() and not is_told_of_end(order):
            queue_mail(order, Mail.NO_CODE)


def is_told_of_end(order: Order) -> bool:
    """Who withdrew has a receipt that says it all, unless money has to come back first."""
    told = [Mail.NO_CODE] if order.is_charged else [Mail.NO_CODE, Mail.WITHDRAWAL_RECEIVED]
    mails = order.emails.filter(mail__in=told)
    return mails.exclude(status=EmailStatus.DROPPED).exists()
