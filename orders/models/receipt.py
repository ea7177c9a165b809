from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.order import Order
from orders.models.payment import Payment
from orders.models.refund import Refund


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    CREDIT_NOTE = "credit_note", _("credit note")


class NumberSeries(models.Model):
    """The last number given out. Its row is locked until the receipt is committed, so that numbers
    have no gaps: a database's own sequence would leave one at every rollback."""

    kind = models.CharField(max_length=11, choices=ReceiptKind, unique=True, editable=False)
    last = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Receipt(models.Model):
    """What was sold, or given back, as it was on that day: settings and prices change later. Never
    changed, never deleted."""

    kind = models.CharField(max_length=11, choices=ReceiptKind, editable=False)
    number = models.PositiveIntegerField(editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_note"
    )
    issued_at = models.DateTimeField(auto_now_add=True)
    seller = models.JSONField(editable=False)  # name, address, VAT number, ... as in the settings
    description = models.CharField(max_length=200, editable=False)
    amount = models.PositiveIntegerField(editable=False)  # minor units, VAT included
    amount_vat = models.PositiveIntegerField(editable=False)
    vat_rate = models.DecimalField(  # percent; null where Stripe Tax told the amount only
        max_digits=5, decimal_places=2, null=True, editable=False
    )
    currency = models.CharField(max_length=3, editable=False)
    buyer_country = models.CharField(max_length=2, blank=True, editable=False)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="receipt_number"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="receipt"), name="one_receipt_a_payment"
            ),
            models.CheckConstraint(
                name="credit_note_of_refund",
                condition=Q(kind="receipt", refund=None) | Q(kind="credit_note", refund__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
