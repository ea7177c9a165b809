"""Bringing rows to what the files say, without undoing what staff wrote in the admin.

A row from a file has a key, and `loaded` holds its values as the file last gave them. Field by
field: where the database still holds what was loaded, the file's new value is written; where it
holds something else, staff changed it and it stays (unless forced). A row that no file ever gave
was made by staff and is never deleted. A row that staff deleted comes back; it leaves with its
entry in the file.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

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
    STAFFS = "made by staff, not in the files"


class Difference(NamedTuple):
    """A field in which the database differed from the file; kept, where staff edited it."""

    field: str
    database: Any
    file: Any
    is_kept: bool


@dataclass(frozen=True)
class Change(Generic[R]):
    """What happened to one row, field by field."""

    row: R
    name: str
    outcome: Outcome
    differences: tuple[Difference, ...] = ()

    @property
    def fields(self) -> list[str]:
        return [each.field for each in self.differences if not each.is_kept]

    @property
    def kept(self) -> list[str]:
        """The fields that staff edited."""
        return [each.field for each in self.differences if each.is_kept]

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

    @property
    def differing(self) -> list[Change[Any]]:
        """The rows in which the database was not what the files say."""
        return [each for each in self.changes if each.outcome is not Outcome.UNCHANGED or each.kept]

    def lines(self) -> Iterator[str]:
        for change in self.changes:
            if change.kept or change.outcome not in (Outcome.UNCHANGED, Outcome.STAFFS):
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
    *,
    by_staff: bool = False,
) -> Change[R]:
    """Create the row or bring it to `values`, sparing what staff edited.

    `identity` finds the row and holds its `key`. A value may also be a row, for a foreign key, or a
    list of rows, for a many-to-many field. What is written `by_staff` (they put a page back to an
    earlier edition) spares nothing and is an edit of theirs, which the next load spares.
    """
    row = model._base_manager.filter(**identity).first() or model(**identity)
    is_new = row.pk is None
    wanted = {field_name: as_loaded(model, field_name, values[field_name]) for field_name in values}
    before = {field_name: None if is_new else current(row, field_name) for field_name in wanted}
    differing = {f for f in wanted if is_new or before[f] != wanted[f]}
    spares = not (force or is_new or by_staff)
    kept = {f for f in differing if spares and _is_staffs(row, f)}
    written = differing - kept
    if written or (row.loaded != wanted and not by_staff):
        row.loaded = row.loaded if by_staff else wanted
        _write(row, {f: values[f] for f in values if f in written})
    outcome = Outcome.UNCHANGED if not written else Outcome.CREATED if is_new else Outcome.UPDATED
    name = name or f"{model._meta.verbose_name} '{row.key}'"
    told = (Difference(f, before[f], wanted[f], f in kept) for f in sorted(differing))
    return Change(row, name, outcome, tuple(told))


def prune_rows(
    rows: QuerySet[R],
    keys: Collection[str],
    force: bool = False,
    name: str = "",
    *,
    by_staff: bool = False,
) -> Iterator[Change[R]]:
    """Delete rows whose entry left the files; those that staff edited or made are left and told."""
    for row in rows.exclude(key__in=[key for key in keys if key]):
        told = f"{name} {row._meta.verbose_name} '{row.key or row}'".strip()
        edited = tuple(
            Difference(f, current(row, f), row.loaded[f], True)
            for f in sorted(row.loaded)
            if _is_staffs(row, f)
        )
        if not row.loaded and not by_staff:
            yield Change(row, told, Outcome.STAFFS)
        elif edited and not force and not by_staff:
            yield Change(row, told, Outcome.LEFT, edited)
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
