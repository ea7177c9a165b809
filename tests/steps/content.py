"""Content that takes seconds to load: each process of a run loads it once and keeps its rows."""

import time
from collections.abc import Callable

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from psycopg import sql

from guides import content_version
from guides.content_version import ContentVersion, change_version, current_version
from guides.loading.guides import load_guides
from orders.models import NotASerial, Radio
from orders.radio_files import load_radios

_kept: dict[Callable[[], object], dict[str, bytes]] = {}


def loaded(load: Callable[[], object]) -> None:
    """What the given function loads into a shop that has no content yet."""
    if connection.vendor != "postgresql":
        load()
    elif load in _kept:
        _write(_kept[load])
        change_version()
    else:
        load()
        _kept[load] = _read()


def load_all() -> None:
    """All guides and radios that the shop comes with; to be given to `loaded`."""
    load_guides()
    load_radios()


def the_version_was_just_read() -> None:
    """However slow this machine is: no process asks for it within the next minute."""
    content_version._known = (current_version(), time.monotonic() + 60)


def _read() -> dict[str, bytes]:
    """All rows of content, by table."""
    tables = {}
    with connection.cursor() as cursor:
        for model in _models():
            table = model._meta.db_table
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                tables[table] = b"".join(bytes(part) for part in copy)
    return {table: rows for table, rows in tables.items() if rows}


def _write(tables: dict[str, bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in tables.items():
            # what migrations put there
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(rows)
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)


def _models() -> list[type[models.Model]]:
    guides = apps.get_app_config("guides").get_models(include_auto_created=True)
    return [Radio, NotASerial, *(model for model in guides if model is not ContentVersion)]
