"""A mail provider for tests: Postmark's API as its documentation shows it, and its webhooks.

https://postmarkapp.com/developer/api/email-api and /developer/webhooks/bounce-webhook
"""

import base64
import time
import uuid
from typing import Any

from django.test import Client
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.server import HttpServer

SECRET = "mails:of-the-tests-which-nobody-guesses"
INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: "
    "{to}.\nInactive recipients are ones that have generated a hard bounce or a spam complaint."
)


class Postmark:
    def __init__(self) -> None:
        app = Flask(__name__, static_folder=None)
        app.post("/email")(self._send)
        self._server = HttpServer(app)
        self.taken: list[dict[str, Any]] = []
        self.trouble: tuple[int, int] | None = None  # HTTP status, and Postmark's own code
        self.silent = 0.0  # seconds before it answers

    def __enter__(self) -> "Postmark":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return self._server.url

    def _send(self) -> ResponseReturnValue:
        mail = request.get_json()
        time.sleep(self.silent)
        if self.trouble:
            status, code = self.trouble
            message = INACTIVE if code == 406 else "No to {to}."
            return jsonify(ErrorCode=code, Message=message.format(to=mail["To"])), status
        self.taken.append(mail | {"MessageID": str(uuid.uuid4())})
        return jsonify(
            To=mail["To"], SubmittedAt="2026-11-22T12:00:00Z", ErrorCode=0, Message="OK",
            MessageID=self.taken[-1]["MessageID"],
        )  # fmt: skip


def send_event(event: dict[str, Any], *, secret: str = SECRET, provider: str = "postmark") -> int:
    """Postmark's webhook, as it calls the shop. Returns the shop's answer."""
    signed = base64.b64encode(secret.encode()).decode()
    response = Client().post(
        f"/mail/webhook/{provider}/", event, content_type="application/json",
        headers={"Authorization": f"Basic {signed}"},
    )  # fmt: skip
    return response.status_code


def bounce(mail: dict[str, Any], type: str = "HardBounce") -> dict[str, Any]:
    return {
        "RecordType": "Bounce", "Type": type, "ID": 42, "MessageID": mail["MessageID"],
        "Metadata": mail.get("Metadata", {}), "Email": mail["To"], "From": mail["From"],
        "BouncedAt": "2026-11-22T12:00:05Z", "Name": "Hard bounce", "Inactive": True,
        "Description": f"The server was unable to deliver your message to {mail['To']}.",
        "Details": f"550 5.1.1 <{mail['To']}> user unknown",
    }  # fmt: skip


def complaint(mail: dict[str, Any]) -> dict[str, Any]:
    return bounce(mail, "SpamComplaint") | {"RecordType": "SpamComplaint"}
