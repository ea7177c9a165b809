"""Resending mails, and correcting the customer's address.

Each mail is a new row with its own Message-ID: the former one may be in a stranger's inbox.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from orders.desk.holds import check_new_address
from orders.desk.questions import open_question
from orders.lib.mailbox import canonical
from orders.limits import refuse_more_addresses, refuse_more_mails
from orders.models import (
    Email,
    EmailStatus,
    EndedBecause,
    LinkRequest,
    Mail,
    Order,
    Refund,
    RefundStatus,
    Status,
    queue_mail,
)
from orders.payments.wording import is_processing_at_bank, was_refused_late

LINK_EVERY = timedelta(minutes=10)


def current_email_type(order: Order) -> Mail | None:
    """Return the mail that fits the order's state; None if none may go out.

    None for an unpaid order: anybody can order with a stranger's address.
    """
    if order.status == Status.EXPIRED or order.is_anonymised:
        return None
    if order.is_on_hold and order.status != Status.PENDING:
        return Mail.ORDER_LINK
    was_withdrawn = order.ended_because == EndedBecause.WITHDRAWN
    match order.status:
        case Status.PENDING | Status.PAYMENT_DUE:
            return _of_payment(order)
        case Status.WITH_STAFF:
            return Mail.QUESTION if open_question(order) else Mail.ORDER_RECEIVED
        case Status.PROBLEM:
            return Mail.QUESTION if open_question(order) else Mail.PROBLEM_RECEIVED
        case Status.READY | Status.DELIVERED:
            return Mail.YOUR_CODE
        case Status.ENDING if was_withdrawn:
            return Mail.WITHDRAWAL_RECEIVED
        case Status.RELEASED:  # two mails after a withdrawal, if a refund was needed
            is_receipt = was_withdrawn and not order.is_charged
            return Mail.WITHDRAWAL_RECEIVED if is_receipt else Mail.NO_CODE
        case Status.REFUNDED if _last_refund(order):
            return Mail.MONEY_RETURNED
    return Mail.ORDER_LINK


def _of_payment(order: Order) -> Mail | None:
    if is_processing_at_bank(order):
        return Mail.BANK_WAITS
    if order.status == Status.PENDING:
        return Mail.BANK_REFUSED if was_refused_late(order) else None
    of_this = order.emails.filter(mail__in=[Mail.PAY_AGAIN, Mail.BANK_REFUSED]).last()
    return Mail(of_this.mail) if of_this else Mail.PAY_AGAIN


def _last_refund(order: Order) -> Refund | None:
    counts = Refund.objects.filter(payment__order=order, payment__is_superseded=False)
    return counts.filter(status=RefundStatus.SUCCEEDED).last()


def resend(order: Order, *, is_asked_for: bool = True) -> bool:
    """Queue the current mail again. Returns whether a mail is on its way.

    A mail that is queued already is not doubled. Raises TooManyError if the customer asks too
    often.
    """
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        mail = current_email_type(order)
        if mail is None:
            return False
        waits = order.emails.filter(mail=mail, to=order.email, status=EmailStatus.QUEUED)
        if waits.exists():
            return True
        if is_asked_for:
            refuse_more_mails(order)
        refund = _last_refund(order) if mail == Mail.MONEY_RETURNED else None
        queue_mail(order, mail, refund=refund, is_asked_for=is_asked_for)
    return True


def answer_link_request(asked: LinkRequest) -> None:
    """Send the link of the last order that is meant and may have one, and delete the request."""
    with transaction.atomic():
        if order := next(filter(current_email_type, asked.orders()), None):
            send_link(order)
        LinkRequest.objects.filter(pk=asked.pk).delete()


def send_link(order: Order) -> None:
    """Queue a fresh link, at most one in ten minutes for all orders of its address.

    Never for an unpaid order: anybody can order with a stranger's address.
    """
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        if current_email_type(order) is None:
            return
        order.lock_buyer()
        lately = timezone.now() - LINK_EVERY
        links = Email.objects.filter(mail=Mail.ORDER_LINK, created_at__gt=lately)
        if not links.filter(order__mailbox=canonical(order.email)).exists():
            queue_mail(order, Mail.ORDER_LINK)


def correct_email(order: Order, address: str, *, by: User | None = None) -> bool:
    """Correct a mistyped address. Returns whether anything changed.

    Queued mails go to the right address, and so does the current one. The former address is
    notified that mails go elsewhere now, and gets nothing more: its link ends, as it may be a
    stranger's. Raises TooManyError for the customer, not for staff.
    """
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        former = order.email
        if by is None and address != former:
            refuse_more_addresses(order, address)
        if not order.correct_email(address, by=by):
            return False
        check_new_address(order)
        waiting = order.emails.filter(to=former, status=EmailStatus.QUEUED)
        for email in waiting.exclude(mail=Mail.ADDRESS_CHANGED):
            if email.redirect():
                queue_mail(order, Mail(email.mail), refund=email.refund)
        is_mailed = resend(order, is_asked_for=False)
        if by and not is_mailed:
            # Not paid yet, but staff vouch for the address, and the former link has ended.
            queue_mail(order, Mail.ORDER_LINK)
        if by or is_mailed:
            queue_mail(order, Mail.ADDRESS_CHANGED, to=former)
    return True
