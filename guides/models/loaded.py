from django.db import models

from guides.content_version import Edited


class Loaded(Edited):
    """A row that may come from a content file and that staff may edit.

    `loaded` keeps the values as the file last gave them: where the row now differs from them, staff
    changed it, and loading leaves it alone.
    """

    key = models.CharField(max_length=100, editable=False, blank=True)
    loaded = models.JSONField(default=dict, editable=False, blank=True)

    class Meta:
        abstract = True


def unique_key(parent: str, name: str) -> models.UniqueConstraint:
    """Keys are unique below their parent; rows that staff made have none."""
    return models.UniqueConstraint(fields=[parent, "key"], condition=~models.Q(key=""), name=name)
