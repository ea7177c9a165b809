"""Pages in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

from tests.steps.processes import Shop

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}


@contextmanager
def opened(browser: Browser, shop: Shop, **options: Any) -> Iterator[Page]:
    """A page whose `goto("/nissan/")` goes to the shop. What a script or the content's
    security policy complains of on the console fails the test."""
    with browser.new_context(base_url=shop.url, **options) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: (
                errors.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        yield page
        assert errors == []
