"""Validate Stripe requests and objects against openapi-trimmed.json.

body = form_to_params(raw_body, "Checkout.SessionCreateParams")
problems("checkout.session", obj) -> [] or ["line_items/0/...: message"]
event_problems(event) also checks data.object against the schema of its event type.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]

SPEC: Schema = json.loads((Path(__file__).parent / "openapi-trimmed.json").read_text())
SCHEMAS: dict[str, Schema] = SPEC["components"]["schemas"]
API_VERSION: str = SPEC["info"]["version"]
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:stripe", Resource.from_contents(SPEC, default_specification=DRAFT202012)
)


@cache
def _compiled(schema_text: str) -> Draft202012Validator:
    schema = json.loads(schema_text.replace('"#/components', '"urn:stripe#/components'))
    return Draft202012Validator(schema, registry=REGISTRY)


def validator(schema: Schema) -> Draft202012Validator:
    return _compiled(json.dumps(schema))


def _leaf(error: ValidationError) -> ValidationError:
    """The deepest reason inside an anyOf (nullable objects are anyOf)."""
    while error.context:
        error = max(error.context, key=lambda e: (len(e.absolute_path), e.validator != "type"))
    return error


def errors(schema: Schema, value: object) -> Iterator[ValidationError]:
    for error in validator(schema).iter_errors(value):
        yield _leaf(error)


def schema_problems(schema: Schema, value: object) -> list[str]:
    return [
        "/".join(map(str, error.absolute_path)) + ": " + error.message[:200]
        for error in errors(schema, value)
    ]


def problems(name: str, value: object) -> list[str]:
    return schema_problems({"$ref": f"#/components/schemas/{name}"}, value)


def event_problems(event: dict[str, Any]) -> list[str]:
    found = problems("event", event)
    ref = SCHEMAS["event"]["x-data-object-by-type"].get(event.get("type"))
    if ref:
        inner = problems(ref.rsplit("/", 1)[1], event["data"]["object"])
        found += ["data.object/" + problem for problem in inner]
    return found


def parse_form(raw: str) -> dict[str, Any]:
    """Stripe's a[b][0][c]=d bodies as nested dicts and lists of strings."""
    root: dict[str, Any] = {}
    for key, value in parse_qsl(raw, keep_blank_values=True):
        _place(root, [key.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", key)], value)
    return {key: _with_lists(value) for key, value in root.items()}


def _place(root: dict[str, Any], parts: list[str], value: str) -> None:
    node = root
    for part in parts[:-1]:
        below = node.setdefault(part or str(len(node)), {})
        if not isinstance(below, dict):  # a=1&a[b]=2: the later form wins
            below = node[part] = {}
        node = below
    node[parts[-1] or str(len(node))] = value


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    node = {key: _with_lists(value) for key, value in node.items()}
    if node and all(key.isdigit() for key in node):
        return [node[key] for key in sorted(node, key=int)]
    return node


def _resolve(schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def coerce(value: Any, schema: Schema) -> Any:
    """Form values are strings: turn them into what the schema says, where they fit."""
    schema = _resolve(schema)
    if "allOf" in schema:
        return coerce(value, schema["allOf"][0])
    for option in schema.get("anyOf", []):
        candidate = coerce(value, option)
        if validator(option).is_valid(candidate):
            return candidate
    if isinstance(value, dict):
        extra = schema.get("additionalProperties")
        extra = extra if isinstance(extra, dict) else {}
        known = schema.get("properties", {})
        return {key: coerce(item, known.get(key, extra)) for key, item in value.items()}
    if isinstance(value, list):
        return [coerce(item, schema.get("items", {})) for item in value]
    return _coerce_text(value, schema.get("type") or [])


def _coerce_text(value: str, types: str | list[str]) -> str | int | float | bool:
    types = types if isinstance(types, list) else [types]
    if "integer" in types and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "number" in types and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if "boolean" in types and value in ("true", "false"):
        return value == "true"
    return value


def form_to_params(raw: str, name: str) -> dict[str, Any]:
    params: dict[str, Any] = coerce(parse_form(raw), SCHEMAS[name])
    return params
