"""Rows that public pages show: each edit tells the pages.

In the transaction of the edit the content version moves, for the page cache, and `updated_at` of
every guide that shows the row, for the sitemap. Saving, deleting and changing many rows at once
(`update`, `delete`, `bulk_create`) all come through here. Raw SQL does not.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.db import models
from django.utils import timezone

from guides.content_version import ContentVersion

E = TypeVar("E", bound=models.Model)


def touch_guides(model: type[models.Model], rows: Any) -> None:
    """Move the date of the guides that show these rows."""
    assert issubclass(model, Edited)
    if model.SHOWN_BY:
        guides: Any = apps.get_model("guides", "Guide")._base_manager
        shown = guides.filter(**{f"{model.SHOWN_BY}__in": rows})
        shown.update(updated_at=timezone.now())


class EditedQuerySet(models.QuerySet[E]):
    def update(self, **values: Any) -> int:
        with ContentVersion.moving():
            touch_guides(self.model, self.order_by().values("pk"))
            return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        with ContentVersion.moving():
            touch_guides(self.model, self.order_by().values("pk"))
            return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        with ContentVersion.moving():
            made = super().bulk_create(objs, *args, **options)
            touch_guides(self.model, [row.pk for row in made])
            return made


class EditedManager(models.Manager[E]):
    def get_queryset(self) -> EditedQuerySet[E]:
        return EditedQuerySet(self.model, using=self._db)


class Edited(models.Model):
    # how a guide leads to rows of this kind, as in Guide.objects.filter(passages__in=rows)
    SHOWN_BY: ClassVar[str] = ""

    objects = EditedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with ContentVersion.moving():
            super().save(*args, **kwargs)
            touch_guides(type(self), [self.pk])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with ContentVersion.moving():
            touch_guides(type(self), [self.pk])
            return super().delete(*args, **kwargs)
