"""Real pages in Debian's Chromium: `apt-get install -y --no-install-recommends chromium`.

Without it these tests are skipped; where CI is set, that is an error.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

CHROMIUM = shutil.which("chromium")
HERE = Path(__file__).parent
# Playwright keeps an event loop in the thread of the tests; Django would refuse to query in it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    reason = "Chromium is not installed: apt-get install -y --no-install-recommends chromium"
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(reason)
    for item in items:
        if HERE in item.path.parents:
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


def opened(browser: Browser, live_server: LiveServer, **options: Any) -> Iterator[Page]:
    """A page whose `goto("/nissan/")` goes to the live shop; a script's error fails the test."""
    with browser.new_context(base_url=live_server.url, **options) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        assert errors == []


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    yield from opened(browser, live_server, **PHONE)


@pytest.fixture
def phone_without_javascript(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    yield from opened(browser, live_server, java_script_enabled=False, **PHONE)


@pytest.fixture
def desktop(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    yield from opened(browser, live_server, viewport={"width": 1280, "height": 800})
