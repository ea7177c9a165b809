"""Answers kept for their idempotency key, for a day."""

from dataclasses import dataclass, field
from threading import Lock

from sandbox.stripe.errors import Refused
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

DAY = 24 * 60 * 60
KIND = "idempotency"


@dataclass
class InFlight:
    """Keys whose first request is still at work."""

    keys: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def begin(self, key: str) -> None:
        with self.lock:
            if key in self.keys:
                raise Refused(
                    "There is currently another in-progress request using this Idempotent Key"
                    f" (that probably means you submitted twice): {key}.",
                    "idempotency_key_in_use",
                    status=409,
                )
            self.keys.add(key)

    def end(self, key: str) -> None:
        with self.lock:
            self.keys.discard(key)


def saved_answer(world: World, key: str, method: str, path: str, params: Json) -> Json | None:
    if len(key) > 255:
        raise Refused("Idempotency keys can be at most 255 characters long.")
    row = world.store.find(KIND, key)
    if row is None:
        return None
    if world.now() - row["created"] > DAY:
        world.store.remove(KIND, key)
        return None
    if row["to"] != f"{method} {path}":
        raise _misused(key, "for the same endpoint they were first used for")
    if row["params"] != params:
        raise _misused(key, "with the same parameters they were first used with")
    return row


def _misused(key: str, how: str) -> Refused:
    text = (
        f"Keys for idempotent requests can only be used {how}. Try using a key other than"
        f" '{key}' if you meant to execute a different request."
    )
    return Refused(text, kind="idempotency_error", misuse=True)


def save_answer(
    world: World, key: str, to: str, params: Json, status: int, body: str, request: str
) -> None:
    row = {"id": key, "to": to, "params": params, "status": status, "body": body}
    world.store.put(KIND, {**row, "request": request, "created": world.now()})
