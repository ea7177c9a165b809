"""The life of a payment: tried, declined, authorized, captured, processing, expired."""

from sandbox.stripe import disputes
from sandbox.stripe.cards import find_card
from sandbox.stripe.charge_objects import new_charge
from sandbox.stripe.errors import Refused
from sandbox.stripe.ids import new_id
from sandbox.stripe.methods import METHODS
from sandbox.stripe.objects import Payer, new_intent
from sandbox.stripe.store import Json
from sandbox.stripe.world import World


def intent_for(world: World, session: Json) -> Json:
    """The session's payment intent, made when the customer first tries to pay."""
    plan = world.need("plan", session["id"])
    found = world.store.find("payment_intent", plan["intent"])
    if found:
        return found
    intent = world.store.put("payment_intent", new_intent(session, plan["params"], world.now()))
    plan["intent"] = intent["id"]
    world.store.put("plan", plan)
    world.emit("payment_intent.created", intent)
    return intent


def can_authorize(intent: Json, method: str) -> bool:
    if not METHODS[method].authorization_days:
        return False
    chosen = intent["payment_method_options"].get(method, {}).get("capture_method")
    return bool((chosen or intent["capture_method"]) == "manual")


def ask_for_authentication(world: World, intent: Json) -> None:
    intent |= {"status": "requires_action", "last_payment_error": None}
    intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    world.emit("payment_intent.requires_action", world.store.put("payment_intent", intent))


def decline(world: World, intent: Json, payer: Payer, refusal: tuple[str, str | None, str]) -> None:
    code, decline_code, text = refusal
    charge = new_charge(intent, payer, world.now(), authenticated=False)
    charge |= {"paid": False, "status": "failed", "failure_code": code, "failure_message": text}
    charge["outcome"] |= {
        "network_status": "declined_by_network",
        "reason": decline_code or code,
        "seller_message": "The bank did not approve the charge.",
        "type": "issuer_declined",
    }
    world.store.put("charge", charge)
    error = {"type": "card_error", "code": code, "message": text, "charge": charge["id"]}
    if decline_code:
        error["decline_code"] = decline_code
    intent |= {
        "status": "requires_payment_method",
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": error,
    }
    world.store.put("payment_intent", intent)
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def fail_authentication(world: World, intent: Json, payer: Payer) -> None:
    name = METHODS[payer.method].name
    words = f"The payment at {name} was cancelled."
    if payer.method == "card":
        words = "We are unable to authenticate your payment method."
    intent |= {"status": "requires_payment_method", "next_action": None}
    intent["last_payment_error"] = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": words,
    }
    world.emit("payment_intent.payment_failed", world.store.put("payment_intent", intent))


def accept(world: World, intent: Json, payer: Payer, *, authenticated: bool) -> Json:
    """The bank accepts: the payment is authorized, captured or processing."""
    charge = new_charge(intent, payer, world.now(), authenticated=authenticated)
    intent |= {
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "next_action": None,
        "last_payment_error": None,
    }
    world.store.put("charge", charge)
    world.store.put("paid_with", {"id": charge["id"], **payer.as_json()})
    if METHODS[payer.method].takes_days:
        _wait_for_bank(world, intent, charge)
    elif can_authorize(intent, payer.method):
        _authorize(world, intent, charge, METHODS[payer.method].authorization_days)
    else:
        take(world, intent, charge, intent["amount"])
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.succeeded", intent)
        after_capture(world, charge)
    return charge


def _authorize(world: World, intent: Json, charge: Json, days: int) -> None:
    ends = charge["created"] + days * 86400
    if "card" in charge["payment_method_details"]:
        charge["payment_method_details"]["card"]["capture_before"] = ends
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    world.store.put("hold", {"id": intent["id"], "ends": ends})
    world.store.put("charge", charge)
    world.store.put("payment_intent", intent)
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.amount_capturable_updated", intent)


def _wait_for_bank(world: World, intent: Json, charge: Json) -> None:
    charge |= {"status": "pending", "paid": False}
    intent["status"] = "processing"
    world.emit("charge.pending", world.store.put("charge", charge))
    world.emit("payment_intent.processing", world.store.put("payment_intent", intent))


def take(world: World, intent: Json, charge: Json, amount: int) -> None:
    charge |= {"captured": True, "amount_captured": amount, "paid": True, "status": "succeeded"}
    charge["balance_transaction"] = new_id("txn")
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    world.store.put("charge", charge)
    world.store.put("payment_intent", intent)


def capture(world: World, intent: Json, amount: int) -> None:
    """Take what is held; the rest, if any, goes back to the customer."""
    charge = world.need("charge", intent["latest_charge"])
    take(world, intent, charge, amount)
    if session := session_of(world, intent):
        session["payment_status"] = "paid"
        world.store.put("checkout.session", session)
    world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)
    after_capture(world, charge)


def capture_later(world: World, intent: Json) -> Json:
    """The bank has not confirmed the capture; `settle` says what became of it."""
    intent |= {"status": "processing", "amount_capturable": 0}
    world.emit("payment_intent.processing", world.store.put("payment_intent", intent))
    return intent


def after_capture(world: World, charge: Json) -> None:
    """What the special cards bring about once they have paid."""
    payer = world.store.find("paid_with", charge["id"])
    after = find_card(payer["number"]).after if payer and payer["method"] == "card" else None
    if after == "dispute":
        disputes.open_dispute(world, charge, "fraudulent")
    elif after == "warning":
        disputes.warn(world, charge)


def session_of(world: World, intent: Json) -> Json | None:
    found = (p for p in world.store.all("plan") if p["intent"] == intent["id"])
    plan = next(found, None)
    return world.store.find("checkout.session", plan["id"]) if plan else None


def expire_authorization(world: World, intent: Json) -> None:
    """Cancel an authorization that was not captured in time, as the bank does."""
    release(world, intent, "expired")
    world.emit("charge.expired", world.need("charge", intent["latest_charge"]))
    world.emit("payment_intent.canceled", intent)


def release(world: World, intent: Json, reason: str | None) -> None:
    charge = world.need("charge", intent["latest_charge"])
    charge |= {"refunded": True, "amount_refunded": charge["amount"]}
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": world.now(),
        "cancellation_reason": reason,
    }
    world.store.put("charge", charge)
    world.store.put("payment_intent", intent)


def settle(world: World, intent: Json, *, succeed: bool) -> None:
    """The bank answers a delayed method, days later."""
    if intent["status"] != "processing":
        raise Refused("Only a payment that is processing can be settled.")
    charge = world.need("charge", intent["latest_charge"])
    session = session_of(world, intent)
    if succeed and world.store.find("hold", intent["id"]):
        capture(world, intent, intent["amount"])
        return
    if succeed:
        take(world, intent, charge, intent["amount"])
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.succeeded", intent)
    else:
        text = "The bank returned the payment."
        charge |= {"status": "failed", "failure_code": "insufficient_funds"}
        charge["failure_message"] = text
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            **{"type": "invalid_request_error", "code": "payment_intent_payment_attempt_failed"},
            "message": text,
        }
        world.emit("charge.failed", world.store.put("charge", charge))
        world.emit("payment_intent.payment_failed", world.store.put("payment_intent", intent))
    if session:
        session["payment_status"] = "paid" if succeed else "unpaid"
        world.store.put("checkout.session", session)
        outcome = "succeeded" if succeed else "failed"
        world.emit(f"checkout.session.async_payment_{outcome}", session)
