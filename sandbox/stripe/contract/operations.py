"""The API's operations as the contract lists them: how to find one, and what it takes and gives."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.contract.stripe_schema import SPEC, Schema, coerce, errors, parse_form
from sandbox.stripe.errors import Refused

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    pattern: re.Pattern[str]
    takes: Schema
    gives: Schema


def _parameters_schema(spec: Schema) -> Schema:
    if "requestBody" in spec:
        schema: Schema = spec["requestBody"]["content"][FORM]["schema"]
        return schema
    query = {p["name"]: p["schema"] for p in spec["parameters"] if p["in"] == "query"}
    return {"type": "object", "properties": query, "additionalProperties": False}


def _operations() -> list[Operation]:
    return [
        Operation(
            name=spec["operationId"],
            method=method.upper(),
            pattern=re.compile(path.replace("{id}", "(?P<id>[^/]+)")),
            takes=_parameters_schema(spec),
            gives=spec["responses"]["200"]["content"]["application/json"]["schema"],
        )
        for path, methods in SPEC["paths"].items()
        for method, spec in methods.items()
    ]


OPERATIONS = _operations()


def find_operation(method: str, path: str) -> tuple[Operation, str] | None:
    for operation in OPERATIONS:
        match = operation.pattern.fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict().get("id", "")
    return None


def read_params(operation: Operation, raw: str) -> dict[str, Any]:
    """The parameters with their types, or Stripe's refusal of the first that does not fit."""
    params: dict[str, Any] = coerce(parse_form(raw), operation.takes)
    for error in errors(operation.takes, params):
        refused = _refusal(list(error.absolute_path), str(error.validator), error.message, error)
        refused.misuse = True
        raise refused
    return params


def _bracketed(path: list[Any]) -> str:
    return str(path[0]) + "".join(f"[{part}]" for part in path[1:]) if path else ""


def _refusal(path: list[Any], rule: str, message: str, error: Any) -> Refused:
    if rule == "additionalProperties":
        unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
        param = _bracketed([*path, unknown[0]])
        return Refused(f"Received unknown parameter: {param}", "parameter_unknown", param)
    if rule == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))
        param = _bracketed([*path, missing[0]])
        return Refused(f"Missing required param: {param}.", "parameter_missing", param)
    param = _bracketed(path)
    if rule == "type" and error.validator_value == "integer":
        text = f"Invalid integer: {error.instance}"
        return Refused(text, "parameter_invalid_integer", param)
    if rule == "enum":
        choices = ", ".join(map(str, error.validator_value))
        return Refused(f"Invalid {param}: must be one of {choices}", None, param)
    if error.instance == "":
        text = f"You passed an empty string for '{param}'."
        return Refused(text, "parameter_invalid_empty", param)
    return Refused(f"Invalid {param}: {message[:120]}", None, param)
