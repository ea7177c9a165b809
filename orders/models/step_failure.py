import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, connection, models
from django.db.models import F
from django.db.models.functions import Now

logger = logging.getLogger(__name__)


class StepFailure(models.Model):
    """How often a step of a scheduled job failed, and when last. Workers serve no metrics."""

    step = models.CharField(max_length=60, primary_key=True)
    count = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.step

    @classmethod
    def note(cls, step: str) -> None:
        cls.objects.get_or_create(step=step, defaults={"at": Now()})
        cls.objects.filter(step=step).update(count=F("count") + 1, at=Now())


@contextmanager
def on_its_own(step: str) -> Iterator[None]:
    """Log and count any exception of a step, or of one of its rows; the next one is done.

    Not the end of the job's time, which ends the job.
    """
    try:
        yield
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        logger.exception("%s: %s", step, type(error).__name__)
        if not connection.in_atomic_block:  # the next step connects anew
            connection.close_if_unusable_or_obsolete()
        try:
            StepFailure.note(step)
        except DatabaseError:
            logger.error("%s: its failure could not be counted", step)
