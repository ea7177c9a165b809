"""The page: what was asked, and buttons for what may go wrong. The same over HTTP for programs."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from sandbox.supplier.faults import KINDS
from sandbox.supplier.world import World

SHOWN = 40
LICENCES = {"year": (365, True), "month": (30, True), "days": (5, True), "ended": (-1, False)}


def blueprint(world: World) -> Blueprint:
    pages = Blueprint("pages", __name__)
    controls: dict[str, Callable[..., None]] = {
        "fail": world.fail,
        "heal": world.heal,
        "licensed": world.licensed,
        "reset": world.reset,
    }

    @pages.get("/")
    def index() -> Response:
        with world.lock:
            context: dict[str, Any] = {
                "asked": world.asked[: -SHOWN - 1 : -1],
                "waiting": [(KINDS[fault.kind], fault.times) for fault in world.faults.waiting],
                "misuses": list(world.misuses),
                "licence": world.licence,
                "kinds": KINDS,
                "live": "live" in request.args,
            }
        response = make_response(render_template("index.html", **context))
        if context["live"]:  # not always: it would untick the box
            response.headers["Refresh"] = "5"
        return response

    @pages.post("/act")
    def act() -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return Response("Only from this page.\n", 403, mimetype="text/plain")
        form = request.form
        if form.get("kind") in KINDS:
            times = None if form.get("stays") else 1
            world.fail(form["kind"], times)
        elif form.get("licence") in LICENCES:
            world.licensed(*LICENCES[form["licence"]])
        else:
            world.heal()
        return make_response(redirect("/", 303))

    @pages.get("/_control/asked")
    def asked() -> Response:
        with world.lock:
            questions = [
                {"command": each.command, "model": each.model, "became": each.became}
                for each in world.asked
            ]
            return jsonify(asked=questions, misuses=world.misuses)

    @pages.post("/_control/<name>")
    def control(name: str) -> tuple[Response, int]:
        # Only JSON: a page in a browser cannot send it here without being asked first.
        arguments = request.get_json(silent=True)
        if name not in controls or not isinstance(arguments, dict):
            return jsonify(error=f"{', '.join(controls)}, with a JSON object"), 400
        try:
            controls[name](**arguments)
        except (TypeError, ValueError) as error:
            return jsonify(error=str(error)), 400
        return jsonify({}), 200

    @pages.get("/_health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    return pages
