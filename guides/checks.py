"""The guides, looked at by `manage.py check`: with `--deploy` their files, without a database, and
with `--database default` the pages as they stand. The admin's page "Checks" shows both."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections

from guides.loading.checking import read_guides, warnings
from guides.loading.files import ContentError
from guides.loading.guides import CONTENT
from guides.loading.legal import read_legal_texts
from guides.models import LoadedPage
from guides.page_checks import check_pages


@register("content", deploy=True)
def content_files(**kwargs: Any) -> list[CheckMessage]:
    try:
        brands = read_guides([CONTENT])
        read_legal_texts([CONTENT])
    except ContentError as error:
        hint = "Mend the file; `manage.py load_guides --check` looks again."
        return [Error(str(problem), hint=hint, id="guides.E001") for problem in error.problems]
    return [Warning(str(warning), id="guides.W001") for warning in warnings(brands)]


@register("content")
def pages(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Never an error: a slip on one page is no reason not to start the shop."""
    if "default" not in (databases or []):
        return []
    if LoadedPage._meta.db_table not in connections["default"].introspection.table_names():
        return []  # `migrate` runs the checks too, before there are tables
    return [Warning(str(each), obj=each.guide, id="guides.W002") for each in check_pages()]
