"""Webhook deliveries as rows in the books: who gets an event, signed how, and when."""

import copy
import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit

from sandbox.stripe.faults import WebhookMode
from sandbox.stripe.ids import new_id
from sandbox.stripe.settings import Settings
from sandbox.stripe.store import Json, Store

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


def endpoints(store: Store, settings: Settings) -> list[Json]:
    """Registered endpoints, and the one from the settings unless it is registered as well."""
    registered = [e for e in store.all("webhook_endpoint") if e["status"] == "enabled"]
    url = settings.webhook_url
    if url and all(endpoint["url"] != url for endpoint in registered):
        registered.append({"id": LISTENER, "url": url, "enabled_events": ["*"]})
    return registered


def secret_of(store: Store, settings: Settings, endpoint_id: str) -> str:
    row = store.find("endpoint_secret", endpoint_id)
    return str(row["secret"]) if row else settings.webhook_secret


def is_local(settings: Settings, url: str) -> bool:
    """Events never leave this machine, except for the address named at the start."""
    host = urlsplit(url).hostname
    named = settings.webhook_url
    return host in LOCAL_HOSTS or bool(named and urlsplit(named).hostname == host)


def _listeners(store: Store, settings: Settings, event: Json) -> list[Json]:
    return [
        endpoint
        for endpoint in endpoints(store, settings)
        if "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]
    ]


def queue_event(store: Store, settings: Settings, event: Json, mode: WebhookMode) -> None:
    wanted = _listeners(store, settings, event)
    event["pending_webhooks"] = len(wanted)
    name = mode.take(event["type"]) if wanted else "normal"
    for endpoint in wanted:
        for _ in range(2 if name == "double" else 1):
            _queue(store, settings, event, endpoint, name, mode.delay_for(name))


def queue_again(store: Store, settings: Settings, event: Json) -> None:
    """Send an event to its endpoints once more, as the Dashboard's Resend does."""
    for endpoint in _listeners(store, settings, event):
        _queue(store, settings, event, endpoint)


def _queue(
    store: Store,
    settings: Settings,
    event: Json,
    endpoint: Json,
    mode: str = "normal",
    delay: float = 0.0,
) -> None:
    state = "dropped" if mode == "drop" else "pending"
    if not is_local(settings, endpoint["url"]):
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
    store.put("delivery", delivery)


def due(store: Store) -> list[Json]:
    at = time.time()
    ready = [d for d in store.all("delivery") if d["state"] == "pending" and d["due"] <= at]
    return sorted(ready, key=lambda delivery: float(delivery["due"]))


def message(
    store: Store, settings: Settings, delivery: Json, other_version: str
) -> tuple[bytes, str]:
    """Body and signature header of one attempt, in the endpoint's API version."""
    event = copy.deepcopy(store.find("event", delivery["event"]) or {})
    endpoint = store.find("webhook_endpoint", delivery["endpoint"]) or {}
    other = delivery["mode"] == "other_version"
    body = payload(event, other_version if other else endpoint.get("api_version"))
    wrong = delivery["mode"] == "wrong_secret"
    secret = (
        "whsec_not_the_right_one" if wrong else secret_of(store, settings, delivery["endpoint"])
    )
    return body, signature(body, secret)


def record(store: Store, settings: Settings, delivery: Json, answer: str, ok: bool) -> None:
    delivery["attempts"] += 1
    delivery["answer"] = answer
    delays = settings.retry_delays
    if ok:
        delivery["state"] = "delivered"
        event = store.find("event", delivery["event"])
        if event and event["pending_webhooks"]:
            event["pending_webhooks"] -= 1
            store.put("event", event)
    elif delivery["attempts"] > len(delays):
        delivery["state"] = "failed"
    else:
        delivery["due"] = time.time() + delays[delivery["attempts"] - 1]
    store.put("delivery", delivery)
