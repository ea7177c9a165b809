"""A customer of the installed shop, and a visitor who asks it all the time."""

import html
import re
import ssl
import threading
import time
from types import TracebackType

import httpx

from sandbox.inbox import Inbox


def order_a_code(shop: str, trust: ssl.SSLContext, serial: str, email: str) -> str:
    """By the form and Stripe's page. Returns the code, once the order's page shows it."""
    with httpx.Client(base_url=shop, verify=trust, timeout=30) as browser:
        page = browser.get("/order/nissan/").raise_for_status().text
        answers = hidden(page) | {
            "shows": "code", "serial": serial, "email": email, "is_owner": "on", "consent": "on",
        }  # fmt: skip
        form = browser.post("/order/nissan/", data=answers, headers={"Origin": shop})
        assert form.status_code == 303, f"the form answered {form.status_code}"
        card = {
            "method": "card", "number": "4242424242424242", "expiry": "12 / 34", "cvc": "123",
            "country": "DE", "email": email, "name": "A. Customer",
        }  # fmt: skip
        paid = browser.post(form.headers["Location"], data=card)
        assert paid.is_redirect, f"the payment page answered {paid.status_code}"
        order_page = browser.get(paid.headers["Location"]).headers["Location"]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            shown = re.search(r'class="code-text">(\w+)<', browser.get(order_page).text)
            if shown:
                return shown[1]
            time.sleep(0.2)
    raise SystemExit("The order was paid, and its page shows no code within a minute.")


def mailed(inbox: Inbox, email: str, words: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any(email in mail.recipients and words in mail.text for mail in inbox.messages):
            return
        time.sleep(0.2)
    raise SystemExit("The code's mail did not come within a minute.")


def hidden(page: str) -> dict[str, str]:
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden" and "name" in attributes:
            fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return fields


class Watcher:
    """Asks for a page while the shop is upgraded; no request may be refused."""

    def __init__(self, address: str, trust: ssl.SSLContext) -> None:
        self.answers: list[str] = []
        self.slowest = 0.0
        self._address, self._trust = address, trust
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        refused = [answer for answer in self.answers if answer != "200"]
        if not error and (refused or not self.answers):
            raise SystemExit(f"{len(refused)} of {len(self.answers)} were refused: {refused[:5]}")

    def _ask(self) -> None:
        while not self._over.wait(0.05):
            began = time.monotonic()
            try:
                answer = httpx.get(self._address, verify=self._trust, timeout=30)
                self.answers.append(str(answer.status_code))
            except httpx.TransportError as error:
                self.answers.append(type(error).__name__)
            self.slowest = max(self.slowest, time.monotonic() - began)
