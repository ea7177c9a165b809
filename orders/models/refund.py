from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.leases import DONE, Work, due, due_index, enqueue
from orders.models.order import Order
from orders.models.payment import Payment
from orders.money import format_money
from orders.state_machine import History, Stateful, move


class RefundStatus(models.TextChoices):
    DUE = "due", _("to be asked for")
    PENDING = "pending", _("on its way")
    REQUIRES_ACTION = "requires_action", _("waiting for the customer")
    SUCCEEDED = "succeeded", _("refunded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


LIVE_REFUNDS = (RefundStatus.DUE, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)


class RefundReason(models.TextChoices):
    NO_CODE = "no_code", _("the order ended without a code")
    SUPERSEDED = "superseded", _("paid twice")
    WRONG_CODE = "wrong_code", _("the code did not work")
    GOODWILL = "goodwill", _("goodwill")
    OTHER = "other", _("other")
    DASHBOARD = "dashboard", _("made in Stripe's Dashboard")


AUTOMATIC_REASONS = (RefundReason.NO_CODE, RefundReason.SUPERSEDED)
STAFF_REASONS = (RefundReason.WRONG_CODE, RefundReason.GOODWILL, RefundReason.OTHER)


class Refund(Stateful, Work):
    """A refund. It is committed before Stripe is asked, and done when the money has arrived."""

    TASK = "orders.tasks.return_money"
    MOVES: ClassVar = {
        "wait": move(RefundStatus.DUE, RefundStatus.REQUIRES_ACTION, to=RefundStatus.PENDING),
        "ask_customer": move(
            RefundStatus.DUE, RefundStatus.PENDING, to=RefundStatus.REQUIRES_ACTION
        ),
        "succeed": move(*LIVE_REFUNDS, to=RefundStatus.SUCCEEDED),
        # a bank may reject it weeks later
        "fail": move(*LIVE_REFUNDS, RefundStatus.SUCCEEDED, to=RefundStatus.FAILED),
        "cancel": move(*LIVE_REFUNDS, to=RefundStatus.CANCELLED),
    }

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    # Counts a payment's refunds from 1, as a part of the idempotency key. After a failure that
    # Stripe answered, the next number is used: Stripe would replay the failure for this one.
    number = models.PositiveSmallIntegerField(editable=False)
    status = models.CharField(
        max_length=15, choices=RefundStatus, default=RefundStatus.DUE, editable=False
    )
    amount = models.PositiveIntegerField(editable=False)
    reason = models.CharField(max_length=12, choices=RefundReason, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    stripe_id = models.CharField(  # noqa: DJ001  null until Stripe has answered
        max_length=255, null=True, unique=True, editable=False
    )
    # when Stripe was first asked with this number: it keeps keys for a day only
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Stripe's own word for why it failed or is still pending
    failure = models.CharField(max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    succeeded_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [due_index("refund_due")]
        permissions = [("return_money", _("Can return money to customers"))]
        constraints = [
            models.UniqueConstraint(fields=["payment", "number"], name="refund_number"),
            # not of those made in the Dashboard, which we can only record
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(status__in=LIVE_REFUNDS) & ~Q(reason=RefundReason.DASHBOARD),
                name="one_live_refund",
            ),
            models.CheckConstraint(name="refund_of_something", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_text}, {self.get_status_display()}"

    @property
    def order_number(self) -> str:
        return self.order.number

    @property
    def history_order_id(self) -> int:
        return self.payment.order_id

    @property
    def amount_text(self) -> str:
        return format_money(self.amount, self.payment.currency)

    @property
    def idempotency_key(self) -> str:
        return f"{self.payment.uuid}-{self.number}"

    @property
    def order(self) -> Order:
        return self.payment.order

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_REFUNDS

    @property
    def is_automatic(self) -> bool:
        return self.reason in AUTOMATIC_REASONS

    # ------------------------------------------------------------------ the moves
    def wait(self, why: str = "") -> bool:
        return self.make_move("wait", note=why, failure=why[:100])

    def ask_customer(self) -> bool:
        """Stripe asks the customer by mail where to send the money."""
        return self.make_move("ask_customer")

    def succeed(self) -> bool:
        return self.make_move("succeed", succeeded_at=timezone.now(), failure="", **DONE)

    def fail(self, why: str) -> bool:
        return self.make_move("fail", note=why, failure=why[:100], **DONE)

    def cancel(self, why: str) -> bool:
        return self.make_move("cancel", note=why, failure=why[:100], **DONE)


def add_refund(payment: Payment, amount: int, reason: str, **values: Any) -> Refund:
    """Add a refund that is due now. The caller has locked the order, so that numbers differ.

    Raises IntegrityError if another one of ours is live.
    """
    refund = Refund.objects.create(
        payment=payment,
        number=next_number(payment),
        amount=amount,
        reason=reason,
        **values,
        **due(),
    )
    History.objects.create(
        order=refund.order, subject="refund", subject_id=refund.pk, move="decide",
        status=refund.status, by=refund.by, note=f"{refund.amount_text}, {reason}",
    )  # fmt: skip
    enqueue(refund)
    return refund


def next_number(payment: Payment) -> int:
    return (payment.refunds.aggregate(last=Max("number"))["last"] or 0) + 1
