"""What all tests share. Rows come from plain functions in tests/steps, not from fixtures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from guides import content_version, page_cache
from guides import search as guides_search
from orders.retrieval import availability
from shop import search as shop_search
from shop.http import limits
from tests.steps.stripe import Stripe


@pytest.fixture(scope="session", autouse=True)
def plain_files_and_quick_passwords() -> Iterator[None]:
    """Static files keep their plain names, as nothing is collected; hashes are quick."""
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=hashers):
        yield


@pytest.fixture(autouse=True)
def forget_content() -> None:
    """What is kept holds rows of the last test, and what the settings said then."""
    page_cache.place_of.cache_clear()
    guides_search._index.made = shop_search._shapes.made = None
    content_version._known = ("", 0.0)


@pytest.fixture(autouse=True)
def redis_is_asked_again() -> None:
    """A test that took Redis away leaves this process counting for itself for half a minute."""
    for each in (limits.shared, availability.MEMORY):
        each.retry_at = 0.0


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Give SQLite a file: in memory, two threads or processes could not meet."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folder: Path = tmp_path_factory.mktemp("sqlite")
        database.setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Stripe]:
    stand_in = Stripe(api_key="sk_test_tests", webhook_secret="whsec_tests")
    with stand_in:
        yield stand_in


@pytest.fixture
def stripe(stripe_server: Stripe, settings: Any) -> Iterator[Stripe]:
    """With it, every test ends in the check that all talk was valid by Stripe's own contract."""
    settings.STRIPE_API_BASE = stripe_server.url
    stripe_server.reset()
    yield stripe_server
    assert (stripe_server.violations, stripe_server.misuses) == ([], [])
