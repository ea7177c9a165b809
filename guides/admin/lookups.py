from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest

ENDINGS = ["", "__exact", "__isnull", "__gte", "__lt"]  # of the links that Django's filters make


class NamedLookupsMixin:
    """Limits the filters in a list's address to those that its admin names.

    Django allows every column of the model, shown or not. Staff who may see the list could then
    read a secret letter by letter, with `token__startswith` and the like.
    """

    more_lookups: ClassVar[list[str]] = []
    # of Django's ModelAdmin
    model: Any
    opts: Any
    date_hierarchy: Any
    get_list_filter: Any

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in self.named_lookups(request)

    def named_lookups(self, request: HttpRequest | None) -> Iterator[str]:
        key = self.opts.pk.name
        yield from ["pk", key, f"{key}__exact", *self.more_lookups]
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day"))
        for item in self.get_list_filter(request):
            if parameter := getattr(item, "parameter_name", None):
                yield parameter
                continue
            path = item if isinstance(item, str) else item[0]
            yield from (f"{path}{ending}" for ending in ENDINGS)
            field: Any = get_fields_from_path(self.model, path)[-1]
            if field.is_relation:
                yield f"{path}__{field.target_field.name}__exact"

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Raises SuspiciousOperation for numbers and dates that no database can hold."""
        try:
            return super().get_changelist_instance(request)  # type: ignore[misc]
        except (ValueError, OverflowError, DataError) as error:
            raise SuspiciousOperation("A list was asked for an impossible value") from error
