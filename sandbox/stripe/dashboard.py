"""The index page: what became of every session, and of every webhook."""

import time
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request

from sandbox.stripe.controls import Controls
from sandbox.stripe.errors import Refused
from sandbox.stripe.lapses import let_lapse
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

SHOWN = 40


def blueprint(controls: Controls) -> Blueprint:
    pages = Blueprint("dashboard", __name__)
    world = controls.world

    @pages.get("/")
    def index() -> Response:
        with world.working():
            let_lapse(world)
            sessions = reversed(world.store.all("checkout.session")[-SHOWN:])
            sent = reversed(world.store.all("delivery")[-SHOWN:])
            context: dict[str, Any] = {
                "rows": [_row(world, session) for session in sessions],
                "deliveries": [_delivery(delivery) for delivery in sent],
                "violations": list(world.violations),
                "webhook_url": world.settings.webhook_url,
                "mode": world.webhook_mode.name,
                "ahead": world.skew(),
                "still": "still" in request.args,
            }
            response = make_response(render_template("index.html", **context))
        if not context["still"]:
            response.headers["Refresh"] = "5"
        return response

    @pages.post("/act/<action>/<session_id>")
    def act(action: str, session_id: str) -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return Response("Only from this page.\n", 403, mimetype="text/plain")
        try:
            _act(controls, action, session_id)
        except Refused as refused:
            return Response(f"{refused}\n", 400, mimetype="text/plain")
        return make_response(redirect("/", 303))

    return pages


def _act(controls: Controls, action: str, session_id: str) -> None:
    actions = {
        "lapse": lambda: controls.lapse_hold(session_id),
        "arrive": lambda: controls.settle_delayed(session_id),
        "bounce": lambda: controls.settle_delayed(session_id, succeed=False),
        "refund": lambda: controls.refund(session_id),
        "dispute": lambda: controls.dispute(session_id),
        "warn": lambda: controls.fraud_warning(session_id),
    }
    if action not in actions:
        raise Refused("There is no such button.")
    actions[action]()


def _row(world: World, session: Json) -> Json:
    plan = world.need("plan", session["id"])
    intent = world.store.find("payment_intent", plan["intent"])
    charge = world.store.find("charge", intent["latest_charge"]) if intent else None
    state = state_of(session, intent, charge)
    return {
        "id": session["id"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "what": ", ".join(item["description"] for item in plan["line_items"]),
        "reference": session["client_reference_id"],
        "email": (session["customer_details"] or {}).get("email") or session["customer_email"],
        "state": state,
        "intent": intent["id"] if intent else None,
        "at": _at(session["created"]),
        "error": (intent or {}).get("last_payment_error"),
        "buttons": BUTTONS.get(state, ()),
    }


BUTTONS = {
    "held": (("lapse", "Let the hold lapse"),),
    "processing": (("arrive", "Money arrives"), ("bounce", "Bank returns it")),
    "captured": (("refund", "Refund"), ("dispute", "Dispute"), ("warn", "Fraud warning")),
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
    words = {
        "requires_capture": "held",
        "succeeded": "captured",
        "canceled": "released",
        "processing": "processing",
    }
    return words.get(intent["status"], "failed")


def _delivery(delivery: Json) -> Json:
    return {**delivery, "at": _at(delivery["created"])}


def _at(seconds: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(seconds))
