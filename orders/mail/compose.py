"""Every mail the shop sends, one function a mail; its words are in templates/emails/<mail>/.

A mail is written when it is sent and stored nowhere: one with a code would lie there in clear.
"""

from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from orders.desk.deadlines import answered_by, decide_by, last_answer, last_moment
from orders.desk.questions import open_question
from orders.desk.waiting import codes_to_find
from orders.instructions import advice_for
from orders.legal import terms_of, withdrawn_at
from orders.lib.mailbox import canonical, is_same
from orders.lib.text import mask
from orders.mail.plain_text import folded
from orders.mail.resend import current_email_type
from orders.models import (
    AT_DESK,
    Email,
    Mail,
    Order,
    PaymentStatus,
    Problem,
    Refund,
    RefundStatus,
    Status,
)
from orders.models.link_request import of_mailbox
from orders.money import format_money
from orders.payments.wording import if_not_decided, if_not_found, refund_under_way, secured
from orders.receipts.mailed import attach, document_of, document_url


def order_received(order: Order) -> dict[str, Any]:
    return {
        "deadline_at": order.deadline_at,
        "is_charged": order.is_charged,
        "secured": secured(order),
        "if_not_found": if_not_found(order),
    } | question(order)


def question(order: Order) -> dict[str, Any]:
    """What we want to know of the customer, if there is something, and where they answer."""
    path = reverse("order_answer", args=[order.number, order.token])
    return {
        "question": open_question(order),
        "answer_url": settings.SITE_URL + path,
        "deadline_at": order.deadline_at,
        "secured": secured(order),
        "if_not_found": if_not_found(order),
    }


def your_code(order: Order) -> dict[str, Any]:
    current = order.current_code
    code = current.digits if current else ""
    advice = advice_for(order)
    return {
        "code": code,
        "procedures": advice.procedures,
        "is_by_presets": bool(advice.presses(code)),
        "staff_steps": advice.staff_steps,
        "tries": advice.tries,
        "wait_first": advice.wait_first,
        "guide": advice.guide,
        "consents": order.consents.all(),
    } | replacement(order)


def replacement(order: Order) -> dict[str, Any]:
    """Whether the current code replaces another, and whether its serial was corrected."""
    path = reverse("order_problem", args=[order.number, order.token])
    replaced = order.problems.filter(outcome=Problem.Outcome.REPLACED).last()
    return {
        "is_another": replaced is not None,
        "is_corrected": bool(replaced and replaced.corrected_at),
        "problem_url": settings.SITE_URL + path,
    }


def problem(order: Order) -> dict[str, Any]:
    """The last report of the customer, and where they add to it."""
    return {
        "problem": order.problems.exclude(reported_at=None).last(),
        "deadline_at": order.deadline_at,
        "problem_url": settings.SITE_URL
        + reverse("order_problem", args=[order.number, order.token]),
    }


def problem_for_staff(order: Order) -> dict[str, Any]:
    path = reverse("admin:orders_order_problem", args=[order.pk])
    return {"desk_url": settings.SITE_URL + path}


def no_code(order: Order) -> dict[str, Any]:
    return {
        "because": order.ended_because,
        "is_charged": order.is_charged,
        "guide": advice_for(order).guide,
    }


def pay_again(order: Order) -> dict[str, Any]:
    return {"deadline_at": order.deadline_at}


def bank_waits(order: Order) -> dict[str, Any]:
    return {}


def bank_refused(order: Order) -> dict[str, Any]:
    return {"deadline_at": order.deadline_at, "has_code": order.status == Status.PAYMENT_DUE}


def money_returned(order: Order) -> dict[str, Any]:
    return {}


def refund_failed(order: Order) -> dict[str, Any]:
    return {}


def paid_twice(order: Order) -> dict[str, Any]:
    payments = order.payments.filter(is_superseded=True, status=PaymentStatus.CANCELLED)
    is_over = order.status in (Status.ENDING, Status.RELEASED, Status.REFUNDED)
    return {"amount": payments.latest("pk").amount_text, "is_late": is_over}


