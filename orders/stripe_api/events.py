"""Verifies the events that Stripe sends to the webhook."""

import json
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings

from orders.stripe_api.client import id_of

# raised while reading a body that is not JSON, or not an event
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
LONGEST_ID = 255
THIN = "v2.core.event"


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
    outcome: str = ""


def verify_event(body: bytes, signature: str) -> Event | None:
    """Return the event of a call signed with any of our secrets, None for a thin event.

    Thin events are those of Stripe's API v2, to which the shop does not subscribe. Raises
    BadEventError.
    """
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(
                text, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
            event = json.loads(text)
            return None if event["object"] == THIN else _event(event)
        except (stripe.SignatureVerificationError, *UNREADABLE):
            continue
    raise BadEventError


def _event(event: dict[str, Any]) -> Event:
    subject = event["data"]["object"]
    if not 0 < len(event["id"]) <= LONGEST_ID:
        raise ValueError
    return Event(
        id=_text(event["id"]),
        type=_text(event["type"]),
        api_version=_text(event.get("api_version") or ""),
        is_live=bool(event.get("livemode")),
        object_id=_text(subject.get("id") or ""),
        intent_id=_text(id_of(subject.get("payment_intent"))),
        payment_uuid=_text((subject.get("metadata") or {}).get("payment", "")),
        outcome=_text(subject.get("closed_reason") or subject.get("reason") or ""),
    )


def _text(value: object) -> str:
    """Return the text; raise TypeError or ValueError if no column can store it."""
    if not isinstance(value, str):
        raise TypeError
    if "\0" in value:
        raise ValueError
    value.encode()  # lone surrogates
    return value
