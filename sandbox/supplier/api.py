"""The API: login, calc, info and list, with the supplier's own names and error numbers."""

import json
import socket
from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, request

from sandbox.supplier.faults import Fault
from sandbox.supplier.radios import FORBIDDEN, MODELS, RadioModel
from sandbox.supplier.world import Asked, World

PATH = "/api/radio-code-calculator/v1"
Json = dict[str, object]

SUCCESS, WRONG_COMMAND, WRONG_MODEL, SERIAL_LENGTH, SERIAL_PATTERN, NOT_SUPPORTED = 0, 2, 3, 4, 5, 6
WRONG_LICENCE = 100


def blueprint(world: World) -> Blueprint:
    api = Blueprint("api", __name__)

    @api.route(PATH, methods=["GET", "POST"])
    def answer() -> Response:
        form = request.form
        if request.method != "POST" or request.query_string:
            world.note_misuse("asked otherwise than by a form in the body")
        command, model = form.get("command", ""), form.get("radio_model", "")
        fault = world.take_fault(command)
        reply = _reply(world, form, fault)
        became = (
            fault.kind if fault else f"error {reply['error']}" if reply["error"] else "answered"
        )
        world.note(Asked(command, model, form.get("serial", ""), became))
        return _sent(world, reply, fault)

    return api


# ------------------------------------------------------------------ the answer
def _reply(world: World, form: Mapping[str, str], fault: Fault | None) -> Json:
    kind = fault.kind if fault else ""
    if form.get("key") != world.api_key or kind == "licence":
        return {"error": WRONG_LICENCE}
    command, name = form.get("command"), form.get("radio_model", "")
    if command == "login":
        return {"error": SUCCESS, "license": _licence(world)}
    if command == "list":
        found = {name: model.as_json() for name, model in MODELS.items()}
        return {"error": SUCCESS, "supportedRadioModels": found}
    if command not in ("info", "calc"):
        world.note_misuse(f"unknown command {command}")
        return {"error": WRONG_COMMAND}
    model = MODELS.get(name)
    if model is None or name == FORBIDDEN:
        world.note_misuse(f"asked for the model {name}")
        return {"error": WRONG_MODEL}
    if command == "info":
        return {"error": SUCCESS} | model.as_json()
    return _calculated(world, model, form.get("serial", ""), kind)


def _licence(world: World) -> Json:
    licence = world.licence
    return {
        "activationStatus": licence.is_active,
        "userName": "Encore Demo Shop",
        "type": licence.type,
        "expirationDate": licence.ends_on.isoformat(),
    }


def _calculated(world: World, model: RadioModel, serial: str, kind: str) -> Json:
    if not world.licence.is_active:
        return {"error": WRONG_LICENCE}
    if len(serial) != model.length:
        return {"error": SERIAL_LENGTH, "serialMaxLen": model.length}
    if not model.fits(serial):
        return {"error": SERIAL_PATTERN, "serialRegexPattern": {"python": model.pattern}}
    if not model.knows(serial):
        return {"error": NOT_SUPPORTED}
    return {"error": SUCCESS, "code": _spoilt(model, serial, kind)}


def _spoilt(model: RadioModel, serial: str, kind: str) -> object:
    code = model.made_up_code(serial)
    spoilt: dict[str, object] = {
        "number": int(code) if code.isdecimal() else code,
        "wrong_length": code + "7",
        "wrong_alphabet": "AB" + code[2:],
        "placeholder": "0000",
        "other_code": model.made_up_code(serial, take=2),
    }
    return spoilt.get(kind, code)


# ------------------------------------------------------------------ on its way
def _sent(world: World, reply: Json, fault: Fault | None) -> Response:
    text = json.dumps(reply)
    match fault:
        case Fault(kind="slow", seconds=seconds):
            world.stopping.wait(seconds)
        case Fault(kind="drip", seconds=seconds):
            return Response(_dripping(world, text, seconds), mimetype="application/json")
        case Fault(kind="down"):
            return _hang_up()
        case Fault(kind="429", seconds=seconds):
            return Response("Too many requests\n", 429, {"Retry-After": f"{seconds:.0f}"})
        case Fault(kind="429_no_year"):
            no_year = "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"
            return Response("Too many requests\n", 429, {"Retry-After": no_year})
        case Fault(kind="500"):
            return Response("<h1>Internal Server Error</h1>", 500)
        case Fault(kind="html"):
            return Response("<!DOCTYPE html><title>Down for maintenance</title>")
        case Fault(kind="cut"):
            text = text[: len(text) // 2]
        case Fault(kind="huge"):
            text = json.dumps(reply | {"more": "x" * 1_000_000})
        case Fault(kind="redirect"):
            return Response(status=302, headers={"Location": "https://elsewhere.example/"})
    return Response(text, mimetype="application/json")


def _dripping(world: World, text: str, seconds: float) -> Iterator[str]:
    for char in text:
        yield char
        if world.stopping.wait(seconds):
            return


def _hang_up() -> Response:
    """Close the connection under the answer, so that the caller never gets one."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)