def about_refund(email: Email) -> dict[str, Any]:
    """The context of a mail about a refund: the refund and its payment."""
    refund = email.refund
    if refund is None:
        return {}
    payment = refund.payment
    is_counted = refund.status == RefundStatus.SUCCEEDED
    kept = payment.amount_kept - (0 if is_counted else refund.amount)
    return {
        "amount": refund.amount_text,
        "kept": format_money(kept, payment.currency) if kept > 0 else "",
        "is_second": payment.is_superseded,
    }


def announced(refund: Refund) -> tuple[str, str]:
    """Subject and first words of the mail that a refund would lead to, for staff who decide."""
    email = Email(order=refund.order, mail=Mail.MONEY_RETURNED, refund=refund)
    context = about_refund(email) | {"order": email.order}
    folder = f"emails/{email.mail}"
    subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())
    return subject, unescape(render_to_string(f"{folder}/_why.txt", context))


def withdrawal_received(order: Order) -> dict[str, Any]:
    return {"withdrawn_at": withdrawn_at(order), "money": refund_under_way(order)}


def order_link(order: Order) -> dict[str, Any]:
    return {}


def other_orders(email: Email) -> list[tuple[str, str]]:
    """Number and link of each other order of the mailbox that the mail goes to."""
    if email.mail != Mail.ORDER_LINK:
        return []
    others = [each for each in of_mailbox(canonical(email.to)) if each.pk != email.order_id]
    return [
        (each.number, settings.SITE_URL + each.secret_link())
        for each in filter(current_email_type, others)
    ]


def address_changed(order: Order) -> dict[str, Any]:
    """To the former address, which may be a stranger's: without link, code and new address."""
    return {"email_masked": mask(order.email)}


def desk_alert(order: Order) -> dict[str, Any]:
    """To staff: all that waits at the desk when the mail is sent, whatever order it is for."""
    waiting = codes_to_find()
    count = waiting.count()
    return {
        "orders": list(waiting.select_related("brand", "radio")[:MOST_LISTED]),
        "count": count,
        "is_more": count > MOST_LISTED,
        "desk_url": settings.SITE_URL + reverse("admin:orders_order_desk_list"),
    }


def desk_late(order: Order) -> dict[str, Any]:
    """To staff, so without serial and address: those stand behind the sign-in."""
    return {"desk_url": settings.SITE_URL + reverse("admin:orders_order_desk", args=[order.pk])}


def on_hold(order: Order) -> dict[str, Any]:
    """To staff, who decide on its page in the admin."""
    return {
        "why": order.on_hold_text,
        "decide_by": decide_by(order),
        "is_held": last_moment(order) is not None,
        "is_taken": order.keeps_money(),
        "answer_by": last_answer(order),
        "page_url": settings.SITE_URL + reverse("admin:orders_order_change", args=[order.pk]),
    }


def being_checked(order: Order) -> dict[str, Any]:
    return {
        "answer_by": answered_by(order),
        "secured": secured(order),
        "if_not_decided": if_not_decided(order),
    }


MOST_LISTED = 20  # orders in one mail to staff

MAILS: Mapping[str, Callable[[Order], dict[str, Any]]] = {
    Mail.ORDER_RECEIVED: order_received,
    Mail.YOUR_CODE: your_code,
    Mail.NO_CODE: no_code,
    Mail.PAY_AGAIN: pay_again,
    Mail.BANK_WAITS: bank_waits,
    Mail.BANK_REFUSED: bank_refused,
    Mail.MONEY_RETURNED: money_returned,
    Mail.PAID_TWICE: paid_twice,
    Mail.REFUND_FAILED: refund_failed,
    Mail.WITHDRAWAL_RECEIVED: withdrawal_received,
    Mail.ORDER_LINK: order_link,
    Mail.ADDRESS_CHANGED: address_changed,
    Mail.QUESTION: question,
    Mail.QUESTION_AGAIN: question,
    Mail.PROBLEM_RECEIVED: problem,
    Mail.PROBLEM_CLOSED: problem,
    Mail.PROBLEM_ALERT: problem_for_staff,
    Mail.PROBLEM_LATE: problem_for_staff,
    Mail.BEING_CHECKED: being_checked,
    Mail.DESK_ALERT: desk_alert,
    Mail.DESK_LATE: desk_late,
    Mail.ANSWERED: desk_late,
    Mail.ON_HOLD: on_hold,
    Mail.HOLD_ENDS: on_hold,
}


