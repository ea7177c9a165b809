"""Everything the stand-in knows: books, clock, settings, faults and the events it has made."""

import copy
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.stripe.contract.stripe_schema import API_VERSION, event_problems
from sandbox.stripe.deliveries import queue_event
from sandbox.stripe.errors import no_such
from sandbox.stripe.faults import Faults, Outcomes, WebhookMode
from sandbox.stripe.ids import new_id
from sandbox.stripe.settings import Settings
from sandbox.stripe.store import Json, Store

log = logging.getLogger("sandbox.stripe")


@dataclass
class World:
    """One account at the stand-in. All access goes through `working()`, which locks and writes."""

    settings: Settings
    store: Store
    faults: Faults = field(default_factory=Faults)
    delays: Faults = field(default_factory=Faults)  # of single calls, besides their faults
    outcomes: Outcomes = field(default_factory=Outcomes)
    webhook_mode: WebhookMode = field(default_factory=WebhookMode)
    # of single payments, by a value in their metadata
    webhook_modes: dict[str, WebhookMode] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)  # of ours: answers and events
    misuses: list[str] = field(default_factory=list)  # of the callers: requests
    # answers that were checked already; a shop reads the same again and again
    valid: set[tuple[str, str]] = field(default_factory=set)
    caused_by: Json = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    stopping: threading.Event = field(default_factory=threading.Event)
    notify_courier: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def working(self) -> Iterator[None]:
        with self.lock:
            try:
                yield
            finally:
                self.store.commit()

    def skew(self) -> int:
        """How many seconds this clock is ahead of the wall's."""
        return int((self.store.find("setting", "clock") or {"ahead": 0})["ahead"])

    def now(self) -> int:
        return int(time.time()) + self.skew()

    def advance(self, seconds: int) -> None:
        self.store.put("setting", {"id": "clock", "ahead": self.skew() + seconds})

    def need(self, kind: str, object_id: str, param: str = "id") -> Json:
        item = self.store.find(kind, object_id)
        if item is None:
            raise no_such(kind, object_id, param)
        return item

    def webhook_mode_of(self, item: Json) -> WebhookMode:
        """How events about this object travel: as asked for its payment, else as all."""
        if not self.webhook_modes:
            return self.webhook_mode
        intent = self.store.find("payment_intent", item.get("payment_intent")) or {}
        names = [*item.get("metadata", {}).values(), *intent.get("metadata", {}).values()]
        asked = (self.webhook_modes[name] for name in names if name in self.webhook_modes)
        return next(asked, self.webhook_mode)

    def emit(self, event_type: str, item: Json) -> Json:
        """Record an event about the object as it is now, and queue it for the endpoints."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": copy.deepcopy(item)},
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self.caused_by),
            "type": event_type,
        }
        self.check(f"event {event_type}", event_problems(event) if self.settings.strict else [])
        self.store.put("event", event)
        queue_event(self.store, self.settings, event, self.webhook_mode_of(item))
        self.notify_courier.set()
        return event

    def check(self, what: str, problems: list[str]) -> None:
        for problem in problems:
            self.violations.append(f"{what}: {problem}")
            log.error("not as Stripe's contract says: %s: %s", what, problem)
