"""Real pages in Debian's Chromium: `apt-get install -y --no-install-recommends chromium`.

Without it these tests are skipped; where CI is set, that is an error. The shop runs as it does for
customers, in processes of its own, with worker, beat, Stripe's stand-in and an inbox.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, Page

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.browser import DESKTOP, PHONE, opened
from tests.steps.content import loaded
from tests.steps.factories import CODE, SERIAL, make_code_book_entry
from tests.steps.processes import Shop

CHROMIUM = shutil.which("chromium")
HERE = Path(__file__).parent
CONTENT = ["guides/content/nissan.yaml", "guides/content/nissan/micra.yaml"]
# Playwright keeps an event loop in the thread of the tests; Django would refuse to query in it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.django_db(transaction=True))
        item.add_marker(pytest.mark.slow)
    if CHROMIUM:
        return
    reason = "Chromium is not installed: apt-get install -y --no-install-recommends chromium"
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(reason)
    for item in ours:
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


# ------------------------------------------------------------------ the shop and its surroundings
# For these tests alone: a worker that still ran would do the work of the tests that follow.
@pytest.fixture(scope="package")
def running_inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


@pytest.fixture(scope="package")
def running_stripe() -> Iterator[StripeStandIn]:
    with StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as running:
        yield running


@pytest.fixture(scope="package")
def running_shop(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    running_inbox: Inbox,
    running_stripe: StripeStandIn,
) -> Iterator[Shop]:
    # without an __init__.py in this folder, it would run on until the last test of all
    assert isinstance(request.node, pytest.Package)
    if connection.vendor != "postgresql":
        pytest.skip("the shop's processes share a PostgreSQL")
    with django_db_blocker.unblock():
        shop = Shop(tmp_path_factory.mktemp("shop"), running_stripe, running_inbox)
    with shop:
        shop.start_web()
        shop.start_worker()
        shop.start_beat()
        yield shop


def what_nissan_needs() -> None:
    call_command("load_guides", *CONTENT, verbosity=0)
    call_command("load_radios", "orders/content/nissan.yaml", verbosity=0)


@pytest.fixture
def shop(transactional_db: None, running_shop: Shop, stripe: StripeStandIn) -> Shop:
    """What is sold for Nissan, one code in the code book, and the Micra's guide to read."""
    loaded(what_nissan_needs)
    make_code_book_entry(SERIAL, CODE)
    return running_shop


@pytest.fixture
def stripe(running_stripe: StripeStandIn, running_shop: Shop) -> Iterator[StripeStandIn]:
    running_stripe.reset()
    running_stripe.webhook_url = running_shop.url + "/stripe/webhook/"
    yield running_stripe
    assert (running_stripe.violations, running_stripe.misuses) == ([], [])


@pytest.fixture
def inbox(running_inbox: Inbox) -> Inbox:
    running_inbox.clear()
    return running_inbox


# ------------------------------------------------------------------ who looks at it
@pytest.fixture
def phone(browser: Browser, shop: Shop) -> Iterator[Page]:
    with opened(browser, shop, **PHONE) as page:
        yield page


@pytest.fixture
def phone_without_javascript(browser: Browser, shop: Shop) -> Iterator[Page]:
    with opened(browser, shop, java_script_enabled=False, **PHONE) as page:
        yield page


@pytest.fixture
def desktop(browser: Browser, shop: Shop) -> Iterator[Page]:
    with opened(browser, shop, **DESKTOP) as page:
        yield page


@pytest.fixture
def vera(shop: Shop) -> None:
    """Her password is hashed as the shop's own process expects it, not in the tests' quick way."""
    hashed = PBKDF2PasswordHasher().encode("secret", "salt")
    User.objects.create(username="vera", password=hashed, is_staff=True, is_superuser=True)