def compose(email: Email) -> EmailMultiAlternatives:
    order = email.order
    document = document_of(email)
    context = (
        MAILS[email.mail](order)
        | about_refund(email)
        | {
            "order": order,
            "order_url": settings.SITE_URL + order.secret_link(),
            "other_orders": other_orders(email),
            "withdraw_url": settings.SITE_URL
            + reverse("order_withdraw", args=[order.number, order.token]),
            "document": document,
            "document_url": document_url(document) if document else "",
            "SHOP_NAME": settings.SHOP_NAME,
            "SITE_URL": settings.SITE_URL,
            "SELLER": settings.SELLER,
            "VAT_RATE": settings.VAT_RATE,
            "DEMO": settings.DEMO,
        }
    )
    folder = f"emails/{email.mail}"
    subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject=subject,
        body=folded(render_to_string(f"{folder}/body.txt", context)),
        to=[email.to],
        # most mails ask the customer to answer
        reply_to=[settings.SELLER["email"]] if settings.SELLER["email"] else None,
        headers={"Message-ID": email.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    message.metadata = {"mail": email.reference}  # type: ignore[attr-defined]  # of providers' APIs
    if document:
        attach(message, document)
    if email.mail in WITH_TERMS and (terms := terms_of(order)):
        message.attach("terms-of-sale.txt", terms.text, "text/plain")
    return message


# A link is not lasting, as the page changes: the law wants the terms in the customer's own hands.
WITH_TERMS = (Mail.ORDER_RECEIVED, Mail.YOUR_CODE)

# A mail that waited may tell what is no longer true: it is sent only in these states.
TRUE_IN: Mapping[str, set[str]] = {
    Mail.ORDER_RECEIVED: {Status.WITH_STAFF},
    Mail.QUESTION: set(AT_DESK),
    Mail.QUESTION_AGAIN: set(AT_DESK),
    Mail.PROBLEM_RECEIVED: {Status.PROBLEM},
    Mail.PROBLEM_ALERT: {Status.PROBLEM},
    Mail.PROBLEM_LATE: {Status.PROBLEM},
    Mail.PROBLEM_CLOSED: {Status.READY, Status.DELIVERED},
    Mail.DESK_LATE: {Status.WITH_STAFF},
    Mail.ANSWERED: set(AT_DESK),
    Mail.PAY_AGAIN: {Status.PAYMENT_DUE},
    Mail.BANK_WAITS: {Status.PENDING, Status.PAYMENT_DUE},
    Mail.BANK_REFUSED: {Status.PENDING, Status.PAYMENT_DUE},
    Mail.YOUR_CODE: {Status.READY, Status.DELIVERED},
    Mail.NO_CODE: {Status.RELEASED},
}


# The same of a refund: what came back to the customer may be with us again.
TRUE_OF_REFUND: Mapping[str, str] = {
    Mail.MONEY_RETURNED: RefundStatus.SUCCEEDED,
    Mail.REFUND_FAILED: RefundStatus.FAILED,
}


WHILE_ON_HOLD = (Mail.ON_HOLD, Mail.HOLD_ENDS, Mail.BEING_CHECKED)


def is_still_relevant(email: Email) -> bool:
    if email.refund and email.refund.status != TRUE_OF_REFUND[email.mail]:
        return False
    if email.mail == Mail.DESK_ALERT and not codes_to_find().exists():
        return False
    if email.mail in (Mail.QUESTION, Mail.QUESTION_AGAIN) and not open_question(email.order):
        return False
    if email.mail in WHILE_ON_HOLD and not email.order.is_on_hold:
        return False
    if email.mail == Mail.ADDRESS_CHANGED and is_same(email.to, email.order.email):
        return False
    states = TRUE_IN.get(email.mail)
    return states is None or email.order.status in states
