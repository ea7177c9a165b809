"""What Stripe tells us by its webhook."""

from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings

from orders.stripe_api.client import id_of


class BadEventError(Exception):
    """Not an event that Stripe signed for us."""


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    api_version: str
    is_live: bool
    object_id: str
    intent_id: str
    payment_uuid: str


def verify_event(body: bytes, signature: str) -> Event:
    """The event of a webhook call signed with any of our secrets. Raises BadEventError."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            event = stripe.Webhook.construct_event(body, signature, secret)
            return _event(event.to_dict())
        except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, TypeError):
            continue
    raise BadEventError


def _event(event: dict[str, Any]) -> Event:
    subject = event["data"]["object"]
    return Event(
        id=event["id"],
        type=event["type"],
        api_version=event.get("api_version") or "",
        is_live=bool(event.get("livemode")),
        object_id=subject.get("id") or "",
        intent_id=id_of(subject.get("payment_intent")),
        payment_uuid=(subject.get("metadata") or {}).get("payment", ""),
    )
