"""Where a chaos run takes place, and how anybody goes about there: by a browser of their own."""

import html
import re
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from django.db import InterfaceError, OperationalError, connection

from sandbox.stripe import StripeStandIn

SSL = ssl.create_default_context()  # made once: it takes longer than a request


class StuckError(Exception):
    """What had to happen did not, in time."""


class AwayError(Exception):
    """The shop answered 5xx."""


AWAY = (AwayError, httpx.TransportError, OperationalError, InterfaceError)
T = TypeVar("T")


@dataclass(frozen=True)
class Town:
    """Where everybody lives. `patience` is how many seconds anybody waits for anything; with
    `tries_again` they take a shop that does not answer for one that will."""

    shop: str
    stripe: StripeStandIn
    patience: float
    tries_again: bool = False
    tried_again: list[str] = field(default_factory=list)  # for want of what

    def insist(self, act: Callable[[], T]) -> T:
        end = time.monotonic() + self.patience
        while True:
            try:
                return act()
            except AWAY as error:
                connection.close()  # the next one may live
                if not self.tries_again or time.monotonic() > end:
                    raise
                self.tried_again.append(type(error).__name__)
            time.sleep(0.3)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden" and "name" in attributes:
            fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return fields


class Browser:
    def __init__(self, town: Town, address: str) -> None:
        self.town = town
        self.client = httpx.Client(
            base_url=town.shop, verify=SSL, timeout=60, headers={"X-Forwarded-For": address},
            # it gives up an idle connection before the server does: otherwise the two might meet
            limits=httpx.Limits(keepalive_expiry=2),
        )  # fmt: skip

    def get(self, address: str) -> httpx.Response:
        return self._answer(lambda: self.client.get(address))

    def send(self, address: str, page: str, **answers: str) -> httpx.Response:
        """Send a form of the page; a redirect is not followed."""
        typed, headers = hidden(page) | answers, {"Origin": self.town.shop}
        return self._answer(lambda: self.client.post(address, data=typed, headers=headers))

    def _answer(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        def once() -> httpx.Response:
            answer = ask()
            if answer.is_server_error and self.town.tries_again:
                raise AwayError(f"answered {answer.status_code}")
            return answer

        return self.town.insist(once)


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
