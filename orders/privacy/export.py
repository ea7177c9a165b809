"""A copy of everything that is kept about one customer, for them to read.

It names no other person, staff included: only that staff did something. An unlock code is in it if
its order's page would show it. Code and link are left out of a copy that passes through the hands
of staff who may not see codes: the customer has both.
"""

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from orders.lib.mailbox import canonical
from orders.models import (
    Block,
    DataRequest,
    Dispute,
    Email,
    Message,
    Order,
    Payment,
    Receipt,
    Refund,
    Upload,
)
from orders.privacy.person import mails_of_others, orders_of, requests_of

Facts = dict[str, Any]


def export(address: str, by: User | None = None) -> Facts:
    """As JSON can hold it. That it was asked for is noted."""
    with_codes = by is None or by.has_perm("orders.view_code")
    orders = [
        of_order(order) | (secrets_of(order) if with_codes else {}) for order in orders_of(address)
    ]
    facts = {
        "about": address.strip(),
        "from": settings.SHOP_NAME,
        "made_at": moment(timezone.now()),
        "times": "in UTC",
        "orders": orders,
        "mails_of_orders_that_have_another_address_now": [
            of_mail(mail) for mail in mails_of_others(address)
        ],
        "messages_of_the_contact_form": [of_message(each) for each in Message.of_mailbox(address)],
        "on_the_block_list_since": [
            moment(block.created_at) for block in Block.rows_of(Block.Kind.EMAIL, address)
        ],
        "trade_since": [
            moment(block.created_at) for block in Block.rows_of(Block.Kind.TRADE, address)
        ],
        "asked_before": [
            {"what": str(each.get_kind_display()), "at": moment(each.at)}
            for each in requests_of(address)
        ],
    }
    numbers = {order["number"]: "copied" for order in orders}
    DataRequest.note(DataRequest.Kind.EXPORT, address, by, numbers)
    return facts


def moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def secrets_of(order: Order) -> Facts:
    code = order.current_code if order.may_show_code else None
    return {
        "page": settings.SITE_URL + order.secret_link(),
        "code": code.digits if code else None,
    }


def of_order(order: Order) -> Facts:
    return {
        "number": order.number,
        "state": str(order.get_status_display()),
        "ended_because": str(order.get_ended_because_display()),
        "email": order.email,
        "network": order.network,
        "brand": order.brand.name,
        "make_typed": order.make_typed,
        "model_typed": order.model_typed,
        "car_model": order.car_model.name if order.car_model else None,
        "generation": order.generation.name if order.generation else None,
        "radio": order.radio.name,
        "radio_shows": str(order.get_shows_display()),
        "serial": order.serial,
        "serial_as_typed": order.serial_typed or order.serial,
        "second_number": order.second_number,
        "device_number": order.device_number,
        "date_on_screen": order.date_on_screen,
        "price": order.price_text,
        "steps_from_staff": order.entry_steps,
        "on_hold": {"because": order.on_hold_reason, "since": moment(order.on_hold_at)},
        "looked_at_by_a_person_because": [
            {
                "because": str(each),
                "since": moment(each.opened_at),
                "settled_at": moment(each.settled_at),
            }
            for each in order.attentions.all()
        ],
        "code_worked": order.worked,
        "times": {
            name: moment(getattr(order, name))
            for name in (
                "created_at", "placed_at", "deadline_at", "found_at", "ready_at", "delivered_at",
                "first_shown_at", "erase_asked_at",
            )
        },
        "agreed_to": [
            {
                "words": each.text,
                "version": each.version,
                "at": moment(each.given_at),
                "network_address": each.address,
            }
            for each in order.consents.all()
        ],
        "payments": [of_payment(each) for each in order.payments.all()],
        "receipts": [of_receipt(each) for each in order.receipts.all()],
        "mails": [of_mail(each) for each in order.emails.filter(to__iexact=canonical(order.email))],
        "reports_that_the_code_does_not_work": [of_problem(each) for each in order.problems.all()],
        "questions": [of_question(each) for each in order.questions.all()],
        "notes_of_staff": [
            {"words": each.text, "at": moment(each.at)} for each in order.notes.all()
        ],
        "where_the_code_was_looked_for": [
            {
                "source": each.source,
                "outcome": str(each.get_outcome_display()),
                "at": moment(each.started_at),
            }
            for each in order.attempts.all()
        ],
        "what_happened": [
            {"what": f"{each.subject}: {each.move.replace('_', ' ')}", "at": moment(each.at)}
            for each in order.history.all()
        ],
    }  # fmt: skip


