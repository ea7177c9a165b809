"""Which pages a load replaces, and which it leaves to staff.

Once a page was loaded, the database is its master. One digest of its values shows whether staff
edited it since:

- not edited: the file replaces the page as a whole;
- edited: it is left alone and listed until `--overwrite PAGE` takes the file, or `--keep PAGE` the
  page. What was kept is left alone until the file says something else.
"""

import difflib
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import Any, TypeVar

import yaml
from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.utils import timezone

from guides.loading.files import ContentError
from guides.loading.first_load import was_edited
from guides.models import Loaded, LoadedPage

NEW_FIELDS = {  # of content, since 1.0.0
    "model_names", "radio_names", "family", "radios",
    "line_pattern", "label_serial", "label_other", "display_serial", "display_entry",
}  # fmt: skip
R = TypeVar("R", bound=Loaded)
FROM_FILE = "loaded from its file"  # why a row changed, in its history


class Outcome(Enum):
    UNCHANGED = "unchanged"
    CREATED = "created"
    REPLACED = "replaced"
    DELETED = "deleted"
    KEPT = "kept"
    LEFT = "edited by staff, left alone"


class Page(ABC):
    """What a load takes or leaves as a whole: a guide, a legal text, a radio.

    `shipped` holds what the file says, and `standing()` the same of the database, both in the
    file's words. What staff decide alone (a price, the day of the last review) is in neither.
    """

    name: str
    shipped: Mapping[str, Any]

    @abstractmethod
    def standing(self) -> Mapping[str, Any] | None:
        """Returns None where the database has no such page."""

    @abstractmethod
    def rows(self) -> Iterable[Loaded]: ...

    @abstractmethod
    def replace(self) -> None: ...


@dataclass
class Report:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        for page, outcome in self.outcomes.items():
            if outcome is Outcome.LEFT:
                yield f"{page}: {outcome.value}. Decide: --overwrite {page} or --keep {page}"
            elif outcome is not Outcome.UNCHANGED:
                yield f"{page}: {outcome.value}"
        yield from self.notes

    def summary(self) -> str:
        found = list(self.outcomes.values())
        counted = (Outcome.CREATED, Outcome.REPLACED, Outcome.DELETED)
        counts = {each: found.count(each) for each in counted}
        words = [f"{count} {each.value}" for each, count in counts.items() if count]
        return ", ".join(words) or "nothing changed"


def load_pages(
    pages: Sequence[Page], overwrite: Collection[str] = (), keep: Collection[str] = ()
) -> Report:
    """Call it in a transaction."""
    if unknown := {*overwrite, *keep} - {page.name for page in pages}:
        raise ContentError([f"there is no page {name}" for name in sorted(unknown)])
    report = Report()
    for page in pages:
        report.outcomes[page.name] = load_page(page, page.name in overwrite, page.name in keep)
    return report


def load_page(page: Page, overwrite: bool, keep: bool) -> Outcome:
    standing, record = page.standing(), record_of(page)
    shipped, stands = digest(page.shipped), digest(standing)
    if stands == shipped:
        outcome = Outcome.UNCHANGED
    elif not overwrite and (keep or is_of(record.kept, page.shipped)):
        outcome = Outcome.KEPT
    elif overwrite or is_of(record.digest, standing):
        page.replace()
        outcome = Outcome.REPLACED if stands else Outcome.CREATED
    else:
        outcome = Outcome.LEFT
    if outcome not in (Outcome.KEPT, Outcome.LEFT):
        record.digest = shipped
    record.kept = shipped if outcome is Outcome.KEPT else ""
    record.left_at = (record.left_at or timezone.now()) if outcome is Outcome.LEFT else None
    record.save()
    return outcome


def record_of(page: Page) -> LoadedPage:
    record = LoadedPage.objects.filter(page=page.name).first()
    if record is None:
        record = LoadedPage(page=page.name, digest=digest(page.standing()))
        if was_edited(page.name, page.rows()):
            record.digest = "edited before the update"
    return record


def is_edited(page: Page) -> bool:
    return not is_of(record_of(page).digest, page.standing())


def remove_page(page: Page) -> None:
    remove(page.rows())
    LoadedPage.objects.filter(page=page.name).delete()


def digest(values: Mapping[str, Any] | None) -> str:
    """Return a digest in which an empty value is as good as none: a new field is no edit."""
    return "" if values is None else hashed(filled(values))


def filled(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {name: kept for name, value in values.items() if (kept := filled(value))}
    return [filled(value) for value in values] if isinstance(values, list) else values


def is_of(known: str, values: Mapping[str, Any] | None) -> bool:
    """Whether a stored digest is of these values. Until 1.0.0 digests counted empty values."""
    return known in (digest(values), "" if values is None else hashed(without_new(values)))


def without_new(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {name: without_new(each) for name, each in values.items() if name not in NEW_FIELDS}
    return [without_new(value) for value in values] if isinstance(values, list) else values


def hashed(values: Any) -> str:
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def differences(pages: Iterable[Page]) -> Iterator[tuple[str, list[str]]]:
    """Compares pages with their files: a headline, and lines that begin with "- " (in the database)
    or "+ " (in the file)."""
    for page in pages:
        stands = page.standing()
        if digest(stands) == digest(page.shipped):
            continue
        before, after = (as_yaml(values).splitlines() for values in (stands or {}, page.shipped))
        lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:] if stands else []
        state = "newer in the file" if stands else "not loaded"
        state = "edited by staff" if is_edited(page) else state
        yield f"{page.name}: {state}", lines


def as_yaml(values: Mapping[str, Any]) -> str:
    dumped: str = yaml.safe_dump(values, allow_unicode=True, width=95)
    return dumped


# ------------------------------------------------------------------ rows
def plain(value: Any) -> Any:
    """A column's value as a file says it."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if hasattr(value, "all"):
        return sorted(row.key for row in value.all())
    return value


def put(model: type[R], identity: Mapping[str, Any], values: Mapping[str, Any]) -> R:
    """Bring a row to these values. A value may be a row, or a list of rows."""
    row = model._base_manager.filter(**identity).first() or model(**identity)
    row._change_reason = FROM_FILE  # type: ignore[attr-defined]
    linked = {name: rows for name, rows in values.items() if _field(model, name).many_to_many}
    own = {name: value for name, value in values.items() if name not in linked}
    if row.pk is None or any(getattr(row, name) != value for name, value in own.items()):
        for name, value in own.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ValidationError as error:  # staff made a row that is in this one's way
            name = f"{model._meta.verbose_name} '{row.key}'"
            raise ContentError([f"{name}: {message}" for message in error.messages]) from error
        row.save()
    for name, rows in linked.items():
        if set(getattr(row, name).all()) != set(rows):
            getattr(row, name).set(rows)
    return row


def remove(rows: Iterable[Loaded]) -> None:
    for row in rows:
        row._change_reason = FROM_FILE  # type: ignore[attr-defined]
        row.delete()


def faults(model: type[Model], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the model's fields have against these values (too long, no such choice), in words."""
    for name, value in values.items():
        try:
            _field(model, name).clean(value, model())
        except ValidationError as error:
            for message in error.messages:
                yield name, message


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    found = model._meta.get_field(name)
    assert isinstance(found, Field), f"{name} is no field of {model.__name__}'s own"
    return found
