"""What ends by the clock: open sessions and authorizations without a capture."""

from sandbox.stripe import payments, sessions
from sandbox.stripe.store import Json
from sandbox.stripe.world import World


def expire_due(world: World) -> None:
    now = world.now()
    for session in world.store.all(sessions.KIND):
        if session["status"] == "open" and world.need("plan", session["id"])["ends"] <= now:
            sessions.end(world, session)
    for intent in world.store.all("payment_intent"):
        if intent["status"] == "requires_capture" and _authorization_ends(world, intent) <= now:
            payments.expire_authorization(world, intent)


def _authorization_ends(world: World, intent: Json) -> int:
    row = world.store.find("hold", intent["id"])
    return int(row["ends"]) if row else 0
