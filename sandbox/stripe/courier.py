"""The background thread: delivers webhooks, and lets sessions and holds end by the clock."""

import threading
import time
from http.client import HTTPException
from itertools import groupby
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from sandbox.stripe import deliveries
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

TIMEOUT = 10


class NoRedirects(HTTPRedirectHandler):
    """Stripe takes a redirect for a failure."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


# Built by hand so that a proxy in the environment never sees a delivery.
OPENER = build_opener(ProxyHandler({}), NoRedirects())


def send(url: str, body: bytes, signature: str) -> tuple[str, bool]:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        with OPENER.open(Request(url, body, headers, method="POST"), timeout=TIMEOUT) as answer:
            answer.read(65536)
            return str(answer.status), 200 <= answer.status < 300
    except HTTPError as error:
        error.close()
        return str(error.code), False
    except URLError as error:
        return type(error.reason).__name__, False
    except (OSError, ValueError, HTTPException) as error:
        return type(error).__name__, False


class Courier:
    """One thread for all; the two copies of a doubled event travel at the same time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True, name="stripe-courier")
        self._thread.start()

    def stop(self) -> None:
        self.world.stopping.set()
        self.world.notify_courier.set()
        if self._thread:
            self._thread.join(0.5)

    def _run(self) -> None:
        while not self.world.stopping.is_set():
            self.world.notify_courier.wait(0.1)
            self.world.notify_courier.clear()
            with self.world.working():
                expire_due(self.world)
                ready = deliveries.due(self.world.store)
            for _, copies in groupby(ready, key=lambda delivery: delivery["event"]):
                self._deliver_together(list(copies))

    def _deliver_together(self, copies: list[Json]) -> None:
        others = [
            threading.Thread(target=self._deliver, args=(copy,), daemon=True) for copy in copies[1:]
        ]
        for other in others:
            other.start()
        self._deliver(copies[0])
        for other in others:
            other.join(TIMEOUT)

    def _deliver(self, delivery: Json) -> None:
        if self.world.stopping.is_set():
            return
        with self.world.lock:
            if self.world.store.find("delivery", delivery["id"]) is None:
                return  # the books were cleared during the delivery
            body, signature = deliveries.message(
                self.world.store, self.world.settings, delivery, self.world.webhook_mode.version
            )
        answer, ok = send(delivery["url"], body, signature)
        with self.world.working():
            if self.world.store.find("delivery", delivery["id"]) is not None:
                deliveries.record(self.world.store, self.world.settings, delivery, answer, ok)


def wait_until_settled(world: World, timeout: float) -> bool:
    """True once no delivery is waiting any more."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        with world.lock:
            if all(d["state"] != "pending" for d in world.store.all("delivery")):
                return True
        time.sleep(0.01)
    return False
