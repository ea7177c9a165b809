"""Bringing rows to what the files say, without undoing what staff wrote in the admin.

A row from a file has a key, and `loaded` holds its values as the file last gave them. Field by
field: where the database still holds what was loaded, the file's new value is written; where it
holds something else, staff changed it and it stays (unless forced). A row without a key was made by
staff and is never looked at. A row that staff deleted comes back; it leaves with its entry in the
file.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, QuerySet

from guides.loading.files import ContentError
from guides.models import Loaded

R = TypeVar("R", bound=Loaded)
NEVER_LOADED = object()


class Outcome(Enum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    LEFT = "no longer in the files, left"


@dataclass(frozen=True)
class Change(Generic[R]):
    """What happened to one row. `kept` are the fields that staff edited."""

    row: R
    name: str
    outcome: Outcome
    fields: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether the database is another than before."""
        return self.outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED)

    def __str__(self) -> str:
        parts = []
        if self.outcome is Outcome.UPDATED:
            parts.append(f"updated {', '.join(self.fields)}")
        elif self.outcome is not Outcome.UNCHANGED:
            parts.append(self.outcome.value)
        parts += [f"{name} was edited by staff, kept" for name in self.kept]
        return f"{self.name}: {'; '.join(parts) or self.outcome.value}"


@dataclass
class Report:
    """All that one load did."""

    changes: list[Change[Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, change: Change[R]) -> R:
        self.changes.append(change)
        return change.row

    def lines(self) -> Iterator[str]:
        for change in self.changes:
            if change.outcome is not Outcome.UNCHANGED or change.kept:
                yield str(change)
        yield from self.warnings

    def summary(self) -> str:
        counts = {
            outcome: sum(change.outcome is outcome for change in self.changes)
            for outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED)
        }
        told = [f"{count} {outcome.value}" for outcome, count in counts.items() if count]
        return ", ".join(told) or "nothing changed"


def sync_row(
    model: type[R],
    identity: Mapping[str, Any],
    values: Mapping[str, Any],
    force: bool = False,
    name: str = "",
) -> Change[R]:
    """Create the row or bring it to `values`, sparing what staff edited.

    `identity` finds the row and holds its `key`. A value may also be a row, for a foreign key, or a
    list of rows, for a many-to-many field.
    """
    row = model._base_manager.filter(**identity).first() or model(**identity)
    is_new = row.pk is None
    wanted = {field_name: as_loaded(model, field_name, values[field_name]) for field_name in values}
    differing = {f for f in wanted if is_new or current(row, f) != wanted[f]}
    kept = set() if force or is_new else {f for f in differing if _is_staffs(row, f)}
    written = differing - kept
    if written or row.loaded != wanted:
        row.loaded = wanted
        _write(row, {f: values[f] for f in values if f in written})
    outcome = Outcome.UNCHANGED if not written else Outcome.CREATED if is_new else Outcome.UPDATED
    name = name or f"{model._meta.verbose_name} '{row.key}'"
    return Change(row, name, outcome, tuple(sorted(written)), tuple(sorted(kept)))


def prune_rows(
    rows: QuerySet[R], keys: Collection[str], force: bool = False, name: str = ""
) -> Iterator[Change[R]]:
    """Delete rows whose entry left the files; those that staff edited are left and told."""
    for row in rows.exclude(key="").exclude(key__in=keys):
        told = f"{name} {row._meta.verbose_name} '{row.key}'".strip()
        edited = tuple(sorted(f for f in row.loaded if _is_staffs(row, f)))
        if edited and not force:
            yield Change(row, told, Outcome.LEFT, kept=edited)
        else:
            row.delete()
            yield Change(row, told, Outcome.DELETED)


def faults(model: type[Model], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the model's fields have against these values (too long, no such choice), in words."""
    for name, value in values.items():
        try:
            _field(model, name).clean(value, model())
        except ValidationError as error:
            for message in error.messages:
                yield name, message


def current(row: Loaded, name: str) -> Any:
    """A field's value in the database, as `loaded` would hold it."""
    field = _field(type(row), name)
    if field.many_to_many:
        return as_loaded(type(row), name, getattr(row, name).all() if row.pk else [])
    return _plain(field.value_from_object(row))


def as_loaded(model: type[Model], name: str, value: Any) -> Any:
    """The value as JSON keeps it: linked rows by key (or number), dates and decimals as text."""
    field = _field(model, name)
    if field.many_to_many:
        return sorted(str(linked.key or linked.pk) for linked in value)
    if isinstance(value, Model):
        return _plain(value.pk)
    return _plain(field.clean(value, model()))


def _is_staffs(row: Loaded, name: str) -> bool:
    """The field differs from what was loaded last (from its default, if it never was)."""
    loaded = row.loaded.get(name, NEVER_LOADED)
    if loaded is NEVER_LOADED:
        field = _field(type(row), name)
        loaded = [] if field.many_to_many else _plain(field.get_default())
    return bool(current(row, name) != loaded)


def _write(row: Loaded, values: Mapping[str, Any]) -> None:
    linked = {n: v for n, v in values.items() if _field(type(row), n).many_to_many}
    for name, value in values.items():
        if name not in linked:
            setattr(row, name, value)
    try:
        row.full_clean()
    except ValidationError as error:  # staff made a row that is in this one's way
        raise ContentError(
            [f"{row._meta.verbose_name} '{row.key}': {m}" for m in error.messages]
        ) from error
    row.save()
    for name, rows in linked.items():
        getattr(row, name).set(rows)


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    found = model._meta.get_field(name)
    assert isinstance(found, Field), f"{name} is no field of {model.__name__}'s own"
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace("\r\n", "\n")  # as a browser sends a text nobody changed
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
