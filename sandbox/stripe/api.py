"""The API under /v1: authentication, idempotency, faults, and the contract on both sides."""

import base64
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from flask import Blueprint, Request, Response, request

from sandbox.stripe import disputes, endpoints, idempotency, intents, refunds, sessions
from sandbox.stripe.contract.operations import Operation, find_operation, read_params
from sandbox.stripe.contract.stripe_schema import API_VERSION, problems, schema_problems
from sandbox.stripe.errors import Refused
from sandbox.stripe.expiry import expire_due
from sandbox.stripe.faults import Fault
from sandbox.stripe.ids import new_id
from sandbox.stripe.listing import expand
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

Handler = Callable[[World, str, Json], Json]

HANDLERS: dict[str, Handler] = {
    "PostCheckoutSessions": sessions.create,
    "GetCheckoutSessions": sessions.index,
    "GetCheckoutSessionsSession": sessions.retrieve,
    "PostCheckoutSessionsSessionExpire": sessions.expire,
    "GetCheckoutSessionsSessionLineItems": sessions.line_items,
    "GetPaymentIntentsIntent": intents.retrieve,
    "PostPaymentIntentsIntentCapture": intents.capture,
    "PostPaymentIntentsIntentCancel": intents.cancel,
    "GetChargesCharge": intents.retrieve_charge,
    "PostRefunds": refunds.create,
    "GetRefunds": refunds.index,
    "GetRefundsRefund": refunds.retrieve,
    "GetDisputes": disputes.index,
    "GetDisputesDispute": disputes.retrieve,
    "PostDisputesDispute": disputes.update,
    "PostWebhookEndpoints": endpoints.create,
    "GetWebhookEndpoints": endpoints.index,
    "PostWebhookEndpointsEndpoint": endpoints.update,
    "GetEvents": endpoints.list_events,
    "GetEventsId": endpoints.retrieve_event,
}


@dataclass
class Answer:
    status: int
    body: str
    saved: bool = True
    headers: dict[str, str] = field(default_factory=dict)


def blueprint(world: World) -> Blueprint:
    api = Blueprint("api", __name__)
    in_flight = idempotency.InFlight()

    @api.route("/v1/<path:_>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def v1(_: str) -> Response:
        asked = request.method, request.path, _sent_text(request)
        with world.lock:
            fault, delay = world.faults.take(*asked), world.delays.take(*asked)
        if fault and fault.kind == "down":
            return hang_up(request)
        if fault and fault.kind == "502":
            return Response("<h1>502 Bad Gateway</h1>", 502, mimetype="text/html")
        request_id = new_id("req")
        answer = _answer(world, in_flight, request_id, fault, delay)
        _wait(world, "late", fault, delay)
        if fault and fault.kind in ("lost", "timeout"):
            if fault.kind == "timeout":
                world.stopping.wait(fault.seconds)
            return hang_up(request)
        headers = {
            "Request-Id": request_id,
            "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION),
            **answer.headers,
        }
        if key := request.headers.get("Idempotency-Key"):
            headers["Idempotency-Key"] = key
        return Response(answer.body, answer.status, headers, "application/json")

    return api


def _wait(world: World, kind: str, *faults: Fault | None) -> None:
    world.stopping.wait(sum(each.seconds for each in faults if each and each.kind == kind))


def _sent_text(asked: Request) -> str:
    key = asked.headers.get("Idempotency-Key", "")
    return f"{asked.full_path} {key} {unquote_plus(asked.get_data(as_text=True))}"


def hang_up(broken: Request) -> Response:
    """Close the connection under the answer, so that the caller never gets one."""
    connection: socket.socket = broken.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _answer(
    world: World,
    in_flight: idempotency.InFlight,
    request_id: str,
    fault: Fault | None,
    delay: Fault | None,
) -> Answer:
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    try:
        operation, object_id, params = _understand(world, request)
        if key:
            in_flight.begin(key)
        try:
            _wait(world, "slow", fault, delay)
            with world.working():
                return _once(world, operation, object_id, params, key, request_id, fault)
        finally:
            if key:
                in_flight.end(key)
    except Refused as refused:
        return _error(world, refused, request_id)


def _understand(world: World, asked: Request) -> tuple[Operation, str, Json]:
    _authenticate(asked, world.settings.api_key)
    found = find_operation(asked.method, asked.path)
    if found is None or found[0].name not in HANDLERS:
        text = f"Unrecognized request URL ({asked.method}: {asked.path})."
        raise Refused(text, status=404, misuse=True)
    raw = asked.query_string if asked.method == "GET" else asked.get_data()
    return *found, read_params(found[0], raw.decode("utf-8", "replace"))


def _authenticate(asked: Request, api_key: str) -> None:
    scheme, _, value = asked.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            value = base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            value = ""
    if not value:
        raise Refused("You did not provide an API key.", status=401)
    if value != api_key:
        shown = f"{value[:8]}{'*' * 12}{value[-4:]}" if len(value) > 16 else "*" * 12
        raise Refused(f"Invalid API Key provided: {shown}", status=401)


def _once(
    world: World,
    operation: Operation,
    object_id: str,
    params: Json,
    key: str,
    request_id: str,
    fault: Fault | None,
) -> Answer:
    to = f"{request.method} {request.path}"
    if key:
        old = idempotency.saved_answer(world, key, request.method, request.path, params)
        if old:
            replayed = {"Idempotent-Replayed": "true", "Original-Request": old["request"]}
            return Answer(old["status"], old["body"], headers=_with_retry(old["status"], replayed))
    world.caused_by = {"id": request_id, "idempotency_key": key or None}
    try:
        answer = _work(world, operation, object_id, params, request_id, fault)
    finally:
        world.caused_by = {"id": None, "idempotency_key": None}
    if key and answer.saved:
        idempotency.save_answer(world, key, to, params, answer.status, answer.body, request_id)
    return answer


def _work(
    world: World,
    operation: Operation,
    object_id: str,
    params: Json,
    request_id: str,
    fault: Fault | None,
) -> Answer:
    kind = fault.kind if fault else ""
    try:
        if kind == "429":
            text = "Request rate limit exceeded."
            raise Refused(text, "rate_limit", status=429)
        if kind == "500":
            raise _broken()
        expire_due(world)
        result = HANDLERS[operation.name](world, object_id, params)
        result = expand(world, result, params.get("expand", []))
        body = json.dumps(result, indent=2)
        if world.settings.strict and (operation.name, body) not in world.valid:
            found = schema_problems(operation.gives, result)
            world.check(operation.name, found)
            if not found:
                world.valid.add((operation.name, body))
        if kind == "500_after":
            raise _broken()
    except Refused as refused:
        return _error(world, refused, request_id)
    return Answer(200, body)


def _broken() -> Refused:
    text = "An unknown error occurred on our end. Please try again."
    return Refused(text, status=500, kind="api_error", saved=True)


def _with_retry(status: int, headers: dict[str, str]) -> dict[str, str]:
    # Stripe asks its clients not to repeat what would only be replayed.
    return {**headers, "Stripe-Should-Retry": "false"} if status == 500 else headers


def _error(world: World, refused: Refused, request_id: str) -> Answer:
    if refused.misuse:
        with world.lock:
            world.misuses.append(f"{request.method} {request.path}: {refused}")
    body = refused.body(request_id)
    if world.settings.strict:
        world.check(f"error {refused}", problems("error", body))
    text = json.dumps(body, indent=2)
    return Answer(refused.status, text, refused.saved, _with_retry(refused.status, {}))
