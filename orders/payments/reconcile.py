"""Our books against Stripe's, so that nothing is missed that no webhook told of.

What we had missed is learnt in the usual ways first; only what still differs after that is for a
person. Safe at any time, any number of times, and by two at once.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from orders import stripe_api
from orders.models import (
    EVER_CAPTURED,
    KEEPING_MONEY,
    Alert,
    Dispute,
    LastRun,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    raise_alert,
)
from orders.money import format_money
from orders.payments.dispute import mirror
from orders.payments.refund import take_in
from orders.payments.sync import sync_payment
from orders.stripe_api import ReadDispute, ReadRefund, ReadSession, StripeRefusedError

logger = logging.getLogger(__name__)


@dataclass
class Report:
    """How many of each kind were compared, and how many of them were news or stay different."""

    compared: dict[str, int] = field(default_factory=dict)
    learned: dict[str, int] = field(default_factory=dict)
    different: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str, *, agreed: bool, agree: bool) -> None:
        for counts, counted in (
            (self.compared, True),
            (self.learned, agree and not agreed),
            (self.different, not agree),
        ):
            counts[kind] = counts.get(kind, 0) + counted

    @property
    def is_clean(self) -> bool:
        return not any(self.different.values())


def reconcile(days: int) -> Report:
    """Everything of the last days. Raises StripeTroubleError."""
    since = timezone.now() - timedelta(days=days)
    report = Report()
    seen = set(_sessions(since, report))
    _payments_without_session(since, seen, report)
    _refunds(since, report)
    _disputes(since, report)
    if not report.is_clean:
        logger.error("books differ from Stripe's: %s", report.different)
    LastRun.note(LastRun.RECONCILE)
    return report


# ------------------------------------------------------------------ payments
OURS = {
    PaymentStatus.OPEN: "nothing",
    PaymentStatus.PROCESSING: "processing",
    PaymentStatus.AUTHORIZED: "held",
    **dict.fromkeys(EVER_CAPTURED, "taken"),
    PaymentStatus.CANCELLED: "nothing",
    PaymentStatus.FAILED: "nothing",
    PaymentStatus.EXPIRED: "nothing",
}
THEIRS = {"requires_capture": "held", "succeeded": "taken", "processing": "processing"}


def money_of(session: ReadSession) -> str:
    """What has become of a customer's money: held, taken, processing, or nothing."""
    return THEIRS.get(session.intent_status, "nothing")


def agrees(payment: Payment, session: ReadSession) -> bool:
    ours = OURS[PaymentStatus(payment.status)]
    if ours != money_of(session):
        return False
    if payment.status == PaymentStatus.OPEN and session.status != "open":
        return False
    if ours == "taken" and payment.amount_captured != session.amount_received:
        return False
    return (payment.amount, payment.currency) == (session.amount, session.currency)


def _sessions(since: datetime, report: Report) -> Iterator[str]:
    """Yields the ids of all sessions that Stripe has."""
    for session in stripe_api.sessions_since(since):
        yield session.id
        payment = _payment_of(session)
        if payment:
            agreed = agrees(payment, session)
            agree = agreed or _agree_after_all(payment)
            report.count("payments", agreed=agreed, agree=agree)
        elif session.is_of_this_shop and _is_kept(session):
            report.count("payments", agreed=False, agree=False)
            _tell_of_stranger(session)


def _payment_of(session: ReadSession) -> Payment | None:
    """By its id; or by ours, where Stripe's answer with the session was lost."""
    known = Payment.objects.filter(session_id=session.id).select_related("order")
    if payment := known.first():
        return payment
    with suppress(ValueError):  # another shop's metadata
        unanswered = Payment.objects.filter(session_id=None, uuid=UUID(session.payment_uuid))
        if unanswered.update(session_id=session.id, checkout_url=session.url):
            return known.first()
    return None


def _is_kept(session: ReadSession) -> bool:
    """Somebody's money is with us, or on its way."""
    returned = money_of(session) == "taken" and session.amount_refunded >= session.amount_received
    return money_of(session) != "nothing" and not returned


