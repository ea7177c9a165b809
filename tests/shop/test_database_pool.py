"""Web processes share their connections among threads, and meet no dead one."""

import runpy
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDatabaseWrapper]:
    """The tests' database, by the settings of a web process."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections to share")
    monkeypatch.setenv("DATABASE_POOL", "1")
    told: dict[str, Any] = runpy.run_path(str(settings.BASE_DIR / "shop/settings.py"))
    names = ("OPTIONS", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS")
    wanted = {name: told["DATABASES"]["default"][name] for name in names}
    database = type(connections["default"])(connection.settings_dict | wanted, alias="default")
    yield database
    database.close()
    database.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's alone


def backend(database: BaseDatabaseWrapper) -> int:
    """The process of PostgreSQL's that answers a request, after which its connection is free."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number = int(cursor.fetchone()[0])
    database.close()
    return number


@pytest.mark.django_db
def test_a_connection_is_used_again_and_replaced_once_it_died(pooled: BaseDatabaseWrapper) -> None:
    first = backend(pooled)
    assert backend(pooled) == first
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert backend(pooled) != first


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout"])
def test_a_pooler_that_drops_the_timeouts_is_reported(name: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has other timeouts")
    assert not timeout_warnings()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = 0")  # as PgBouncer's clients have it
    assert timeout_warnings() == ["shop.W096"]


def timeout_warnings() -> list[str | None]:
    found = run_checks(tags=["database"], databases=["default"])
    return [each.id for each in found if each.id == "shop.W096"]
