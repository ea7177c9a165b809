"""What staff edited before the update from version 0.9.0, for the first load after it.

That version kept in each row's `loaded` what the file gave it, and the text of each page after each
change in a table. Both go with the next version, and this module with them.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from guides.models import Loaded

NO_CONTENT = {"last_reviewed", "price", "prices", "desk_hours"}


def was_edited(page: str, rows: Iterable[Loaded]) -> bool:
    return any(row_was_edited(row) for row in rows) or last_revision_is_staffs(page)


def row_was_edited(row: Loaded) -> bool:
    """A row that no file gave was made by staff."""
    return not row.loaded or any(
        current(row, name) != value for name, value in row.loaded.items() if name not in NO_CONTENT
    )


def current(row: Loaded, name: str) -> Any:
    """The value as `loaded` has it."""
    field: Any = row._meta.get_field(name)
    if field.many_to_many:
        return sorted(linked.key or str(linked.pk) for linked in getattr(row, name).all())
    value = field.value_from_object(row)
    if isinstance(value, str):
        value = value.replace("\r\n", "\n")
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def last_revision_is_staffs(page: str) -> bool:
    """Finds what rows cannot tell: that rows were deleted. A mere review is no edit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT what, text FROM guides_edition WHERE page = %s ORDER BY id", [page])
        revisions = cursor.fetchall()
    loaded = [text for what, text in revisions if what == "loaded"]
    if not revisions or revisions[-1][0] == "loaded":
        return False
    what, text = revisions[-1]
    return what == "deleted" or not loaded or reviewed(text) != reviewed(loaded[-1])


def reviewed(text: str) -> str:
    return re.sub(r"(?m)^ *last_reviewed: .*$", "", text)
