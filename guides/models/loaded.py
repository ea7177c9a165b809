"""Rows that content files bring, and what a load remembers of their pages."""

from itertools import count
from typing import Any, ClassVar

from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from guides.content_version import Edited

KEY_LENGTH = 40


class Loaded(Edited):
    """A row that a content file may bring and staff may edit."""

    KEY_FROM: ClassVar[tuple[str, ...]] = ()  # fields that give a row of staff's own its key
    PARENT: ClassVar[str] = "guide"

    key = models.CharField(max_length=100, editable=False, blank=True)
    # What the file gave the row in version 0.9.0, whose processes still write it. The first load
    # after the update reads it. It goes with the next version.
    loaded = models.JSONField(default=dict, editable=False, blank=True)
    # no constraint: processes of version 0.9.0 delete users without knowing of these rows
    history = HistoricalRecords(inherit=True, excluded_fields=["loaded"], user_db_constraint=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.key:
            self.key = self.new_key()
        super().save(*args, **kwargs)

    def new_key(self) -> str:
        words = next(filter(None, (getattr(self, name) for name in self.KEY_FROM)), "")
        base = slugify(words)[:KEY_LENGTH].strip("-_").replace("_", "-")
        if not base:
            return ""
        parent = {self.PARENT: getattr(self, f"{self.PARENT}_id")}
        taken = set(type(self)._base_manager.filter(**parent).values_list("key", flat=True))
        numbered = (f"{base}-{number}" for number in count(2))
        return base if base not in taken else next(key for key in numbered if key not in taken)


def unique_key(parent: str, name: str) -> models.UniqueConstraint:
    """Keys are unique below their parent; rows that staff made may have none."""
    return models.UniqueConstraint(fields=[parent, "key"], condition=~models.Q(key=""), name=name)


class LoadedPage(models.Model):
    """What the last load gave a page, or a radio, and whether staff edited it since."""

    page = models.CharField(max_length=200, unique=True)
    # of the values that stood in the database after the load; empty, if it made no page
    digest = models.CharField(max_length=64, blank=True)
    # of the values in the file that staff turned down for the page as it stood
    kept = models.CharField(max_length=64, blank=True)
    # since when loads leave the page alone, until it is decided about
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["page"]
        verbose_name = _("loaded page")

    def __str__(self) -> str:
        return self.page

    @classmethod
    def left(cls) -> models.QuerySet["LoadedPage"]:
        return cls.objects.exclude(left_at=None)
