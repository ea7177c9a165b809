"""The content files, looked at by `manage.py check --deploy` without a database."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from guides.loading import ContentError
from guides.loading.checking import read_guides, warnings
from guides.loading.guides import CONTENT
from guides.loading.legal import read_legal_texts


@register("content", deploy=True)
def content_files(**kwargs: Any) -> list[CheckMessage]:
    try:
        brands = read_guides([CONTENT])
        read_legal_texts([CONTENT])
    except ContentError as error:
        hint = "Mend the file; `manage.py load_guides --check` looks again."
        return [Error(str(problem), hint=hint, id="guides.E001") for problem in error.problems]
    return [Warning(str(warning), id="guides.W001") for warning in warnings(brands)]
