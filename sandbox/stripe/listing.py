"""Lists with cursors, and the expansion of ids into objects."""

from collections.abc import Callable
from typing import Any

from sandbox.stripe.errors import Refused
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

EXPANDABLE = {"payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge"}


def page(world: World, kind: str, url: str, params: Json, wanted: Callable[[Json], bool]) -> Json:
    """Newest first, as Stripe lists."""
    items = [item for item in reversed(world.store.all(kind)) if wanted(item)]
    return cut(world, kind, items, url, params)


def of_payment(world: World, params: Json) -> Callable[[Json], bool]:
    """The filter of lists that may be asked for one charge or payment intent, which must exist."""
    names = [name for name in ("charge", "payment_intent") if name in params]
    for name in names:
        world.need(name, params[name], name)
    return lambda item: all(item[name] == params[name] for name in names)


def cut(world: World, kind: str, items: list[Json], url: str, params: Json) -> Json:
    items = [item for item in items if _created_fits(item, params.get("created"))]
    ids = [item["id"] for item in items]
    limit = _limit(params)
    first, last = 0, len(items)
    if after := params.get("starting_after"):
        first = _position(ids, after, "starting_after") + 1
    if before := params.get("ending_before"):
        last = _position(ids, before, "ending_before")
        first = max(first, last - limit)
    shown = items[first:last][:limit]
    more = first > 0 if before and not after else first + len(shown) < last
    return {"object": "list", "data": shown, "has_more": more, "url": url}


def _limit(params: Json) -> int:
    limit = int(params.get("limit", 10))
    if not 1 <= limit <= 100:
        raise Refused("Invalid limit: must be between 1 and 100", None, "limit")
    return limit


def _position(ids: list[str], object_id: str, param: str) -> int:
    if object_id not in ids:
        raise Refused(f"No such object: '{object_id}'", "resource_missing", param)
    return ids.index(object_id)


def _created_fits(item: Json, span: Any) -> bool:
    if span is None:
        return True
    at = int(item["created"])
    if not isinstance(span, dict):
        return at == int(span)
    return bool(
        at > span.get("gt", at - 1)
        and at >= span.get("gte", at)
        and at < span.get("lt", at + 1)
        and at <= span.get("lte", at)
    )


def expand(world: World, item: Json, paths: list[str]) -> Json:
    """A copy of the object with what the paths name put in place of ids."""
    grown = dict(item)
    for path in paths:
        if path.count(".") > 3:
            raise Refused("You cannot expand more than 4 levels of a property.", None, "expand")
        _grow(world, grown, path.split("."), path)
    return grown


def _grow(world: World, item: Json, steps: list[str], path: str) -> None:
    step, rest = steps[0], steps[1:]
    if step == "data" and item.get("object") == "list":
        item["data"] = [dict(row) for row in item["data"]]
        for row in item["data"]:
            if rest:
                _grow(world, row, rest, path)
        return
    if item.get("object") == "checkout.session" and step == "line_items":
        item[step] = line_items(world, item["id"], {})
    elif item.get("object") == "charge" and step == "refunds":
        item[step] = refunds_of(world, item["id"])
    elif step in EXPANDABLE and step in item:
        if isinstance(item[step], str):
            item[step] = dict(world.need(EXPANDABLE[step], item[step]))
    elif step not in item or item[step] is not None:
        raise Refused(f"This property cannot be expanded ({path}).", None, "expand")
    if rest and item[step] is not None:
        _grow(world, item[step], rest, path)


def line_items(world: World, session_id: str, params: Json) -> Json:
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    items = world.need("plan", session_id)["line_items"]
    return cut(world, "line_item", items, url, params)


def refunds_of(world: World, charge_id: str) -> Json:
    url = f"/v1/charges/{charge_id}/refunds"
    return page(world, "refund", url, {}, lambda refund: bool(refund["charge"] == charge_id))
