"""Payment intents and charges in the API: retrieve, capture, cancel."""

from sandbox.stripe import limits, payments, refunds
from sandbox.stripe.cards import Card, find_card
from sandbox.stripe.errors import Refused, unexpected_state
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_action")


def retrieve(world: World, intent_id: str, _: Json) -> Json:
    return world.need("payment_intent", intent_id, "intent")


def retrieve_charge(world: World, charge_id: str, _: Json) -> Json:
    return world.need("charge", charge_id, "charge")


def capture(world: World, intent_id: str, params: Json) -> Json:
    intent = world.need("payment_intent", intent_id, "intent")
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            "This PaymentIntent could not be captured because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
            " captured: requires_capture.",
            intent,
        )
    capturable: int = intent["amount_capturable"]
    amount: int = params.get("amount_to_capture", capturable)
    if not 1 <= amount <= capturable:
        text = (
            f"The payment intent amount_to_capture ({amount}) must be between 1 and"
            f" amount_capturable ({capturable})."
        )
        raise Refused(text, "amount_too_large", "amount_to_capture", saved=True)
    charge = world.need("charge", intent["latest_charge"])
    outcome = world.outcomes.next_capture()
    if outcome == "processing":
        return payments.capture_later(world, intent)
    _refuse_if_asked(world, intent, charge, outcome)
    intent["metadata"] |= limits.check_metadata(params.get("metadata"))
    payments.capture(world, intent, amount)
    return intent


def _refuse_if_asked(world: World, intent: Json, charge: Json, outcome: str | None) -> None:
    payer = world.store.find("paid_with", charge["id"])
    card: Card | None = find_card(payer["number"]) if payer else None
    if outcome == "expired":
        payments.expire_authorization(world, intent)
        raise Refused(
            "This charge's authorization has expired. It can't be captured any more.",
            "charge_expired_for_capture",
            saved=True,
            charge=charge["id"],
        )
    by_card = card is not None and charge["id"].startswith("ch_") and card.capture_refused
    if outcome or by_card:
        error = {"code": "card_declined", "decline_code": "generic_decline"}
        text = "Your card was declined."
        intent["last_payment_error"] = {**error, "type": "card_error", "message": text}
        world.store.put("payment_intent", intent)
        raise Refused(
            text,
            "card_declined",
            status=402,
            kind="card_error",
            saved=True,
            decline_code="generic_decline",
            charge=charge["id"],
            payment_intent=dict(intent),
        )


def cancel(world: World, intent_id: str, params: Json) -> Json:
    intent = world.need("payment_intent", intent_id, "intent")
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
            " canceled: requires_payment_method, requires_capture, requires_reauthorization,"
            " requires_confirmation, requires_action, processing.",
            intent,
        )
    is_authorized = intent["status"] == "requires_capture"
    if not is_authorized:
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it belongs to an open Checkout Session."
            " Expire the Checkout Session instead.",
            intent,
        )
    payments.release(world, intent, params.get("cancellation_reason"))
    charge = world.need("charge", intent["latest_charge"])
    # Stripe books a released hold as a reversal, which its lists of refunds show.
    refunds.reverse(world, charge)
    world.emit("payment_intent.canceled", intent)
    return intent
