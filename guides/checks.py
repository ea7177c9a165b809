"""The guides, looked at by `manage.py check`: with `--deploy` their files, without a database, and
with `--database default` the pages as they stand. The admin's page "Checks" shows both."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from guides.loading.checking import read_guides, warnings
from guides.loading.files import ContentError
from guides.loading.guides import CONTENT
from guides.loading.legal import read_legal_texts
from guides.models import LegalText
from guides.page_checks import check_pages

NOTE = "[To be"  # checked by a lawyer, or completed


def may_read(databases: Sequence[str] | None) -> bool:
    """Say whether a check may read rows: `migrate` runs it before the tables fit the models."""
    if "default" not in (databases or []):
        return False
    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@register("content", deploy=True)
def content_files(**kwargs: Any) -> list[CheckMessage]:
    try:
        brands = read_guides([CONTENT])
        texts = read_legal_texts([CONTENT])
    except ContentError as error:
        hint = "Mend the file; `manage.py load_guides --check` looks again."
        return [Error(str(problem), hint=hint, id="guides.E001") for problem in error.problems]
    return [
        *(Warning(str(warning), id="guides.W001") for warning in warnings(brands)),
        *(_open_note(f"legal/{slug}") for slug in texts if NOTE in texts[slug]["body"]),
    ]


@register("content", deploy=True)
def legal_texts(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the texts that customers read, whichever file or member of staff wrote them."""
    if not may_read(databases):
        return []
    return [_open_note(str(text), text) for text in LegalText.objects.filter(body__contains=NOTE)]


def _open_note(name: str, text: LegalText | None = None) -> Error:
    hint = (
        "Notes to a lawyer belong into docs/going-live.md. Complete the text, or remove the note."
    )
    return Error(f"{name} has a note: “{NOTE}…”", hint=hint, obj=text, id="guides.E002")


@register("content")
def pages(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Never an error: a slip on one page is no reason not to start the shop."""
    if not may_read(databases):
        return []
    return [Warning(str(each), obj=each.guide, id="guides.W002") for each in check_pages()]
