"""Starts what the tests need and sets their environment, before Django reads its settings.

Loaded by `-p tests.plugin` in pyproject.toml, which `python -m pytest` finds. PostgreSQL and Valkey
are started once, by the process that was started by hand; pytest-xdist's workers inherit their
addresses. DATABASE_URL and REDIS_URL in the environment are used instead, if they are set.
"""

import os
import sys
from collections.abc import Generator
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.servers import Servers

ENVIRONMENT = {
    "DEBUG": "false",
    "DEMO": "false",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "SITE_URL": "http://testserver",
    "SECRET_KEY": "a-key-of-the-tests-which-protects-nothing-of-any-value",
    "EMAIL_URL": "smtp://localhost:1",
    "DEFAULT_FROM_EMAIL": "Encore <hello@encore.example>",
    "STAFF_EMAIL": "desk@encore.example",
    "STRIPE_SECRET_KEY": "sk_test_tests",
    "STRIPE_WEBHOOK_SECRET": "whsec_tests",
    "STRIPE_API_BASE": "http://localhost:1",  # nothing listens there; tests start a stand-in
    "STRIPE_LIVE": "false",
    "PELOCK_API_KEY": "",  # off, unless a test starts a stand-in
    "CODE_KEYS": "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE=",
    "HASH_KEYS": "the-tests-hash-key-of-enough-characters",
    "CURRENCY": "eur",
    "VAT_RATE": "19",
    "SELLER_NAME": "Encore Test Shop",
    "SELLER_ADDRESS": "1 Example Street, 00000 Example Town",
    "SELLER_EMAIL": "hello@encore.example",
    "SELLER_PHONE": "+00 000 000000",
    "SELLER_VAT_NUMBER": "XX000000000",
    "LOG_LEVEL": "WARNING",
    "REQUIRE_SECOND_FACTOR": "false",  # those of the second factor switch it on
    "LOG_FORMAT": "plain",
    # all tests come from one address; those of the limits set their own
    "REQUESTS_PER_MINUTE": "pages=1000000,searches=60000,serials=60000,forms=60000,"
    "orders=60000,status=60000,finds=60000,sign_ins=60000",
}
# Else each worker, and each process of a shop that is started, compiles all modules again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

NEEDED = {"REDIS_URL": "redis", "DATABASE_URL": "postgres"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sqlite",
        action="store_true",
        help="use SQLite in a file of its own instead of PostgreSQL",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None]:
    """As a wrapper it comes before pytest-django's own hook, which reads the settings."""
    os.environ.update(ENVIRONMENT)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = own_database(os.environ["REDIS_URL"], worker)
    else:
        start_servers(early_config, args)
    return (yield)


def start_servers(config: pytest.Config, args: list[str]) -> None:
    if {"--help", "-h", "--version", "--markers", "--fixtures"} & set(args):
        os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
        return
    if "--sqlite" in args:
        # the file itself is pytest-django's; see django_db_modify_db_settings in conftest.py
        os.environ["DATABASE_URL"] = "sqlite:///:memory:"
    wanted = [server for setting, server in NEEDED.items() if not os.environ.get(setting)]
    if wanted:
        servers = Servers(*wanted)
        os.environ.update(servers.addresses)
        config.add_cleanup(servers.stop)


def own_database(redis_url: str, worker: str) -> str:
    """Redis's database of one pytest-xdist worker: 1 for gw0, 2 for gw1."""
    number = int(worker.removeprefix("gw")) + 1
    return urlunsplit(urlsplit(redis_url)._replace(path=f"/{number}"))