def of_payment(payment: Payment) -> Facts:
    return {
        "amount": payment.amount_text,
        "state": str(payment.get_status_display()),
        "way": payment.method,
        "card_as_keyed_hash": payment.card_hash,
        "country": payment.country,
        "refused_because": payment.failure,
        "at_stripe": {"session": payment.session_id, "payment": payment.intent_id},
        "begun_at": moment(payment.created_at),
        "held_at": moment(payment.held_at),
        "taken_at": moment(payment.captured_at),
        "refunds": [of_refund(each) for each in payment.refunds.all()],
        "disputes": [of_dispute(each) for each in payment.disputes.all()],
    }


def of_refund(refund: Refund) -> Facts:
    return {
        "amount": refund.amount_text,
        "state": str(refund.get_status_display()),
        "because": str(refund.get_reason_display()),
        "note": refund.note,
        "at": moment(refund.created_at),
        "arrived_at": moment(refund.succeeded_at),
    }


def of_dispute(dispute: Dispute) -> Facts:
    return {
        "amount": dispute.amount_text,
        "state": dispute.status_text,
        "because": dispute.reason_text,
        "opened_at": moment(dispute.opened_at),
        "answered_at": moment(dispute.evidence_sent_at),
        "closed_at": moment(dispute.closed_at),
    }


def of_receipt(receipt: Receipt) -> Facts:
    return {
        "number": receipt.number_text,
        "kind": str(receipt.get_kind_display()),
        "for": receipt.description,
        "amount": receipt.amount_text,
        "vat": receipt.vat_text,
        "country": receipt.buyer_country,
        "at": moment(receipt.issued_at),
    }


def of_mail(mail: Email) -> Facts:
    return {
        "mail": str(mail.get_mail_display()),
        "to": mail.to,
        "state": str(mail.get_status_display()),
        "sent_at": moment(mail.sent_at),
        "called_spam_at": moment(mail.complained_at),
    }


def of_problem(problem: Any) -> Facts:
    return {
        "begun_at": moment(problem.started_at),
        "reported_at": moment(problem.reported_at),
        "display": problem.get_shows_display(),
        "confirmed_with": problem.confirmed_with,
        "second_reading": problem.reading,
        "radio_changed": problem.get_changed_display(),
        "serial_before": problem.former_serial,
        "corrected_at": moment(problem.corrected_at),
        "outcome": problem.get_outcome_display(),
        "our_answer": problem.words,
        "closed_at": moment(problem.closed_at),
    }


def of_question(question: Any) -> Facts:
    return {
        "asked": question.text,
        "at": moment(question.asked_at),
        "answers": [
            {
                "words": answer.text,
                "at": moment(answer.answered_at),
                "photos_as_jpeg_in_base64": of_photos(answer.uploads.all()),
            }
            for answer in question.answers.all()
        ],
    }


def of_message(message: Message) -> Facts:
    return {
        "words": message.text,
        "order_number_typed": message.number,
        "network": message.network,
        "at": moment(message.created_at),
        "photos_as_jpeg_in_base64": of_photos(message.uploads.all()),
        "our_answer": message.answer,
        "answered_at": moment(message.answered_at),
    }


def of_photos(photos: Iterable[Upload]) -> list[str]:
    return [b64encode(photo.content).decode() for photo in photos if photo.is_kept]
