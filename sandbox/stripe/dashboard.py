"""The account's pages: payments, webhooks, and faults to switch on by hand."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from sandbox.stripe import trouble
from sandbox.stripe.controls import Controls
from sandbox.stripe.errors import Refused
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.ledger import delivery_row, payment_row
from sandbox.stripe.sessions import KIND
from sandbox.stripe.store import Json

SHOWN = 40


def blueprint(controls: Controls) -> Blueprint:
    pages = Blueprint("dashboard", __name__)
    world = controls.world

    @pages.get("/")
    def index() -> Response:
        return show("index.html", "index", KIND, lambda session: payment_row(world, session))

    @pages.get("/webhooks")
    def webhooks() -> Response:
        return show("webhooks.html", "webhooks", "delivery", delivery_row)

    @pages.get("/trouble")
    def make_trouble() -> Response:
        with world.working():
            context = {"waiting": trouble.waiting(world), "choices": trouble.CHOICES, "still": True}
            return make_response(render_template("trouble.html", **common(), **context))

    def show(template: str, page: str, kind: str, row: Callable[[Json], Json]) -> Response:
        """A page that looks again by itself every five seconds, unless it is asked not to."""
        still = "still" in request.args
        with world.working():
            expire_due(world)
            newest = reversed(world.store.all(kind)[-SHOWN:])
            context = {"rows": [row(item) for item in newest], "page": page, "still": still}
            response = make_response(render_template(template, **common(), **context))
        if not still:
            response.headers["Refresh"] = "5"
        return response

    def common() -> dict[str, Any]:
        return {
            "violations": [*world.violations, *world.misuses],
            "webhook_url": world.settings.webhook_url,
            "endpoints": list(world.store.all("webhook_endpoint")),
            "mode": world.webhook_mode.name,
            "ahead": world.skew(),
            "faults": len(trouble.waiting(world)),
        }

    @pages.post("/act/<action>/<object_id>")
    def act(action: str, object_id: str) -> Response:
        back = "dashboard.webhooks" if action == "resend" else "dashboard.index"
        return done(lambda: _act(controls, action, object_id), back)

    @pages.post("/trouble/<what>")
    def ask_for_trouble(what: str) -> Response:
        return done(lambda: trouble.make(controls, what, request.form), "dashboard.make_trouble")

    def done(work: Callable[[], None], back: str) -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return Response("Only from this page.\n", 403, mimetype="text/plain")
        try:
            work()
        except (Refused, ValueError) as refused:
            return Response(f"{refused}\n", 400, mimetype="text/plain")
        still: dict[str, Any] = {"still": 1} if "still" in request.form else {}
        return make_response(redirect(url_for(back, **still), 303))

    return pages


def _act(controls: Controls, action: str, object_id: str) -> None:
    actions: dict[str, Callable[[str], object]] = {
        "expire": controls.expire,
        "capture": controls.capture,
        "cancel": controls.cancel,
        "lapse": controls.expire_authorization,
        "arrive": controls.settle_delayed,
        "bounce": lambda payment: controls.settle_delayed(payment, succeed=False),
        "refund": controls.refund,
        "refund_half": controls.refund_half,
        "refund_arrives": controls.settle_refund,
        "refund_fails": lambda refund: controls.settle_refund(refund, "failed"),
        "refund_ends": lambda refund: controls.settle_refund(refund, "canceled"),
        "dispute": controls.dispute,
        "inquire": lambda payment: controls.dispute(payment, is_inquiry=True),
        "send_evidence": controls.send_evidence,
        "win": lambda dispute: controls.close_dispute(dispute, "won"),
        "lose": lambda dispute: controls.close_dispute(dispute, "lost"),
        "close_inquiry": lambda dispute: controls.close_dispute(dispute, "warning_closed"),
        "warn": controls.fraud_warning,
        "resend": controls.redeliver,
    }
    if action not in actions:
        raise Refused("There is no such button.")
    actions[action](object_id)
