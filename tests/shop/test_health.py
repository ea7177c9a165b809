from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from shop.http.health import refuse_missing_migrations

HTTPS = {"SECURE_SSL_REDIRECT": True, "ALLOWED_HOSTS": ["shop.example"]}


@pytest.fixture(autouse=True)
def just_started() -> None:
    """A process that has not seen all migrations yet."""
    refuse_missing_migrations.cache_clear()


def test_being_alive_asks_nobody(client: Client) -> None:
    assert client.get("/healthz/").status_code == 200


@pytest.mark.django_db
@pytest.mark.also_on_sqlite
def test_it_is_ready_with_a_migrated_database_and_without_redis(
    client: Client, settings: Any
) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    assert client.get("/readyz/").status_code == 200


@pytest.mark.django_db
def test_it_is_not_ready_while_migrations_wait(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="orders").update(app="later")
    for _ in range(2):
        answer = client.get("/readyz/")
        assert (answer.status_code, answer.content) == (503, b"migrations missing\n")
    MigrationRecorder.Migration.objects.filter(app="later").update(app="orders")
    assert client.get("/readyz/").status_code == 200


@pytest.mark.django_db
def test_once_it_was_ready_it_asks_the_database_one_small_question(
    client: Client, django_assert_num_queries: Any
) -> None:
    client.get("/readyz/")
    with django_assert_num_queries(1):
        assert client.get("/readyz/").status_code == 200


@pytest.mark.django_db
def test_it_is_not_ready_without_a_database(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError

    for _ in ("not seen yet", "seen"):
        with connection.execute_wrapper(refuse):
            assert client.get("/readyz/").status_code == 503
        assert client.get("/readyz/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics"])
def test_a_probe_asks_the_process_by_its_own_address(
    client: Client, settings: Any, path: str
) -> None:
    for name, value in HTTPS.items():
        setattr(settings, name, value)
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics"])
def test_probes_only_ask(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
