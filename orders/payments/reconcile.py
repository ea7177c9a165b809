"""Compares our books with Stripe's, to find what no webhook has reported.

Differences are synced in the usual ways first; staff are alerted to what still differs. Safe at any
time, any number of times, and by two processes at once.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    on_its_own,
    raise_alert,
)
from orders.money import format_money
from orders.payments.dispute import sync_dispute
from orders.payments.refund import sync_refund
from orders.payments.sync import sync_payment
from orders.stripe_api import (
    ReadDispute,
    ReadRefund,
    ReadSession,
    StripeRefusedError,
    StripeTroubleError,
)

logger = logging.getLogger(__name__)

MOST_TROUBLES = 5  # errors of Stripe's after which a comparison ends


@dataclass
class Report:
    """Counts of each kind: rows compared, differences synced, and differences left."""

    compared: dict[str, int] = field(default_factory=dict)
    learned: dict[str, int] = field(default_factory=dict)
    different: dict[str, int] = field(default_factory=dict)
    troubles: list[StripeTroubleError | StripeRefusedError] = field(default_factory=list)

    def count(self, kind: str, *, agreed: bool, agree: bool) -> None:
        for counts, counted in (
            (self.compared, True),
            (self.learned, agree and not agreed),
            (self.different, not agree),
        ):
            counts[kind] = counts.get(kind, 0) + counted

    @contextmanager
    def on_its_own(self, step: str) -> Iterator[None]:
        """Go on after an error with one row or one list; after many of Stripe's give up."""
        with on_its_own(step):
            try:
                yield
            except (StripeTroubleError, StripeRefusedError) as error:
                logger.error("%s: %s", step, error)
                self.troubles.append(error)
        if len(self.troubles) >= MOST_TROUBLES:
            raise self.troubles[0]

    @property
    def is_clean(self) -> bool:
        return not any(self.different.values())


def reconcile(days: int) -> Report:
    """Compare everything of the last days. Raises what Stripe answered, once all is compared."""
    since = timezone.now() - timedelta(days=days)
    report = Report()
    with report.on_its_own("reconcile sessions"):
        seen = set(_sessions(since, report))
        _payments_without_session(since, seen, report)
    with report.on_its_own("reconcile refunds"):
        _refunds(since, report)
    with report.on_its_own("reconcile disputes"):
        _disputes(since, report)
    if not report.is_clean:
        logger.error("books differ from Stripe's: %s", report.different)
    if report.troubles:
        raise report.troubles[0]
    LastRun.note(LastRun.RECONCILE)
    return report


# ------------------------------------------------------------------ payments
OURS = {
    PaymentStatus.OPEN: "nothing",
    PaymentStatus.PROCESSING: "processing",
    PaymentStatus.AUTHORIZED: "authorized",
    **dict.fromkeys(EVER_CAPTURED, "captured"),
    PaymentStatus.CANCELLED: "nothing",
    PaymentStatus.FAILED: "nothing",
    PaymentStatus.EXPIRED: "nothing",
}
THEIRS = {"requires_capture": "authorized", "succeeded": "captured", "processing": "processing"}


def money_state(session: ReadSession) -> str:
    """Return the state of the money: authorized, captured, processing or nothing."""
    return THEIRS.get(session.intent_status, "nothing")


def agrees(payment: Payment, session: ReadSession) -> bool:
    ours = OURS[PaymentStatus(payment.status)]
    if ours == "nothing" and payment.status != PaymentStatus.OPEN and not _is_kept(session):
        return True  # refunded, such as by staff in the Dashboard
    if ours != money_state(session):
        return False
    if payment.status == PaymentStatus.OPEN and session.status != "open":
        return False
    if ours == "captured" and payment.amount_captured != session.amount_received:
        return False
    return (payment.amount, payment.currency) == (session.amount, session.currency)


def _sessions(since: datetime, report: Report) -> Iterator[str]:
    """Compare all of Stripe's sessions, and yield their ids."""
    for session in stripe_api.sessions_since(since):
        yield session.id
        with report.on_its_own("reconcile session"):
            _session(session, report)


def _session(session: ReadSession, report: Report) -> None:
    payment = _payment_of(session)
    if payment:
        agreed = agrees(payment, session)
        agree = agreed or _agrees_after_sync(payment)
        report.count("payments", agreed=agreed, agree=agree)
    elif session.is_of_this_shop and _is_kept(session):
        report.count("payments", agreed=False, agree=False)
        _alert_unknown_payment(session)


def _payment_of(session: ReadSession) -> Payment | None:
    """Find our payment by the session, or by our uuid if the answer with the session was lost."""
    known = Payment.objects.filter(session_id=session.id).select_related("order")
    if payment := known.first():
        return payment
    with suppress(ValueError):  # another shop's metadata
        unanswered = Payment.objects.filter(session_id=None, uuid=UUID(session.payment_uuid))
        if unanswered.update(session_id=session.id, checkout_url=session.url):
            return known.first()
    return None


