"""Adds an index to a long table that is in use, in a migration."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex
from django.db.migrations.state import ProjectState


class AddIndexBesideWork(AddIndex):
    """Builds an index concurrently, without statement limits. The migration must not be atomic.

    An interrupted build leaves an index that is never used, so an index of this name is dropped
    first, and the migration can be run again.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        name = schema_editor.quote_name(self.index.name)
        with no_limits(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


@contextmanager
def no_limits(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    limits = ("statement_timeout", "lock_timeout")
    for limit in limits:
        schema_editor.execute(f"SET {limit} = 0")
    try:
        yield
    finally:
        for limit in limits:
            schema_editor.execute(f"RESET {limit}")
