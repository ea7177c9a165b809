"""Evidence for a dispute: what the shop's rows say about an order, in Stripe's fields.

It goes to a bank, without the code and the serial: they would prove nothing more.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from django.contrib.auth.models import User
from django.utils import timezone, translation

from orders import stripe_api
from orders.models import (
    MAILS_TO_STAFF,
    Consent,
    Dispute,
    EmailStatus,
    Order,
    Payment,
    RefundStatus,
)
from orders.money import format_money
from orders.payments.dispute import sync_dispute
from orders.stripe_api import ReadDispute, StripeRefusedError

LONGEST = 20_000  # characters that Stripe accepts in a field


def send_evidence(dispute: Dispute, by: User) -> bool:
    """Submit evidence. Returns false if Stripe accepts none, or has some that we did not send.

    The request is recorded first: if the answer is lost, the next read finds what was sent. Raises
    StripeTroubleError, after which the evidence may be there, and StripeRefusedError.
    """
    was_sent = dispute.evidence_sent_at
    payment, stripe_id = dispute.payment, dispute.stripe_id
    dispute, theirs = sync_dispute(payment, stripe_id, interactive=True)
    if not theirs.submissions:
        if not dispute.takes_evidence:
            return False
        dispute = _ask(dispute, by)
    return not was_sent and dispute.evidence_sent_at is not None


def _ask(dispute: Dispute, by: User) -> Dispute:
    row = Dispute.objects.filter(pk=dispute.pk)
    row.update(evidence_asked_at=timezone.now(), evidence_asked_by=by)
    try:
        dispute, _theirs = sync_dispute(
            dispute.payment, dispute.stripe_id, interactive=True, first=partial(_send, dispute)
        )
    except StripeRefusedError:
        row.update(evidence_asked_at=None, evidence_asked_by=None)
        raise
    return dispute


def _send(dispute: Dispute) -> ReadDispute:
    evidence = evidence_of(dispute)
    words = hashlib.sha256(json.dumps(evidence).encode()).hexdigest()[:16]
    # the same key for the same words: a double click, or a second try after a lost answer
    return stripe_api.send_evidence(
        dispute.stripe_id, evidence, f"{dispute.stripe_id}-{words}", interactive=True
    )


def evidence_of(dispute: Dispute) -> dict[str, str]:
    """Return Stripe's fields; those about which our rows say nothing are left out."""
    payment, order = dispute.payment, dispute.payment.order
    consents = list(order.consents.all())
    with translation.override("en"):  # banks read English
        fields = {
            "product_description": _product(order),
            "customer_email_address": order.email,
            "customer_purchase_ip": next((c.address for c in consents if c.address), "") or "",
            "service_date": order.ready_at.astimezone(UTC).strftime("%Y-%m-%d")
            if order.ready_at
            else "",
            "access_activity_log": _lines(_activity(order, consents)),
            "refund_policy_disclosure": "\n".join(_agreed(each) for each in consents),
            "uncategorized_text": _lines(_money(payment)),
        }
    return {name: text[:LONGEST] for name, text in fields.items() if text}


Moment = tuple[datetime | None, str]


def _lines(moments: Iterator[Moment]) -> str:
    known = sorted((at, what) for at, what in moments if at is not None)
    return "\n".join(f"{_time(at)}  {what}" for at, what in known)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _product(order: Order) -> str:
    model = order.car_model.name if order.car_model else order.model_typed
    car = f" ({model})" if model else ""
    return (
        f"The unlock code of a factory car radio: {order.radio.name}, {order.make}{car}. "
        "Digital content: the code, with the steps to enter it, is shown on the order's page, to "
        "which only the customer was given the link, and sent by e-mail. "
        f"Order {order.number}, {order.price_text}."
    )


def _agreed(consent: Consent) -> str:
    where = f" from {consent.address}" if consent.address else ""
    how = (
        "was told beside the order button"
        if consent.kind == Consent.Kind.TERMS
        else "agreed, by ticking an empty box in the order form"
    )
    return (
        f"{_time(consent.given_at)}{where}: the customer {how} "
        f'(version {consent.version}): "{consent.text}"'
    )


def _activity(order: Order, consents: list[Consent]) -> Iterator[Moment]:
    address = next((each.address for each in consents if each.address), None)
    yield order.created_at, f"order form sent{f' from {address}' if address else ''}"
    yield order.placed_at, "payment secured, search for the code begun"
    yield order.found_at, "code found"
    yield order.ready_at, "code put on the order's page"
    opened = "order's page with the code opened by whoever has its secret link"
    if order.history.filter(move="seen").exists():  # up to 0.9.0 any request for the page counted
        opened += ", and looked at in a browser"
    yield order.first_shown_at, opened
    sent = order.emails.filter(status=EmailStatus.SENT).exclude(mail__in=MAILS_TO_STAFF)
    for mail in sent.exclude(to=""):  # a former address, which is deleted
        yield mail.sent_at, f'mail "{mail.get_mail_display()}" accepted for {mail.to}'


def _money(payment: Payment) -> Iterator[Moment]:
    method = f" by {payment.method}" if payment.method else ""
    captured = format_money(payment.amount_captured, payment.currency)
    yield payment.held_at, f"{payment.amount_text} authorised{method}"
    yield payment.captured_at, f"{captured} taken"
    for refund in payment.refunds.filter(status=RefundStatus.SUCCEEDED):
        yield refund.succeeded_at, f"{refund.amount_text} returned to the customer"
