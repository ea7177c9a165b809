"""Mirrors Stripe's disputes in our rows, and acts on their orders."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import put_on_hold, release_hold
from orders.models import (
    DISPUTE_CLOSED,
    DISPUTE_LOST,
    DISPUTE_STATUSES,
    AttentionReason,
    Dispute,
    Order,
    Payment,
)
from orders.payments.sync import READS, release_order
from orders.stripe_api import ReadDispute, StripeTroubleError


def sync_dispute(
    payment: Payment,
    dispute_id: str,
    *,
    interactive: bool = False,
    first: Callable[[], ReadDispute] | None = None,
) -> tuple[Dispute, ReadDispute]:
    """Read a dispute from Stripe, and bring our row to its state.

    `first` is called in place of the first read: the request that sends evidence has the same
    answer. Raises StripeTroubleError, StripeRefusedError.
    """
    read = partial(stripe_api.read_dispute, dispute_id, interactive=interactive)
    calls: list[Callable[[], ReadDispute]] = [first or read, *[read] * (READS - 1)]
    for ask in calls:
        known = _recorded(dispute_id)
        theirs = ask()
        with transaction.atomic():
            payment.order.lock()
            # If another worker has recorded something since Stripe was asked, the answer may be
            # the older one.
            if _recorded(dispute_id) == known:
                return _mirror(payment, theirs), theirs
    raise StripeTroubleError("the dispute changed each time while it was read")


def _recorded(dispute_id: str) -> tuple[object, ...] | None:
    rows = Dispute.objects.filter(stripe_id=dispute_id)
    return rows.values_list("status", "reason", "amount", "closed_at").first()


def _mirror(payment: Payment, theirs: ReadDispute) -> Dispute:
    """Bring our row to the state of Stripe's dispute. The caller has locked the order.

    The order is put on hold or released only when a dispute is new, closes or opens again: what
    staff decide in between is kept.
    """
    payment.refresh_from_db()
    order = payment.order
    before = Dispute.objects.filter(stripe_id=theirs.id).first()
    was_open = before is not None and before.closed_at is None
    is_open = theirs.status not in DISPUTE_CLOSED
    dispute, _is_new = Dispute.objects.update_or_create(
        stripe_id=theirs.id,
        defaults={
            "payment": payment,
            "status": theirs.status[:40],
            "reason": theirs.reason[:60],
            "amount": theirs.amount,
            "currency": theirs.currency,
            "opened_at": theirs.opened_at,
            "evidence_due_at": theirs.evidence_due_at,
            "closed_at": _closed_at(before, is_open),
        },
    )
    if theirs.submissions:
        _keep_sent(dispute)
    if is_open and not was_open:
        put_on_hold(order, AttentionReason.DISPUTE)
    elif not is_open and (was_open or before is None):
        _closed(order, dispute)
    if theirs.status not in DISPUTE_STATUSES and (
        before is None or before.status != theirs.status[:40]
    ):
        order.needs_attention(AttentionReason.UNKNOWN_STATE)
    return dispute


def _keep_sent(dispute: Dispute) -> None:
    """Record evidence that Stripe has, though its answer may have been lost."""
    if dispute.evidence_asked_at and not dispute.evidence_sent_at:
        dispute.evidence_sent_at = dispute.evidence_asked_at
        dispute.evidence_sent_by = dispute.evidence_asked_by
        dispute.save(update_fields=["evidence_sent_at", "evidence_sent_by"])


def _closed_at(before: Dispute | None, is_open: bool) -> datetime | None:
    if is_open:
        return None
    return before.closed_at if before and before.closed_at else timezone.now()


def _closed(order: Order, dispute: Dispute) -> None:
    """After a lost dispute the bank has refunded the customer: an order without a code gets none,
    and one whose code is out stays on hold until staff look. Otherwise the hold is released."""
    if dispute.status == DISPUTE_LOST:
        if not dispute.payment.is_superseded and not dispute.payment.amount_kept:
            order.end_returned()
        release_order(order)
        if order.is_on_hold:
            put_on_hold(order, AttentionReason.DISPUTE_LOST)
        else:
            order.needs_attention(AttentionReason.DISPUTE_LOST)
    if not Dispute.objects.filter(payment__order=order, closed_at=None).exists():
        release_hold(order, AttentionReason.DISPUTE)
