from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

TIMEOUTS = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"


@register(Tags.database)
def database_timeouts(
    *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Ask PostgreSQL itself: poolers drop the options of a connection silently."""
    connection = connections["default"]
    if "default" not in (databases or []) or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(TIMEOUTS)
        if "0" not in cursor.fetchone():
            return []
    return [
        Warning(
            "The database's timeouts are off: one slow statement could hold up all customers.",
            hint="A pooler such as PgBouncer drops them; docs/operations.md, PostgreSQL's "
            "connections, says how to set them for the role.",
            id="shop.W096",
        )
    ]
