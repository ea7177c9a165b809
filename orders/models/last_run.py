from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class LastRun(models.Model):
    """When a job that the clock starts last came to its end: its absence would make no noise."""

    SWEEP: ClassVar = "sweep"
    RECONCILE: ClassVar = "reconcile"
    CHECK_INVARIANTS: ClassVar = "check_invariants"
    APPLY_RETENTION: ClassVar = "apply_retention"
    BACKUP: ClassVar = "backup"

    job = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.job

    @classmethod
    def note(cls, job: str) -> None:
        cls.objects.update_or_create(job=job, defaults={"at": Now()})
