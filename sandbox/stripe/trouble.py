"""The faults that the page offers, in words, and how each is made."""

from collections.abc import Mapping
from typing import TypeVar

from sandbox.stripe.controls import Controls
from sandbox.stripe.errors import Refused
from sandbox.stripe.world import World

T = TypeVar("T")
MODES = {
    "normal": "arrive at once",
    "drop": "never arrive",
    "double": "arrive twice at the same time",
    "delay": "arrive ten seconds late",
    "shuffle": "arrive in another order, within ten seconds",
    "wrong_secret": "are signed with a wrong secret",
    "other_version": "are of another API version",
}
FAULTS = {
    "500": "fails with 500 before the work, and again for its key",
    "500_after": "fails with 500 after the work, and again for its key",
    "502": "meets a gateway's error 502",
    "lost": "is done, but its answer is lost",
    "timeout": "is done, but is silent for 30 seconds",
    "slow": "is answered after 30 seconds",
    "late": "is done, and its answer comes after 30 seconds",
    "down": "meets a closed door",
    "429": "is told to come more slowly",
}
CALLS = {
    "* *": "Any call",
    "POST /v1/checkout/sessions": "Opening a payment page",
    "GET /v1/checkout/sessions/*": "Reading a payment",
    "POST /v1/payment_intents/*/capture": "Capturing",
    "POST /v1/payment_intents/*/cancel": "Cancelling a hold",
    "POST /v1/refunds": "Refunding",
}
OUTCOMES = {
    "capture declined": "The next capture is declined",
    "capture expired": "The next capture finds that the hold has lapsed",
    "refund pending": "The next refund waits",
    "refund requires_action": "The next refund waits for the customer",
    "refund failed": "The next refund fails",
    "refund balance_insufficient": "The next refund is refused: not enough balance",
}
CLOCK = {1: "1 hour", 24: "1 day", 7 * 24: "7 days", 30 * 24: "30 days"}
CHOICES = {"modes": MODES, "faults": FAULTS, "calls": CALLS, "outcomes": OUTCOMES, "clock": CLOCK}
LATE = 10.0  # seconds


def make(controls: Controls, what: str, form: Mapping[str, str]) -> None:
    if what == "clock":
        controls.advance_clock(hours=_chosen(int(form.get("hours", "0")), CLOCK))
    elif what == "webhooks":
        controls.webhooks(_chosen(form.get("mode", ""), MODES), seconds=LATE)
    elif what == "fault":
        method, _, path = _chosen(form.get("call", ""), CALLS).partition(" ")
        times = None if form.get("times") == "always" else 1
        controls.fail(_chosen(form.get("kind", ""), FAULTS), method, path, times)
    elif what == "outcome":
        subject, _, outcome = _chosen(form.get("outcome", ""), OUTCOMES).partition(" ")
        if subject == "capture":
            controls.refuse_capture(reason=outcome)
        else:
            controls.refund_outcome(outcome)
    elif what == "heal":
        controls.heal()
    else:
        raise Refused("There is no such button.")


def _chosen(value: T, choices: Mapping[T, str]) -> T:
    if value not in choices:
        raise Refused("Choose one of the list.")
    return value


def waiting(world: World) -> list[str]:
    """What was asked for and has not happened yet."""
    found = []
    if world.webhook_mode.name != "normal":
        found.append(f"Webhooks {MODES[world.webhook_mode.name]}.")
    for fault in world.faults.waiting:
        call = CALLS.get(f"{fault.method} {fault.path}", f"{fault.method} {fault.path}")
        often = "each time" if fault.times is None else "once"
        found.append(f"{call} {FAULTS[fault.kind]}, {often}.")
    queued = [("capture", outcome) for outcome in world.outcomes.captures]
    queued += [("refund", outcome) for outcome in world.outcomes.refunds]
    for subject, outcome in queued:
        text = OUTCOMES.get(f"{subject} {outcome}", f"The next {subject}: {outcome}")
        found.append(f"{text}.")
    return found
