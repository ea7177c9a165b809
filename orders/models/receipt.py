from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.lib.typed_number import receipt_number
from orders.models.order import Order
from orders.models.payment import Payment
from orders.models.refund import Refund
from orders.money import format_money, share, smallest_unit, vat_within


class ReceiptKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    CREDIT_NOTE = "credit_note", _("credit note")
    CANCELLATION = "cancellation", _("cancellation of a credit note")


PREFIXES = {
    ReceiptKind.RECEIPT: "R",
    ReceiptKind.CREDIT_NOTE: "C",
    ReceiptKind.CANCELLATION: "X",
}


class NumberSeries(models.Model):
    """The last number of a kind. Its row is locked until the receipt is committed, so that numbers
    have no gaps: a database sequence would leave one at every rollback."""

    kind = models.CharField(max_length=12, choices=ReceiptKind, unique=True, editable=False)
    last = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"


class Receipt(models.Model):
    """What was sold or refunded, as it was on that day: settings and prices change later.

    Never changed, never deleted; if a refund fails later, another row cancels its credit note.
    """

    kind = models.CharField(max_length=12, choices=ReceiptKind, editable=False)
    number = models.PositiveIntegerField(editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="receipts")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="receipts")
    refund = models.OneToOneField(
        Refund, on_delete=models.PROTECT, null=True, blank=True, related_name="credit_note"
    )
    cancels = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="cancelled_by"
    )
    issued_at = models.DateTimeField(auto_now_add=True)
    seller = models.JSONField(editable=False)  # name, address, VAT number, ... as in the settings
    description = models.CharField(max_length=200, editable=False)
    amount = models.PositiveIntegerField(editable=False)  # minor units, VAT included
    amount_vat = models.PositiveIntegerField(editable=False)
    vat_rate = models.DecimalField(  # percent; null where Stripe Tax gives only the amount
        max_digits=5, decimal_places=2, null=True, editable=False
    )
    currency = models.CharField(max_length=3, editable=False)
    buyer_country = models.CharField(max_length=2, blank=True, editable=False)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["issued_at"], name="receipt_issued")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="receipt_number"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(kind="receipt"), name="one_receipt_a_payment"
            ),
            models.CheckConstraint(
                name="receipt_of_something",
                condition=Q(kind="receipt", refund=None, cancels=None)
                | Q(kind="credit_note", refund__gt=0, cancels=None)
                | Q(kind="cancellation", refund=None, cancels__gt=0),
            ),
            models.CheckConstraint(
                name="vat_within_amount", condition=Q(amount_vat__lte=models.F("amount"))
            ),
        ]

    def __str__(self) -> str:
        return self.number_text

    @property
    def number_text(self) -> str:
        """As it is printed: R-000123."""
        return f"{PREFIXES[ReceiptKind(self.kind)]}-{self.number:06}"

    @property
    def amount_net(self) -> int:
        return self.amount - self.amount_vat

    @property
    def amount_text(self) -> str:
        return format_money(self.amount, self.currency)

    def signed_text(self, amount: int) -> str:
        """Negative for a credit note: what lists show, so that they add up."""
        is_negative = self.kind == ReceiptKind.CREDIT_NOTE
        return format_money(-amount if is_negative else amount, self.currency)

    @property
    def net_text(self) -> str:
        return format_money(self.amount_net, self.currency)

    @property
    def vat_text(self) -> str:
        return format_money(self.amount_vat, self.currency)

    @property
    def is_receipt(self) -> bool:
        return self.kind == ReceiptKind.RECEIPT

    @property
    def sale(self) -> "Receipt | None":
        """Return the receipt that a credit note belongs to."""
        if self.is_receipt:
            return None
        return Receipt.objects.filter(payment_id=self.payment_id, kind=ReceiptKind.RECEIPT).first()


def printed_as(typed: str) -> Q:
    """Select the row that is printed as R-000123, whatever stands around it.

    No row has the number 0.
    """
    prefix, number = receipt_number(typed) or ("R", 0)
    kinds = {prefix: kind for kind, prefix in PREFIXES.items()}
    return Q(kind=kinds[prefix], number=number)


