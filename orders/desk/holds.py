"""Orders on hold: no automatic step, and no code, until staff have decided.

An order is on hold while one of its open reasons holds it. Each function here works in one
transaction, which locks the order.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Now

from orders.lib.batches import some
from orders.models import CODE_IS_OUT, Attention, AttentionReason, Order, Status, on_its_own

OF_DISPUTES = (AttentionReason.DISPUTE, AttentionReason.DISPUTE_LOST)
BEFORE_THE_CODE = (Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE)


# ------------------------------------------------------------------ on hold, and off it
def put_on_hold(order: Order, reason: str) -> None:
    """Stop the order until staff settle this reason.

    One automatic step remains: an authorization is released before it ends by itself.
    """
    with transaction.atomic():
        order.needs_attention(reason, holds_order=True)
        _hold_or_release(order)


def release_hold(order: Order, reason: str) -> None:
    """Settle what the order was on hold for, because it is over. Other reasons stay open."""
    with transaction.atomic():
        order.settle_attention(reason=reason)
        _hold_or_release(order)


def settle(attention: Attention, by: User) -> bool:
    """Settle one reason for a member of staff. Returns false if it was settled already."""
    order = attention.order
    with transaction.atomic():
        won = order.settle_attention(by=by, pk=attention.pk)
        if won:
            _hold_or_release(order)
    return won


def refuse(order: Order, by: User, only_if: Q) -> bool:
    """End an order on hold. Settling its holds lets the money go back."""
    with transaction.atomic():
        won = order.refuse(by, only_if)
        if won:
            order.settle_attention(by=by, holds_order=True)
            _hold_or_release(order)
    return won


def _hold_or_release(order: Order) -> None:
    """Show the first reason that holds the order; without one, let it go on.

    A dispute's hold may end with the dispute, so any other reason comes before it.
    """
    holding = order.open_attentions.filter(holds_order=True).values_list("reason", flat=True)
    reason = min(holding, key=OF_DISPUTES.__contains__, default="")
    since = Coalesce(F("on_hold_at"), Now()) if reason else None
    changed = Order.objects.filter(pk=order.pk).exclude(on_hold_reason=reason)
    won = changed.update(on_hold_reason=reason, on_hold_at=since, version=F("version") + 1)
    order.refresh_from_db()
    if won and reason:
        order.write_history("put_on_hold", reason)
    elif won:
        order.write_history("let_go", "")
        _make_due(order)


def _make_due(order: Order) -> None:
    """Do now what was put off while the order was on hold."""
    if order.status == Status.PLACED:
        order.make_due()
    for payment in order.payments.all():
        payment.make_due()
        for refund in payment.refunds.exclude(due_at=None):
            refund.make_due()
    for email in order.emails.exclude(due_at=None):
        email.make_due()


# ------------------------------------------------------------------ whom to hold
def check_buyer(order: Order) -> None:
    """Hold an order on the block-list, or of a buyer of many radios.

    Call it in the transaction that places the order, so that no provider is asked before.
    """
    order.lock_buyer()
    if order.is_blocked():
        put_on_hold(order, AttentionReason.BLOCKED)
    elif order.has_many_serials() and not order.is_of_trade():
        put_on_hold(order, AttentionReason.VELOCITY)


def check_block_list(order: Order) -> None:
    if order.is_blocked():
        put_on_hold(order, AttentionReason.BLOCKED)


def check_new_address(order: Order) -> None:
    """Check a corrected address as if the order had had it from the beginning.

    A buyer who has the code was counted before.
    """
    if order.status in BEFORE_THE_CODE:
        check_buyer(order)
    elif order.status in CODE_IS_OUT:
        check_block_list(order)


# ------------------------------------------------------------------ beside the last version
def adopt_attention() -> None:
    """Take over what processes of the last version wrote, which know the order's columns alone.

    Goes with these columns: see `Order.read_attention_columns`.
    """
    of_order = Attention.open_rows().filter(order=OuterRef("pk"))
    has_row = Exists(of_order.filter(reason=OuterRef("attention_reason")))
    is_held = Exists(of_order.filter(reason=OuterRef("on_hold_reason"), holds_order=True))
    written = Order.objects.exclude(attention_reason="").exclude(
        has_row & (Q(on_hold_at=None) | is_held)
    )
    for order in some(written):
        with on_its_own("adopt_attention"), transaction.atomic():
            order.read_attention_columns()
    settled = Attention.open_rows().filter(order__attention_reason="").values("order")
    for order in some(Order.objects.filter(pk__in=settled)):
        with on_its_own("adopt_attention"):
            _adopt_settled(order)


def _adopt_settled(order: Order) -> None:
    """Settle the reason that was settled in the columns: the one that stood there last.

    Where the last version had opened another one since, it was that one; then all rows stay open.
    """
    with transaction.atomic():
        row = order.read_attention_columns()
        shown = order.open_attentions.last()
        if row.attention_reason or row.is_on_hold or shown is None:
            return
        opened = order.history.filter(move="attention", at__gt=shown.opened_at)
        is_shown = not opened.exclude(note=shown.reason).exists()
        order.settle_attention(pk=shown.pk if is_shown else None)
