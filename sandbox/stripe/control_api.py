"""The controls over HTTP, for processes that do not share our memory."""

from flask import Blueprint, Response, jsonify, request

from sandbox.stripe.controls import Controls
from sandbox.stripe.errors import Refused

NAMES = frozenset(name for name in vars(Controls) if name[0] != "_" and name != "books")


def blueprint(controls: Controls) -> Blueprint:
    control = Blueprint("control", __name__)

    @control.get("/_control/books")
    def books() -> Response:
        return jsonify(
            {
                **controls.books(),
                "violations": controls.world.violations,
                "misuses": controls.world.misuses,
            }
        )

    @control.post("/_control/<name>")
    def act(name: str) -> tuple[Response, int]:
        if name not in NAMES:
            return jsonify(error=f"no such control; there are: {', '.join(sorted(NAMES))}"), 404
        # Only JSON: a page in a browser cannot send it here without being asked first.
        arguments = request.get_json(silent=True)
        if not isinstance(arguments, dict):
            return jsonify(error="send the arguments as a JSON object"), 400
        try:
            return jsonify(getattr(controls, name)(**arguments)), 200
        except (TypeError, ValueError, Refused) as error:
            return jsonify(error=str(error)), 400

    return control
