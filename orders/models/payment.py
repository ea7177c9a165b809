import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.leases import DONE, Work, due, due_index
from orders.models.order import Order
from orders.money import format_money
from orders.state_machine import Stateful, move


class PaymentStatus(models.TextChoices):
    OPEN = "open", _("waiting for the customer")
    PROCESSING = "processing", _("being processed")
    AUTHORIZED = "held", _("authorized")
    CAPTURED = "captured", _("captured")
    PART_REFUNDED = "part_refunded", _("partly refunded")
    REFUNDED = "refunded", _("refunded")
    CANCELLED = "cancelled", _("released")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")


UNSETTLED = (PaymentStatus.OPEN, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED)
KEEPING_MONEY = (PaymentStatus.CAPTURED, PaymentStatus.PART_REFUNDED)
EVER_CAPTURED = (*KEEPING_MONEY, PaymentStatus.REFUNDED)
SECURED_AT = Coalesce("held_at", "captured_at")


class Payment(Stateful, Work):
    """One checkout attempt. Committed before Stripe is asked, with all that Stripe is asked."""

    TASK = "orders.tasks.settle_payment"
    MOVES: ClassVar = {
        "hold": move(
            PaymentStatus.OPEN, PaymentStatus.EXPIRED, PaymentStatus.PROCESSING,
            # one create call failed, another one made the session
            PaymentStatus.FAILED,
            to=PaymentStatus.AUTHORIZED,
        ),
        "process": move(PaymentStatus.OPEN, to=PaymentStatus.PROCESSING),
        "capture": move(
            PaymentStatus.OPEN, PaymentStatus.EXPIRED, PaymentStatus.PROCESSING,
            PaymentStatus.AUTHORIZED, PaymentStatus.FAILED,
            to=PaymentStatus.CAPTURED,
        ),
        "correct_amount": move(PaymentStatus.CAPTURED, to=PaymentStatus.CAPTURED),
        "fail": move(
            PaymentStatus.OPEN, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED,
            to=PaymentStatus.FAILED,
        ),
        "cancel": move(PaymentStatus.AUTHORIZED, to=PaymentStatus.CANCELLED),
        "expire": move(PaymentStatus.OPEN, to=PaymentStatus.EXPIRED),
        "refund_part": move(*EVER_CAPTURED, to=PaymentStatus.PART_REFUNDED),
        "refund": move(*EVER_CAPTURED, to=PaymentStatus.REFUNDED),
        # all refunds failed later
        "unrefund": move(*EVER_CAPTURED, to=PaymentStatus.CAPTURED),
    }  # fmt: skip

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    status = models.CharField(
        max_length=13, choices=PaymentStatus, default=PaymentStatus.OPEN, editable=False
    )
    # another payment of the order counts, and this one is released or refunded
    is_superseded = models.BooleanField(default=False, editable=False)
    amount = models.PositiveIntegerField(editable=False)
    currency = models.CharField(max_length=3, editable=False)
    amount_captured = models.PositiveIntegerField(default=0, editable=False)
    amount_refunded = models.PositiveIntegerField(default=0, editable=False)
    # exactly what Stripe is asked: a retry sends the same under the same idempotency key
    params = models.JSONField(editable=False)
    # null until Stripe has answered: several payments may have none, none may share one
    session_id = models.CharField(  # noqa: DJ001
        max_length=255, null=True, unique=True, editable=False
    )
    intent_id = models.CharField(max_length=255, blank=True, db_index=True, editable=False)
    checkout_url = models.TextField(blank=True, editable=False)
    failure = models.CharField(max_length=100, blank=True, editable=False)
    # Stripe's names, known once the customer has paid: card, paypal, sepa_debit, ...
    method = models.CharField(max_length=40, blank=True, editable=False)
    country = models.CharField(max_length=2, blank=True, editable=False)  # the buyer's, ISO 3166
    # keyed hash of Stripe's fingerprint of the card or account; rotate_keys cannot renew it
    card_hash = models.CharField(
        max_length=64, blank=True, db_default="", default="", editable=False
    )
    # VAT within the amount, as Stripe Tax calculated it; null where our own rate counts
    amount_tax = models.PositiveIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(editable=False)
    held_at = models.DateTimeField(null=True, blank=True, editable=False)
    hold_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    captured_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [
            due_index("payment_due"),
            models.Index(SECURED_AT, name="payment_secured"),
            models.Index(fields=["card_hash"], name="payment_card"),
            models.Index(
                fields=["status"], name="payment_superseded", condition=Q(is_superseded=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status=PaymentStatus.OPEN), name="one_open_payment"
            ),
            models.CheckConstraint(
                name="captured_at_most_shown", condition=Q(amount_captured__lte=models.F("amount"))
            ),
            models.CheckConstraint(
                name="refunded_at_most_captured",
                condition=Q(amount_refunded__lte=models.F("amount_captured")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_text}, {self.get_status_display()}"

    @property
    def order_number(self) -> str:
        return self.order.number

    @property
    def history_order_id(self) -> int:
        return self.order_id

    @property
    def amount_text(self) -> str:
        return format_money(self.amount, self.currency)

    @property
    def amount_kept(self) -> int:
        """What we keep of the customer's money: captured, not refunded, not lost in a dispute."""
        lost = self.disputes.filter(status="lost").aggregate(sum=models.Sum("amount"))["sum"] or 0
        return max(self.amount_captured - self.amount_refunded - lost, 0)

    @property
    def idempotency_key(self) -> str:
        return str(self.uuid)

    @property
    def is_unsettled(self) -> bool:
        """Whether something may still happen to money at Stripe."""
        return self.status in UNSETTLED

    @property
    def is_payable(self) -> bool:
        """Whether the customer may still be sent to this payment's page."""
        return (
            self.status == PaymentStatus.OPEN
            and bool(self.checkout_url)
            and self.expires_at > timezone.now()
        )

    # ------------------------------------------------------------------ the moves
    def authorize(self, intent_id: str, ends_at: datetime | None) -> bool:
        """Record the authorization. The caller has locked the order, and secures it."""
        ends = ends_at or timezone.now() + settings.HOLD_LASTS
        # an authorization whose capture was refused is not used again
        is_new = ~Q(status=PaymentStatus.FAILED) | Q(held_at=None)
        return self.make_move(
            "hold", only_if=is_new, intent_id=intent_id, held_at=timezone.now(),
            hold_ends_at=ends, failure="", **due(ends - settings.HOLD_MARGIN),
        )  # fmt: skip

    def supersede(self) -> None:
        """Undo this payment, as the order cannot use it."""
        Payment.objects.filter(pk=self.pk).update(is_superseded=True)
        self.make_due()

    def capture(self, amount: int) -> bool:
        return self.make_move(
            "capture", amount_captured=amount, captured_at=timezone.now(), failure="", **DONE
        )

    def correct_amount(self, amount: int) -> bool:
        """Record that Stripe captured another amount than it said at first."""
        return self.make_move(
            "correct_amount", only_if=~Q(amount_captured=amount), amount_captured=amount
        )

    def count_refunds(self) -> bool:
        """Record what was refunded in all. The caller has locked the order.

        The row is read again, as several refunds of one payment may be followed in one go, each by
        a Payment object of its own.
        """
        self.refresh_from_db(fields=["status", "amount_captured", "amount_refunded"])
        refunds = self.refunds.filter(status="succeeded")
        total = refunds.aggregate(sum=models.Sum("amount"))["sum"] or 0
        name = "unrefund" if not total else "refund_part"
        if 0 < self.amount_captured <= total:
            name, total = "refund", self.amount_captured
        return total != self.amount_refunded and self.make_move(name, amount_refunded=total)

    def process(self, intent_id: str) -> bool:
        return self.make_move("process", intent_id=intent_id)

    def cancel(self) -> bool:
        return self.make_move("cancel", **DONE)

    def fail(self, why: str, *, only_if: Q | None = None) -> bool:
        return self.make_move("fail", note=why, only_if=only_if, failure=why[:100], **DONE)

    def expire(self, *, only_if: Q | None = None) -> bool:
        """Record that the page is closed. The sweep ends orders without another payment."""
        return self.make_move("expire", only_if=only_if, **DONE)