# ------------------------------------------------------------------ issuing
def issue_receipt(payment: Payment) -> Receipt:
    """Issue the receipt in the transaction in which the order becomes ready, and so a sale.

    A second call returns the first one's. What was refunded before is no part of the price.
    """
    with transaction.atomic():
        payment.order.lock()
        if found := Receipt.objects.filter(payment=payment, kind=ReceiptKind.RECEIPT).first():
            return found
        payment.refresh_from_db(fields=["amount_captured", "amount_refunded", "amount_tax"])
        amount = payment.amount_captured - payment.amount_refunded
        vat, rate = vat_of_sale(payment, amount)
        return _issue(
            ReceiptKind.RECEIPT,
            payment,
            description=gettext("Unlock code for %(radio)s") % {"radio": payment.order.radio.name},
            amount=amount,
            amount_vat=vat,
            vat_rate=rate,
        )


def vat_of_sale(payment: Payment, amount: int) -> tuple[int, Decimal | None]:
    """Return the VAT within the amount, and its rate; None where Stripe Tax calculated it."""
    unit = smallest_unit(payment.currency)
    if payment.amount_tax is not None:
        return share(payment.amount_tax, amount, payment.amount, unit), None
    rate = Decimal(str(settings.VAT_RATE))
    return vat_within(amount, rate, unit), rate


def issue_credit_note(refund: Refund) -> Receipt | None:
    """Issue a credit note in the transaction in which the refund succeeds.

    None if there was no sale: an order that ended without a code has no receipt. The amount is at
    most what receipt and credit notes show beyond the money kept: a refund from before the sale may
    have failed, and the one in its place was never part of the price.

    VAT follows the amount. Each note has what the sum of all lacks, so that part refunds together
    match the receipt's VAT to the cent.
    """
    payment = refund.payment
    with transaction.atomic():
        payment.order.lock()
        if found := Receipt.objects.filter(refund=refund).first():
            return found
        sale = Receipt.objects.filter(payment=payment, kind=ReceiptKind.RECEIPT).first()
        if sale is None:
            return None
        notes = payment.receipts.filter(kind=ReceiptKind.CREDIT_NOTE, cancelled_by=None)
        so_far = notes.aggregate(amount=Sum("amount", default=0), vat=Sum("amount_vat", default=0))
        payment.refresh_from_db(fields=["amount_captured", "amount_refunded"])
        kept = payment.amount_captured - payment.amount_refunded
        amount = min(refund.amount, sale.amount - so_far["amount"] - kept)
        if amount <= 0:
            return None
        unit = smallest_unit(sale.currency)
        due = share(sale.amount_vat, so_far["amount"] + amount, sale.amount, unit)
        return _issue(
            ReceiptKind.CREDIT_NOTE,
            payment,
            refund=refund,
            description=sale.description,
            amount=amount,
            amount_vat=min(max(due - so_far["vat"], 0), amount),
            vat_rate=sale.vat_rate,
        )


def cancel_credit_note(refund: Refund) -> Receipt | None:
    """Cancel the credit note in the transaction in which a refund fails that had succeeded.

    The sale counts again; a new refund gets its own credit note.
    """
    with transaction.atomic():
        refund.payment.order.lock()
        note = Receipt.objects.filter(refund=refund).first()
        if note is None:
            return None
        if found := Receipt.objects.filter(cancels=note).first():
            return found
        return _issue(
            ReceiptKind.CANCELLATION,
            refund.payment,
            cancels=note,
            description=note.description,
            amount=note.amount,
            amount_vat=note.amount_vat,
            vat_rate=note.vat_rate,
        )


def _issue(kind: ReceiptKind, payment: Payment, **values: Any) -> Receipt:
    """The number comes last, as its row stays locked until the transaction ends."""
    return Receipt.objects.create(
        kind=kind,
        order=payment.order,
        payment=payment,
        seller=settings.SELLER | {"shop": settings.SHOP_NAME},
        currency=payment.currency,
        buyer_country=payment.country,
        number=_next_number(kind),
        **values,
    )


def _next_number(kind: ReceiptKind) -> int:
    series, _is_new = NumberSeries.objects.select_for_update().get_or_create(kind=kind)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
