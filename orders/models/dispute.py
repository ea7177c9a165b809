from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.payment import Payment
from orders.money import format_money

# Stripe's words of 2026-10-28
DISPUTE_LOST = "lost"
DISPUTE_CLOSED = frozenset({DISPUTE_LOST, "won", "warning_closed", "prevented"})
ANSWERABLE = frozenset({"needs_response", "warning_needs_response"})
OPEN = ANSWERABLE | {
    "under_review", "warning_under_review", "appeal_needs_response", "appeal_under_review",
}  # fmt: skip
DISPUTE_STATUSES = OPEN | DISPUTE_CLOSED


class Dispute(models.Model):
    """A customer's bank disputes a payment. The row mirrors Stripe's object.

    `status` and `reason` are Stripe's own words; unknown values are shown as they are.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=255, unique=True, editable=False)
    status = models.CharField(max_length=40, editable=False)
    reason = models.CharField(max_length=60, editable=False)
    amount = models.PositiveIntegerField(editable=False)
    currency = models.CharField(max_length=3, editable=False)
    opened_at = models.DateTimeField(editable=False)
    evidence_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # committed before Stripe is asked, as its answer may be lost
    evidence_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    evidence_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    evidence_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    evidence_sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", editable=False,
    )  # fmt: skip
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-opened_at"]
        permissions = [("send_evidence", _("Can send evidence in a dispute to Stripe"))]

    def __str__(self) -> str:
        return f"{self.amount_text}, {self.status_text}"

    @property
    def status_text(self) -> str:
        """Stripe's word, made readable: needs response."""
        return self.status.replace("_", " ")

    @property
    def reason_text(self) -> str:
        return self.reason.replace("_", " ")

    @property
    def takes_evidence(self) -> bool:
        """Stripe passes evidence on only once, and some disputes take none."""
        return (
            self.status in ANSWERABLE
            and self.evidence_sent_at is None
            and self.evidence_due_at is not None
            and self.evidence_due_at > timezone.now()
        )

    @property
    def amount_text(self) -> str:
        return format_money(self.amount, self.currency)
