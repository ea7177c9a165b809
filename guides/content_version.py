"""One row that each edit changes. What is made from content is kept under the version read before.

An edit commits first and changes the version then: a process that reads the new version reads the
new rows too. What was made from old rows lies under the old version, and is made anew once the new
one is read. Where none follows (SQL typed by hand, a process that died in between), MAX_AGE helps.
"""

import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import Any, ClassVar, Generic, TypeVar

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

E = TypeVar("E", bound=models.Model)
T = TypeVar("T")
MAX_AGE = 600.0  # seconds
_known = ("", 0.0)  # the version, and until when this process trusts it


class ContentVersion(models.Model):
    number = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_content_version")]

    def __str__(self) -> str:
        return str(self.number)


def current_version() -> str:
    """Asks at most once a second; the last one known stands while the database is away."""
    global _known
    version, trusted_until = _known
    if (now := time.monotonic()) > trusted_until:
        _known = version, now + 5  # one thread asks, however long it waits for the answer
        with suppress(DatabaseError):
            version = str(ContentVersion.objects.filter(pk=1).first())
            _known = version, now + 1
    return version


def change_version() -> None:
    global _known
    ContentVersion(pk=1, number=uuid.uuid4()).save()
    _known = _known[0], 0.0


class Kept(Generic[T]):
    """Something made from content, which this process keeps while the content stays."""

    def __init__(self) -> None:
        self.made: tuple[str, float, T] | None = None
        self.lock = Lock()

    def get(self, make: Callable[[], T]) -> T:
        if connection.in_atomic_block:  # what it reads may never be committed
            return make()
        version, now = current_version(), time.monotonic()
        with self.lock:  # the first makes it, the others wait
            if not self.made or self.made[0] != version or self.made[1] < now:
                try:
                    self.made = version, now + MAX_AGE, make()
                except DatabaseError:
                    if not self.made:
                        raise
            return self.made[2]


def touch(model: type[models.Model], rows: Any) -> None:
    """Move the date of the guides that show these rows and, after the commit, the version."""
    if shown_by := getattr(model, "SHOWN_BY", ""):
        guides: Any = apps.get_model("guides", "Guide")._base_manager
        guides.filter(**{f"{shown_by}__in": rows}).update(updated_at=timezone.now())
    if change_version not in [each[1] for each in connection.run_on_commit]:
        transaction.on_commit(change_version, robust=True)


class EditedQuerySet(models.QuerySet[E]):
    @transaction.atomic
    def update(self, **values: Any) -> int:
        touch(self.model, self.order_by().values("pk"))
        return super().update(**values)

    @transaction.atomic
    def delete(self) -> tuple[int, dict[str, int]]:
        touch(self.model, self.order_by().values("pk"))
        return super().delete()

    @transaction.atomic
    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        made = super().bulk_create(objs, *args, **options)
        touch(self.model, [row.pk for row in made])
        return made


class EditedManager(models.Manager[E]):
    def get_queryset(self) -> EditedQuerySet[E]:
        return EditedQuerySet(self.model, using=self._db)


class Edited(models.Model):
    """A row that public pages show."""

    SHOWN_BY: ClassVar[str] = ""  # as in Guide.objects.filter(passages__in=rows)

    objects = EditedManager()

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        touch(type(self), [self.pk])

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        touch(type(self), [self.pk])
        return super().delete(*args, **kwargs)