def _agree_after_all(payment: Payment) -> bool:
    """Learn what there is to learn, then look once more. Twice, as work goes on meanwhile."""
    for _try in range(2):
        payment.refresh_from_db()
        try:
            sync_payment(payment)
            session = stripe_api.read_session(str(payment.session_id))
        except StripeRefusedError:
            break
        payment.refresh_from_db()
        if agrees(payment, session):
            return True
    words = _("Payment %(id)s of %(amount)s is “%(status)s” here, and otherwise at Stripe.")
    told = {
        "id": payment.session_id,
        "amount": payment.amount_text,
        "status": payment.get_status_display(),
    }
    raise_alert(Alert.Kind.DIFFERENCE, f"payment:{payment.pk}", words % told, payment.order)
    return False


def _payments_without_session(since: datetime, seen: set[str], report: Report) -> None:
    """Money that we believe to have and that Stripe does not list: another account, another key."""
    believed = Payment.objects.filter(
        created_at__gte=since,
        session_id__isnull=False,
        status__in=[PaymentStatus.AUTHORIZED, *KEEPING_MONEY],
    ).select_related("order")
    for payment in believed.exclude(session_id__in=seen):
        report.count("payments", agreed=False, agree=_agree_after_all(payment))


def _tell_of_stranger(session: ReadSession) -> None:
    """Paid, but not in our books: they were restored from a backup, say."""
    words = _(
        "Somebody paid %(amount)s for order %(order)s, which is not in our books. Session %(id)s, "
        "payment %(intent)s. Look it up in Stripe's Dashboard, where the customer's address is: "
        "return the money there, or serve the customer by hand."
    )
    told = {
        "amount": format_money(session.amount or 0, session.currency),
        "order": session.reference,
        "id": session.id,
        "intent": session.intent_id,
    }
    raise_alert(Alert.Kind.NO_ORDER, f"session:{session.id}", words % told)


# ------------------------------------------------------------------ refunds and disputes
def _refunds(since: datetime, report: Report) -> None:
    for theirs in stripe_api.refunds_since(since):
        payment = _paid_by(theirs.intent_id)
        if payment is None or not payment.amount_captured:
            continue  # of another shop, or a hold that was let go
        agreed = _refund_agrees(theirs)
        if not agreed:
            take_in(payment, theirs)
        agree = agreed or _refund_agrees(theirs)
        report.count("refunds", agreed=agreed, agree=agree)
        if not agree:
            words = _("Refund %(id)s of %(amount)s is “%(status)s” at Stripe, and otherwise here.")
            _tell(payment.order, f"refund:{theirs.id}", words, theirs)


def _refund_agrees(theirs: ReadRefund) -> bool:
    status = {"canceled": "cancelled"}.get(theirs.status, theirs.status)
    same = Refund.objects.filter(stripe_id=theirs.id, status=status, amount=theirs.amount)
    return same.exists()


def _disputes(since: datetime, report: Report) -> None:
    for theirs in stripe_api.disputes_since(since):
        payment = _paid_by(theirs.intent_id)
        if payment is None:
            continue
        agreed = _dispute_agrees(theirs)
        if not agreed:
            mirror(payment, theirs)
        agree = agreed or _dispute_agrees(theirs)
        report.count("disputes", agreed=agreed, agree=agree)
        if not agree:
            words = _("Dispute %(id)s of %(amount)s is “%(status)s” at Stripe, and otherwise here.")
            _tell(payment.order, f"dispute:{theirs.id}", words, theirs)


def _dispute_agrees(theirs: ReadDispute) -> bool:
    same = {"status": theirs.status[:40], "amount": theirs.amount, "reason": theirs.reason[:60]}
    return Dispute.objects.filter(stripe_id=theirs.id, **same).exists()


def _paid_by(intent_id: str) -> Payment | None:
    return Payment.objects.filter(intent_id=intent_id, intent_id__gt="").first()


def _tell(order: Order, key: str, words: str, theirs: ReadRefund | ReadDispute) -> None:
    told = {
        "id": theirs.id,
        "amount": format_money(theirs.amount, theirs.currency),
        "status": theirs.status,
    }
    raise_alert(Alert.Kind.DIFFERENCE, key, words % told, order)