def _is_kept(session: ReadSession) -> bool:
    """Whether we have a customer's money, or are about to get it."""
    is_refunded = (
        money_state(session) == "captured" and session.amount_refunded >= session.amount_received
    )
    return money_state(session) != "nothing" and not is_refunded


def _agrees_after_sync(payment: Payment) -> bool:
    """Sync, then compare again. Twice, since the shop goes on working."""
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
    values = {
        "id": payment.session_id,
        "amount": payment.amount_text,
        "status": payment.get_status_display(),
    }
    raise_alert(Alert.Kind.DIFFERENCE, f"payment:{payment.pk}", words % values, payment.order)
    return False


def _payments_without_session(since: datetime, seen: set[str], report: Report) -> None:
    """Compare payments that Stripe does not list: it may be another account or key."""
    believed = Payment.objects.filter(
        created_at__gte=since,
        session_id__isnull=False,
        status__in=[PaymentStatus.AUTHORIZED, *KEEPING_MONEY],
    ).select_related("order")
    for payment in believed.exclude(session_id__in=seen):
        with report.on_its_own("reconcile payment"):
            report.count("payments", agreed=False, agree=_agrees_after_sync(payment))


def _alert_unknown_payment(session: ReadSession) -> None:
    """Alert staff to a payment that is not in our books, such as after a restored backup."""
    words = _(
        "A customer paid %(amount)s for order %(order)s, which is not in our books. Session "
        "%(id)s, payment %(intent)s. Stripe's Dashboard has the customer's address: "
        "serve the customer by hand, or refund the payment there or with the button here."
    )
    values = {
        "amount": format_money(session.amount or 0, session.currency),
        "order": session.reference,
        "id": session.id,
        "intent": session.intent_id,
    }
    raise_alert(Alert.Kind.NO_ORDER, f"session:{session.id}", words % values)


# ------------------------------------------------------------------ refunds and disputes
def _refunds(since: datetime, report: Report) -> None:
    for theirs in stripe_api.refunds_since(since):
        with report.on_its_own("reconcile refund"):
            _refund(theirs, report)


def _refund(theirs: ReadRefund, report: Report) -> None:
    payment = _paid_by(theirs.intent_id)
    if payment is None or not payment.amount_captured:
        return  # of another shop, or a released authorization
    agreed = _refund_agrees(theirs)
    if not agreed:
        theirs = stripe_api.read_refund(theirs.id)  # the list may be old by now
        sync_refund(payment, theirs)
    agree = agreed or _refund_agrees(theirs)
    report.count("refunds", agreed=agreed, agree=agree)
    if not agree:
        words = _("Refund %(id)s of %(amount)s is “%(status)s” at Stripe, and otherwise here.")
        _alert_difference(payment.order, f"refund:{theirs.id}", words, theirs)


def _refund_agrees(theirs: ReadRefund) -> bool:
    status = {"canceled": "cancelled"}.get(theirs.status, theirs.status)
    same = Refund.objects.filter(stripe_id=theirs.id, status=status, amount=theirs.amount)
    return same.exists()


def _disputes(since: datetime, report: Report) -> None:
    for theirs in stripe_api.disputes_since(since):
        with report.on_its_own("reconcile dispute"):
            _dispute(theirs, report)


def _dispute(theirs: ReadDispute, report: Report) -> None:
    payment = _paid_by(theirs.intent_id)
    if payment is None:
        return
    agreed = _dispute_agrees(theirs)
    if not agreed:
        _row, theirs = sync_dispute(payment, theirs.id)
    agree = agreed or _dispute_agrees(theirs)
    report.count("disputes", agreed=agreed, agree=agree)
    if not agree:
        words = _("Dispute %(id)s of %(amount)s is “%(status)s” at Stripe, and otherwise here.")
        _alert_difference(payment.order, f"dispute:{theirs.id}", words, theirs)


def _dispute_agrees(theirs: ReadDispute) -> bool:
    same = {"status": theirs.status[:40], "amount": theirs.amount, "reason": theirs.reason[:60]}
    return Dispute.objects.filter(stripe_id=theirs.id, **same).exists()


def _paid_by(intent_id: str) -> Payment | None:
    return Payment.objects.filter(intent_id=intent_id, intent_id__gt="").first()


def _alert_difference(order: Order, key: str, words: str, theirs: ReadRefund | ReadDispute) -> None:
    values = {
        "id": theirs.id,
        "amount": format_money(theirs.amount, theirs.currency),
        "status": theirs.status,
    }
    raise_alert(Alert.Kind.DIFFERENCE, key, words % values, order)
