from datetime import datetime, timedelta

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.lib import crypto
from orders.models.order import Order

LATELY = timedelta(hours=1)  # what was answered before that is stored long since


class Outcome(models.TextChoices):
    ASKED = "", _("asked, and never heard of again")
    FOUND = "found", _("found")
    UNKNOWN = "unknown", _("unknown there")
    LATER = "later", _("try again later")
    BROKEN = "broken", _("does not work")


class Attempt(models.Model):
    """One question to one source of codes.

    The row is there before the question: a worker that dies meanwhile leaves it behind without an
    outcome. It holds neither code nor serial; two codes are told apart by a keyed hash.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="attempts")
    source = models.CharField(max_length=20)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.ASKED)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    # which serial was asked for, as staff may correct it; none in rows of before this was kept
    serial_hash = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("question to a source")
        verbose_name_plural = _("questions to sources")
        indexes = [models.Index(fields=["started_at"], name="attempt_started")]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_outcome_display()}"

    @classmethod
    def begin(cls, order: Order, source: str) -> "Attempt":
        hashes = order.serial_hashes
        return cls.objects.create(
            order=order, source=source, started_at=timezone.now(),
            serial_hash=hashes[0] if hashes else "",
        )  # fmt: skip

    def end(self, outcome: Outcome, note: str = "", code: str = "") -> None:
        self.outcome, self.note = outcome, note[:200]
        self.duration_ms = milliseconds_since(self.started_at)
        if code:
            self.code_hash = crypto.hash_value("code", code)
        self.save(update_fields=["outcome", "note", "duration_ms", "code_hash"])

    @staticmethod
    def of_this_order(order: Order) -> QuerySet["Attempt"]:
        """About the serial that it has now: what was asked about a mistyped one says nothing."""
        return Attempt.objects.filter(order=order, serial_hash__in=[*order.serial_hashes, ""])

    @staticmethod
    def of_this_serial_lately(order: Order) -> QuerySet["Attempt"]:
        """Of other orders too, which may not have stored their code yet."""
        since = timezone.now() - LATELY
        return Attempt.objects.filter(serial_hash__in=order.serial_hashes, started_at__gte=since)


def has_conflicting_answer(attempts: QuerySet[Attempt], code: str) -> bool:
    """Whether a source has said something else."""
    same = crypto.hashes_of_value("code", code)
    return attempts.exclude(code_hash="").exclude(code_hash__in=same).exists()


def milliseconds_since(at: datetime) -> int:
    return max(0, round((timezone.now() - at).total_seconds() * 1000))
