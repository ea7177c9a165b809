"""Checkout sessions: create, expire, list."""

import copy
import time
from typing import Any

from sandbox.stripe import limits, listing, money, tax
from sandbox.stripe.errors import Refused
from sandbox.stripe.ids import new_id
from sandbox.stripe.objects import new_session, nothing
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

HALF_HOUR, DAY = 30 * 60, 24 * 60 * 60
KIND = "checkout.session"
# What Stripe knows besides is refused, rather than taken and forgotten.
KNOWN = frozenset(
    (
        "adaptive_pricing", "allow_promotion_codes", "allowed_payment_method_types",
        "automatic_tax", "billing_address_collection", "cancel_url", "client_reference_id",
        "consent_collection", "custom_text", "customer_creation", "customer_email",
        "excluded_payment_method_types", "expand", "expires_at", "integration_identifier",
        "line_items", "locale", "metadata", "mode", "origin_context", "payment_intent_data",
        "payment_method_options", "submit_type", "success_url", "ui_mode",
    )
)  # fmt: skip


def create(world: World, _: str, params: Json) -> Json:
    params = copy.deepcopy(params)
    _check(params)
    items = [_line_item(item, i, world.now()) for i, item in enumerate(params["line_items"])]
    amount, currency = _total(items)
    params["expires_at"], ends = _expiry(world, params.get("expires_at"))
    session = new_session(params, amount, currency, world.now(), world.settings.public_url)
    if not session["payment_method_types"]:
        text = "No valid payment method types for this Checkout Session."
        raise Refused(text, None, "allowed_payment_method_types")
    plan = {"id": session["id"], "params": params, "line_items": items, "ends": ends}
    world.store.put("plan", {**plan, "intent": None, "pending": None, "payer": None})
    return world.store.put(KIND, session)


def _check(params: Json) -> None:
    if params.get("mode") != "payment":
        raise Refused("This stand-in knows only `mode=payment`.", None, "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refused("This stand-in knows only `ui_mode=hosted_page`.", None, "ui_mode")
    if unknown := sorted(set(params) - KNOWN):
        raise Refused(f"This stand-in does not know `{unknown[0]}` yet.", None, unknown[0])
    for needed in ("line_items", "success_url"):
        if not params.get(needed):
            raise Refused(f"You must provide `{needed}`.", "parameter_missing", needed)
    for name in ("success_url", "cancel_url"):
        if name in params:
            limits.check_url(params[name], name)
    if "customer_email" in params:
        limits.check_email(params["customer_email"], "customer_email")
    limits.check_length(params.get("client_reference_id"), 200, "client_reference_id")
    params["metadata"] = limits.check_metadata(params.get("metadata", {}))
    data = params.setdefault("payment_intent_data", {})
    where = "payment_intent_data[metadata]"
    data["metadata"] = limits.check_metadata(data.get("metadata", {}), where)
    limits.check_length(data.get("description"), 1000, "payment_intent_data[description]")
    limits.check_length(data.get("statement_descriptor_suffix"), 22, "statement_descriptor_suffix")
    for place, text in params.get("custom_text", {}).items():
        if text:
            limits.check_length(text["message"], 1200, f"custom_text[{place}][message]")
    tax.check(params)


def _line_item(item: Json, index: int, now: int) -> Json:
    where = f"line_items[{index}]"
    if "price" in item:
        raise Refused(f"No such price: '{item['price']}'", "resource_missing", f"{where}[price]")
    data = item.get("price_data")
    if not data:
        raise Refused("You must specify either `price` or `price_data`.", None, where)
    amount, quantity = _unit_amount(data, where), _quantity(item, where)
    product = data.get("product_data")
    if not product:
        raise Refused("You must specify `product_data`.", None, f"{where}[price_data]")
    limits.check_length(product["name"], 5000, f"{where}[price_data][product_data][name]")
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount * quantity,
        "amount_tax": 0,
        "amount_total": amount * quantity,
        "currency": data["currency"].lower(),
        "description": product["name"],
        "metadata": limits.check_metadata(item.get("metadata", {}), f"{where}[metadata]"),
        "price": _price(data, amount, now),
        "quantity": quantity,
    }


def _unit_amount(data: Json, where: str) -> int:
    amount = data.get("unit_amount")
    if amount is None and str(data.get("unit_amount_decimal", "")).isdecimal():
        amount = int(data["unit_amount_decimal"])
    param = f"{where}[price_data][unit_amount]"
    if amount is None:
        raise Refused("You must specify `unit_amount`.", "parameter_missing", param)
    if amount < 0:
        raise Refused("This value must be at least 0.", "parameter_invalid_integer", param)
    return int(amount)


def _quantity(item: Json, where: str) -> int:
    quantity = item.get("quantity")
    if not isinstance(quantity, int) or quantity < 1:
        text = "Quantity is required and must be at least 1."
        raise Refused(text, "parameter_invalid_integer", f"{where}[quantity]")
    return quantity


def _price(data: Json, amount: int, now: int) -> Json:
    return {
        **nothing("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": data["currency"].lower(),
        "livemode": False,
        "metadata": {},
        "product": new_id("prod"),
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def _total(items: list[Json]) -> tuple[int, str]:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise Refused("All line items must have the same currency.", None, "line_items")
    amount, currency = sum(item["amount_total"] for item in items), currencies.pop()
    if amount < (least := money.smallest(currency)):
        text = f"The Checkout Session's total amount must be at least {least} {currency}."
        raise Refused(text, "amount_too_small")
    return amount, currency


def _expiry(world: World, asked: Any) -> tuple[int, int]:
    """The answer, by the stand-in's own clock, which may have been moved.

    A caller whose clock did not move along means the wall's time, so that one is tried as well.
    """
    if asked is None:
        return world.now() + DAY, world.now() + DAY
    for ahead in (0, world.skew()):
        if HALF_HOUR <= asked + ahead - world.now() <= DAY:
            return int(asked), int(asked) + ahead
    late = asked - int(time.time()) > DAY
    limit = "less than 24 hours" if late else "at least 30 minutes"
    text = f"The `expires_at` timestamp must be {limit} from Checkout Session creation."
    raise Refused(text, None, "expires_at")


def retrieve(world: World, session_id: str, _: Json) -> Json:
    return world.need(KIND, session_id, "session")


def index(world: World, _: str, params: Json) -> Json:
    def wanted(session: Json) -> bool:
        names = ("payment_intent", "status", "customer")
        return all(session[name] == params[name] for name in names if name in params)

    return listing.page(world, KIND, "/v1/checkout/sessions", params, wanted)


def line_items(world: World, session_id: str, params: Json) -> Json:
    world.need(KIND, session_id, "session")
    return listing.line_items(world, session_id, params)


def expire(world: World, session_id: str, _: Json) -> Json:
    session = world.need(KIND, session_id, "session")
    if session["status"] != "open":
        text = (
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session['status']}`."
        )
        raise Refused(text, None, saved=True)
    return end(world, session)


def end(world: World, session: Json) -> Json:
    """The session expires, and a payment intent that was tried in it is cancelled."""
    session["status"] = "expired"
    session["url"] = None
    world.store.put(KIND, session)
    plan = world.need("plan", session["id"])
    intent = world.store.find("payment_intent", plan["intent"])
    if intent and intent["status"] in ("requires_payment_method", "requires_action"):
        intent |= {"status": "canceled", "canceled_at": world.now(), "next_action": None}
        world.emit("payment_intent.canceled", world.store.put("payment_intent", intent))
    world.emit("checkout.session.expired", session)
    return session
