"""Payments with their refunds and disputes, as rows with buttons."""

import time

from sandbox.stripe import disputes, refunds
from sandbox.stripe.methods import METHODS
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

Buttons = tuple[tuple[str, str], ...]

OPEN: Buttons = (("expire", "Let the page expire"),)
BUTTONS: dict[str, Buttons] = {
    "open": OPEN,
    "declined": OPEN,
    "held": (
        ("capture", "Capture"),
        ("cancel", "Cancel"),
        ("lapse", "Let the hold lapse"),
        ("warn", "Fraud warning"),
    ),
    "processing": (("arrive", "Money arrives"), ("bounce", "Bank returns it")),
    "captured": (
        ("refund", "Refund"),
        ("refund_half", "Refund half"),
        ("dispute", "Dispute"),
        ("inquire", "Inquiry"),
        ("warn", "Fraud warning"),
    ),
    "part refunded": (("refund", "Refund the rest"), ("dispute", "Dispute")),
}
WORDS = {
    "requires_capture": "held",
    "succeeded": "captured",
    "canceled": "released",
    "processing": "processing",
}


def payment_row(world: World, session: Json) -> Json:
    plan = world.need("plan", session["id"])
    intent = world.store.find("payment_intent", plan["intent"])
    charge = world.store.find("charge", intent["latest_charge"]) if intent else None
    state = state_of(session, intent, charge)
    method = charge["payment_method_details"]["type"] if charge else ""
    return {
        "id": session["id"],
        "amount": session["amount_total"],
        "tax": session["total_details"]["amount_tax"],
        "currency": session["currency"],
        "what": ", ".join(item["description"] for item in plan["line_items"]),
        "reference": session["client_reference_id"],
        "email": (session["customer_details"] or {}).get("email") or session["customer_email"],
        "country": ((session["customer_details"] or {}).get("address") or {}).get("country"),
        "method": METHODS[method].name if method else "",
        "state": state,
        "can_be_paid": state in ("open", "declined"),
        "intent": intent["id"] if intent else None,
        "at": at(session["created"]),
        "error": (intent or {}).get("last_payment_error"),
        "buttons": BUTTONS.get(state, ()),
        "parts": _parts(world, charge) if charge else [],
    }


def state_of(session: Json, intent: Json | None, charge: Json | None) -> str:
    """One word for where the money is."""
    if session["status"] != "complete" or intent is None or charge is None:
        declined = session["status"] == "open" and intent and intent["last_payment_error"]
        return "declined" if declined else str(session["status"])
    if charge["disputed"]:
        return "disputed"
    if charge["captured"] and charge["amount_refunded"]:
        return "refunded" if charge["refunded"] else "part refunded"
    return WORDS.get(intent["status"], "failed")


def _parts(world: World, charge: Json) -> list[Json]:
    """Refunds and disputes, oldest first; what a released hold leaves behind is neither."""
    found: list[Json] = []
    for refund in world.store.all("refund"):
        if refund["charge"] == charge["id"] and charge["captured"]:
            found.append(_part("Refund", refund, _refund_buttons(refund)))
    for dispute in world.store.all(disputes.KIND):
        if dispute["charge"] == charge["id"]:
            found.append(_part("Dispute", dispute, _dispute_buttons(dispute)))
    return sorted(found, key=lambda part: int(part["created"]))


def _part(name: str, item: Json, buttons: Buttons) -> Json:
    names = ("id", "amount", "currency", "status", "created")
    return {"name": name, "buttons": buttons, **{key: item[key] for key in names}}


def _refund_buttons(refund: Json) -> Buttons:
    if refund["status"] in refunds.WAITING:
        return (
            ("refund_arrives", "It arrives"),
            ("refund_fails", "It fails"),
            ("refund_ends", "It is given up"),
        )
    return (("refund_fails", "The bank sends it back"),) if refund["status"] == "succeeded" else ()


def _dispute_buttons(dispute: Json) -> Buttons:
    if not disputes.is_open(dispute):
        return ()
    evidence = (("send_evidence", "Send evidence"),) if dispute["status"] in disputes.OPEN else ()
    if dispute["is_charge_refundable"]:
        return (*evidence, ("close_inquiry", "Close the inquiry"))
    return (*evidence, ("win", "The shop wins"), ("lose", "The customer wins"))


def delivery_row(delivery: Json) -> Json:
    return {**delivery, "at": at(delivery["created"])}


def at(seconds: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(seconds))
