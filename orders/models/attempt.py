from datetime import datetime, timedelta

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.order import Order

LATELY = timedelta(hours=1)  # older answers are stored in their order by now


class Outcome(models.TextChoices):
    ASKED = "", _("asked, and never heard of again")
    FOUND = "found", _("found")
    UNKNOWN = "unknown", _("unknown there")
    LATER = "later", _("try again later")
    BROKEN = "broken", _("does not work")


class Attempt(models.Model):
    """One request to one provider of codes.

    The row is stored before the request, so a worker that dies leaves it without an outcome. The
    answer is encrypted: it is never shown, but two that differ are noticed.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    source = models.CharField(max_length=20)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.ASKED)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    answer_encrypted = models.TextField(blank=True, default="", db_default="", editable=False)
    # version 1.0 writes this; equal codes have equal hashes, and there are few codes
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    # the serial that was asked for, as staff may correct it; empty in rows older than the column
    serial_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    family_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("request to a provider")
        verbose_name_plural = _("requests to providers")
        indexes = [models.Index(fields=["started_at"], name="attempt_started")]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_outcome_display()}"

    @classmethod
    def begin(cls, order: Order, source: str) -> "Attempt":
        columns = {} if order.is_anonymised else order.hashes.columns
        return cls.objects.create(order=order, source=source, started_at=timezone.now(), **columns)

    def end(self, outcome: Outcome, note: str = "", code: str = "") -> None:
        self.outcome, self.note = outcome, note[:200]
        self.duration_ms = milliseconds_since(self.started_at)
        if code:
            self.answer_encrypted = crypto.encrypt(code)
        self.save(update_fields=["outcome", "note", "duration_ms", "answer_encrypted"])

    @staticmethod
    def of_this_order(order: Order) -> QuerySet["Attempt"]:
        """Select attempts for its current serial: those for a mistyped one say nothing."""
        return Attempt.objects.filter(order=order, serial_hash__in=[*order.serial_hashes, ""])

    @staticmethod
    def of_this_serial_lately(order: Order) -> QuerySet["Attempt"]:
        """Select attempts of all orders, which may not have stored their code yet."""
        since = timezone.now() - LATELY
        return Attempt.objects.filter(order.hashes.rows, started_at__gte=since)


def has_conflicting_answer(attempts: QuerySet[Attempt], code: str) -> bool:
    """Whether a provider has answered another code."""
    same = crypto.hashes_of_value("code", code)
    if attempts.exclude(code_hash="").exclude(code_hash__in=same).exists():
        return True
    answers = attempts.exclude(answer_encrypted="").values_list("answer_encrypted", flat=True)
    return any(crypto.decrypt(answer) != code for answer in answers)


def milliseconds_since(at: datetime) -> int:
    return max(0, round((timezone.now() - at).total_seconds() * 1000))
