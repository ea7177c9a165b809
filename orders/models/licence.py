from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.leases import Work

DAILY = timedelta(days=1)


class LicenceStatus(models.TextChoices):
    UNKNOWN = "unknown", _("not asked yet")
    ACTIVE = "active", _("active")
    ENDED = "ended", _("ended or refused")


class Licence(Work):
    """Our licence with the supplier of codes: one row with the supplier's last answer.

    Its waiting work is to ask again, once a day.
    """

    TASK = "orders.tasks.look_at_licence"

    status = models.CharField(
        max_length=8, choices=LicenceStatus, default=LicenceStatus.UNKNOWN, editable=False
    )
    kind = models.CharField(
        max_length=8, choices={"personal": _("personal"), "company": _("company")}, blank=True,
        editable=False,
    )  # fmt: skip
    ends_on = models.DateField(null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # of the last request without a proper answer
    trouble = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(name="one_licence", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return self.get_status_display()

    @staticmethod
    def ours() -> "Licence | None":
        """Return the row, or None without a key for the supplier."""
        return Licence.objects.get_or_create(pk=1)[0] if settings.PELOCK_API_KEY else None

    @staticmethod
    def has_ended() -> bool:
        """Whether it had ended at the last answer; false if the supplier was never asked."""
        is_over = models.Q(status=LicenceStatus.ENDED) | models.Q(ends_on__lt=timezone.localdate())
        return Licence.objects.filter(is_over).exists()

    @property
    def is_to_be_asked(self) -> bool:
        is_old = self.checked_at is None or self.checked_at < timezone.now() - DAILY
        return self.due_at is None and is_old

    @property
    def days_left(self) -> int | None:
        return (self.ends_on - timezone.localdate()).days if self.ends_on else None

    def record_answer(self, status: LicenceStatus, kind: str, ends_on: date | None) -> None:
        self.status, self.kind, self.ends_on = status, kind, ends_on
        self.checked_at, self.trouble = timezone.now(), ""
        self.save(update_fields=["status", "kind", "ends_on", "checked_at", "trouble"])

    def record_failure(self, why: str) -> None:
        self.trouble = why[:100]
        self.save(update_fields=["trouble"])
