"""Faults that the stand-in was asked for, and for how long."""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, get_args

FaultKind = Literal["500", "500_after", "502", "429", "lost", "down", "slow", "late", "timeout"]
FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)
MODES = ("normal", "drop", "double", "delay", "shuffle", "wrong_secret", "other_version")


@dataclass
class Fault:
    """500 fails before the work and 500_after once it is done; both are replayed for their key.
    502 is the answer of a gateway that the request does not pass.

    lost does the work and closes the connection without an answer; timeout does the work and is
    silent for `seconds` before it closes; down closes at once, nothing done; slow waits first, then
    works and answers; late works at once and answers later, with the state as it was when asked.

    `about` is something that only the requests in question hold: in address, key or body.
    """

    kind: str
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    seconds: float = 30.0
    about: str = ""

    def matches(self, method: str, path: str, sent: str) -> bool:
        fits = fnmatchcase(method, self.method) and fnmatchcase(path, self.path)
        return fits and self.about in sent


# the shop's calls, by the names that Stripe's libraries give them
CALLS = {
    "sessions.create": ("POST", "/v1/checkout/sessions"),
    "sessions.retrieve": ("GET", "/v1/checkout/sessions/*"),
    "sessions.list": ("GET", "/v1/checkout/sessions"),
    "sessions.expire": ("POST", "/v1/checkout/sessions/*/expire"),
    "payment_intents.retrieve": ("GET", "/v1/payment_intents/*"),
    "payment_intents.capture": ("POST", "/v1/payment_intents/*/capture"),
    "payment_intents.cancel": ("POST", "/v1/payment_intents/*/cancel"),
    "refunds.create": ("POST", "/v1/refunds"),
    "refunds.retrieve": ("GET", "/v1/refunds/*"),
    "refunds.list": ("GET", "/v1/refunds"),
    "disputes.retrieve": ("GET", "/v1/disputes/*"),
    "disputes.update": ("POST", "/v1/disputes/*"),
    "disputes.list": ("GET", "/v1/disputes"),
}
DELAYS = ("late", "slow")


@dataclass
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        if fault.kind not in FAULT_KINDS:
            raise ValueError(f"kind must be one of {', '.join(FAULT_KINDS)}")
        self.waiting.append(fault)

    def take(self, method: str, path: str, sent: str) -> Fault | None:
        """The first fault that fits; one without `times` stays until it is cleared."""
        for fault in self.waiting:
            if fault.matches(method, path, sent):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Outcomes:
    """What will become of the next captures and refunds; empty means all goes well.

    `refunds_of` is by payment intent, and comes before what is meant for any refund.
    """

    captures: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    refunds_of: dict[str, list[str]] = field(default_factory=dict)

    def next_capture(self) -> str | None:
        return self.captures.pop(0) if self.captures else None

    def next_refund(self, intent: str) -> str:
        outcomes = self.refunds_of.get(intent) or self.refunds
        return outcomes.pop(0) if outcomes else "succeeded"


@dataclass
class WebhookMode:
    """How the next events travel. `count` None means until the mode is changed."""

    name: str = "normal"
    count: int | None = None
    seconds: float = 1.0
    types: tuple[str, ...] = ()
    version: str = "2020-08-27"

    def take(self, event_type: str) -> str:
        if self.name == "normal" or (self.types and event_type not in self.types):
            return "normal"
        name = self.name
        if self.count is not None:
            self.count -= 1
            if self.count <= 0:
                self.name = "normal"
        return name

    def delay_for(self, name: str) -> float:
        if name == "delay":
            return self.seconds
        return random.uniform(0, self.seconds) if name == "shuffle" else 0.0
