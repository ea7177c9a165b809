"""Where a chaos run takes place, and how anybody goes about there: by a browser of their own."""

import html
import re
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
from django.db import connection

from sandbox.stripe import StripeStandIn

SSL = ssl.create_default_context()  # made once: it takes longer than a request


class StuckError(Exception):
    """What had to happen did not, in time."""


@dataclass(frozen=True)
class Town:
    """Where everybody lives. `patience` is how many seconds anybody waits for anything."""

    shop: str
    stripe: StripeStandIn
    patience: float


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") == "hidden" and "name" in told:
            fields[told["name"]] = html.unescape(told.get("value", ""))
    return fields


class Browser:
    def __init__(self, town: Town, address: str) -> None:
        self.town = town
        self.client = httpx.Client(
            base_url=town.shop, verify=SSL, timeout=60, headers={"X-Forwarded-For": address}
        )

    def get(self, address: str) -> httpx.Response:
        return self.client.get(address)

    def send(self, address: str, page: str, **answers: str) -> httpx.Response:
        """Send a form of the page; a redirect is not followed."""
        return self.client.post(
            address, data=hidden(page) | answers, headers={"Origin": self.town.shop}
        )


def together(*acts: Callable[[], object]) -> None:
    """All at the same moment. What one of them raises is raised."""

    def do(act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()  # each thread has its own

    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(do, act) for act in acts]:
            done.result()
