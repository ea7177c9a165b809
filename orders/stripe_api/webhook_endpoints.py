"""Webhook endpoints of the Stripe account: list, create, change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings

from orders.stripe_api.client import client, translated_errors


@dataclass(frozen=True)
class WebhookEndpoint:
    """`secret` is only there when the endpoint was just created."""

    id: str
    url: str
    events: frozenset[str]
    api_version: str
    is_enabled: bool
    secret: str = field(default="", repr=False)


def list_webhook_endpoints() -> list[WebhookEndpoint]:
    with translated_errors():
        page = client().v1.webhook_endpoints.list({"limit": 100})
        return [_read(endpoint.to_dict()) for endpoint in page.auto_paging_iter()]


def create_webhook_endpoint(url: str, events: Iterable[str]) -> WebhookEndpoint:
    with translated_errors():
        endpoint = client().v1.webhook_endpoints.create(
            {
                "url": url,
                "enabled_events": cast(Any, sorted(events)),
                "api_version": cast(Any, settings.STRIPE_API_VERSION),
            }
        )
    return _read(endpoint.to_dict())


def set_webhook_events(endpoint_id: str, events: Iterable[str]) -> WebhookEndpoint:
    """Set the events and enable the endpoint. Its API version is fixed when it is created."""
    with translated_errors():
        endpoint = client().v1.webhook_endpoints.update(
            endpoint_id, {"enabled_events": cast(Any, sorted(events)), "disabled": False}
        )
    return _read(endpoint.to_dict())


def disable_webhook_endpoint(endpoint_id: str) -> None:
    with translated_errors():
        client().v1.webhook_endpoints.update(endpoint_id, {"disabled": True})


def _read(endpoint: dict[str, Any]) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=endpoint["id"],
        url=endpoint["url"],
        events=frozenset(endpoint["enabled_events"]),
        api_version=endpoint.get("api_version") or "",
        is_enabled=endpoint.get("status") == "enabled",
        secret=endpoint.get("secret") or "",
    )
