"""Webhook endpoints and events, as the API shows them."""

from fnmatch import fnmatchcase

from sandbox.stripe import limits, listing
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

KIND = "webhook_endpoint"


def create(world: World, _: str, params: Json) -> Json:
    """The secret is shown in this one answer only.

    An endpoint for the address of the settings takes their secret, so that the shop which
    already knows it hears every event once.
    """
    limits.check_url(params["url"], "url")
    endpoint: Json = {
        "id": new_id("we"),
        "object": KIND,
        "api_version": params.get("api_version"),
        "application": None,
        "created": world.now(),
        "description": params.get("description") or None,
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": limits.check_metadata(params.get("metadata")),
        "status": "enabled",
        "url": params["url"],
    }
    same = params["url"] == world.settings.webhook_url
    secret = world.settings.webhook_secret if same else f"whsec_{letters(32)}"
    world.store.put("endpoint_secret", {"id": endpoint["id"], "secret": secret})
    world.store.put(KIND, endpoint)
    return {**endpoint, "secret": secret}


def update(world: World, endpoint_id: str, params: Json) -> Json:
    endpoint = world.need(KIND, endpoint_id, "webhook_endpoint")
    if "url" in params:
        limits.check_url(params["url"], "url")
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] |= limits.check_metadata(params.get("metadata"))
    return world.store.put(KIND, endpoint)


def index(world: World, _: str, params: Json) -> Json:
    return listing.page(world, KIND, "/v1/webhook_endpoints", params, lambda endpoint: True)


def retrieve_event(world: World, event_id: str, _: Json) -> Json:
    return world.need("event", event_id, "event")


def list_events(world: World, _: str, params: Json) -> Json:
    kinds = [params["type"]] if "type" in params else params.get("types", ["*"])
    delivered = params.get("delivery_success")

    def wanted(event: Json) -> bool:
        if not any(fnmatchcase(event["type"], kind) for kind in kinds):
            return False
        return delivered is None or delivered == (event["pending_webhooks"] == 0)

    return listing.page(world, "event", "/v1/events", params, wanted)
