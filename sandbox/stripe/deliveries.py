"""Webhook deliveries as rows in the books: who gets an event, signed how, and when."""

import copy
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.stripe.ids import new_id
from sandbox.stripe.store import Json

if TYPE_CHECKING:
    from sandbox.stripe.world import World

LISTENER = "we_listener"
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}


def signature(body: bytes, secret: str, timestamp: int | None = None) -> str:
    """The Stripe-Signature header. It uses the wall's clock, as the receiver's tolerance does."""
    at = int(time.time()) if timestamp is None else timestamp
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def payload(event: Json, version: str | None = None) -> bytes:
    sent = {**event, "api_version": version} if version else event
    return json.dumps(sent, indent=2).encode()


def endpoints(world: "World") -> list[Json]:
    """Registered endpoints, and the one from the settings unless it is registered as well."""
    registered = [e for e in world.store.all("webhook_endpoint") if e["status"] == "enabled"]
    url = world.settings.webhook_url
    if url and all(endpoint["url"] != url for endpoint in registered):
        registered.append({"id": LISTENER, "url": url, "enabled_events": ["*"]})
    return registered


def secret_of(world: "World", endpoint_id: str) -> str:
    row = world.store.find("endpoint_secret", endpoint_id)
    return str(row["secret"]) if row else world.settings.webhook_secret


def is_local(world: "World", url: str) -> bool:
    """Events never leave this machine, except for the address named at the start."""
    host = urlsplit(url).hostname
    named = world.settings.webhook_url
    return host in LOCAL_HOSTS or bool(named and urlsplit(named).hostname == host)


def _listeners(world: "World", event: Json) -> list[Json]:
    return [
        endpoint
        for endpoint in endpoints(world)
        if "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]
    ]


def queue_event(world: "World", event: Json) -> None:
    wanted = _listeners(world, event)
    event["pending_webhooks"] = len(wanted)
    mode = world.webhook_mode_of(event["data"]["object"])
    name = mode.take(event["type"]) if wanted else "normal"
    for endpoint in wanted:
        for _ in range(2 if name == "double" else 1):
            _queue(world, event, endpoint, name, mode.delay_for(name))
    world.wake_courier.set()


def queue_again(world: "World", event: Json) -> None:
    """Send an event once more to whoever listens for it, as the Dashboard's Resend does."""
    for endpoint in _listeners(world, event):
        _queue(world, event, endpoint)
    world.wake_courier.set()


def _queue(
    world: "World", event: Json, endpoint: Json, mode: str = "normal", delay: float = 0.0
) -> None:
    state = "dropped" if mode == "drop" else "pending"
    if not is_local(world, endpoint["url"]):
        state = "not local"
    delivery = {
        "id": new_id("wd"),
        "event": event["id"],
        "type": event["type"],
        "object": event["data"]["object"].get("id", ""),
        "endpoint": endpoint["id"],
        "url": endpoint["url"],
        "mode": mode,
        "state": state,
        "attempts": 0,
        "answer": None,
        "due": time.time() + delay,
        "created": time.time(),
    }
    world.store.put("delivery", delivery)


def due(world: "World") -> list[Json]:
    at = time.time()
    ready = [d for d in world.store.all("delivery") if d["state"] == "pending" and d["due"] <= at]
    return sorted(ready, key=lambda delivery: float(delivery["due"]))


def message(world: "World", delivery: Json) -> tuple[bytes, str]:
    """Body and signature header of one attempt, in the endpoint's API version."""
    event = copy.deepcopy(world.need("event", delivery["event"]))
    endpoint = world.store.find("webhook_endpoint", delivery["endpoint"]) or {}
    other = delivery["mode"] == "other_version"
    body = payload(event, world.webhook_mode.version if other else endpoint.get("api_version"))
    wrong = delivery["mode"] == "wrong_secret"
    secret = "whsec_not_the_right_one" if wrong else secret_of(world, delivery["endpoint"])
    return body, signature(body, secret)


def record(world: "World", delivery: Json, answer: str, ok: bool) -> None:
    delivery["attempts"] += 1
    delivery["answer"] = answer
    delays = world.settings.retry_delays
    if ok:
        delivery["state"] = "delivered"
        event = world.store.find("event", delivery["event"])
        if event and event["pending_webhooks"]:
            event["pending_webhooks"] -= 1
            world.store.put("event", event)
    elif delivery["attempts"] > len(delays):
        delivery["state"] = "failed"
    else:
        delivery["due"] = time.time() + delays[delivery["attempts"] - 1]
    world.store.put("delivery", delivery)
