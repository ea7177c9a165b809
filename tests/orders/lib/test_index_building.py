import pytest
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from orders.lib.index_building import AddIndexBesideWork


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's limits")
def test_an_index_is_built_past_the_limit_and_over_one_that_was_left_half_built() -> None:
    before = MigrationExecutor(connection).loader.project_state()
    after = before.clone()
    build = AddIndexBesideWork("history", models.Index(fields=["move"], name="tried_here"))
    build.state_forwards("orders", after)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX tried_here ON orders_history (status)")
        cursor.execute("SET statement_timeout = '1ms'")
    with connection.schema_editor(atomic=False) as editor:
        build.database_forwards("orders", editor, before, after)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'tried_here'")
        assert cursor.fetchone()[0].endswith("(move)")
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("15s",)
    with connection.schema_editor(atomic=False) as editor:
        build.database_backwards("orders", editor, after, before)
