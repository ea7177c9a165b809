"""The only importer of stripe: create a session, read it, capture, cancel, verify an event.

What Stripe answers leaves here as small frozen values of ours, so that nothing else depends on the
shape of Stripe's objects, and as errors that tell the caller what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import stripe
from django.conf import settings


class StripeTroubleError(Exception):
    """Stripe could not be asked, or did not know what to say: try again with the same key."""


class StripeBrokenError(StripeTroubleError):
    """Stripe answered that it failed. It says the same again to the same key: take a new one."""


class StripeRefusedError(Exception):
    """Stripe understood and said no. `code` is Stripe's own, such as card_declined."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadEventError(Exception):
    """Not an event that Stripe signed for us."""


@dataclass(frozen=True)
class CreatedSession:
    id: str
    url: str


@dataclass(frozen=True)
class ReadSession:
    """A checkout session and what became of its payment, as Stripe tells it now.

    `amount` is in minor units. `intent_status` is empty until the customer has tried to pay.
    """

    id: str
    mode: str
    is_live: bool
    status: str
    payment_status: str
    amount: int | None
    currency: str
    reference: str
    payment_uuid: str
    intent_id: str
    intent_status: str
    amount_received: int
    hold_ends_at: datetime | None


@dataclass(frozen=True)
class Event:
    id: str
    type: str
    api_version: str
    is_live: bool
    object_id: str
    intent_id: str
    payment_uuid: str


@lru_cache(maxsize=4)
def _client(key: str, base: str, timeout: tuple[int, int], retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
        base_addresses={"api": base},
    )


def client(*, hurried: bool = False) -> stripe.StripeClient:
    """`hurried` is for a page that a customer waits for: five seconds, no retries."""
    timeout, retries = ((5, 5), 0) if hurried else ((5, 20), 2)
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, timeout, retries)


def create_session(
    params: Mapping[str, Any], idempotency_key: str, *, hurried: bool = False
) -> CreatedSession:
    with translated_errors():
        session = client(hurried=hurried).v1.checkout.sessions.create(
            cast(Any, dict(params)), {"idempotency_key": f"create-{idempotency_key}"}
        )
    return CreatedSession(id=session.id, url=session.url or "")


def read_session(session_id: str, *, hurried: bool = False) -> ReadSession:
    with translated_errors():
        session = client(hurried=hurried).v1.checkout.sessions.retrieve(
            session_id, {"expand": ["payment_intent.latest_charge"]}
        )
    return _read(session.to_dict())


def expire_session(session_id: str, *, hurried: bool = False) -> None:
    """Raises StripeRefusedError if it was completed or had expired already: read it then."""
    with translated_errors():
        client(hurried=hurried).v1.checkout.sessions.expire(session_id)


def capture(intent_id: str, idempotency_key: str) -> int:
    """Take what is held, all of it; returns the amount taken in minor units."""
    with translated_errors():
        intent = client().v1.payment_intents.capture(
            intent_id, None, {"idempotency_key": f"capture-{idempotency_key}"}
        )
    return intent.amount_received


def cancel(intent_id: str, idempotency_key: str) -> None:
    """Release what is held."""
    with translated_errors():
        client().v1.payment_intents.cancel(
            intent_id, None, {"idempotency_key": f"cancel-{idempotency_key}"}
        )


def verify_event(body: bytes, signature: str) -> Event:
    """The event of a webhook call signed with any of our secrets. Raises BadEventError."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            event = stripe.Webhook.construct_event(body, signature, secret)
            return _event(event.to_dict())
        except (stripe.SignatureVerificationError, ValueError, AttributeError, KeyError, TypeError):
            continue
    raise BadEventError


# ------------------------------------------------------------------ Stripe's shapes into ours
def _read(session: dict[str, Any]) -> ReadSession:
    intent = session.get("payment_intent") or {}
    if isinstance(intent, str):  # not expanded
        intent = {"id": intent}
    return ReadSession(
        id=session["id"],
        mode=session.get("mode") or "",
        is_live=bool(session.get("livemode")),
        status=session.get("status") or "",
        payment_status=session.get("payment_status") or "",
        amount=session.get("amount_total"),
        currency=session.get("currency") or "",
        reference=session.get("client_reference_id") or "",
        payment_uuid=(session.get("metadata") or {}).get("payment", ""),
        intent_id=intent.get("id") or "",
        intent_status=intent.get("status") or "",
        amount_received=intent.get("amount_received") or 0,
        hold_ends_at=_hold_ends_at(intent),
    )


def _hold_ends_at(intent: dict[str, Any]) -> datetime | None:
    """Stripe tells it for cards only."""
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict):
        return None
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    moment = card.get("capture_before")
    return datetime.fromtimestamp(moment, UTC) if moment else None


def _event(event: dict[str, Any]) -> Event:
    subject = event["data"]["object"]
    return Event(
        id=event["id"],
        type=event["type"],
        api_version=event.get("api_version") or "",
        is_live=bool(event.get("livemode")),
        object_id=subject.get("id") or "",
        intent_id=_id_of(subject.get("payment_intent")),
        payment_uuid=(subject.get("metadata") or {}).get("payment", ""),
    )


def _id_of(value: object) -> str:
    """Stripe gives an object's id, or the object, or null."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return value if isinstance(value, str) else ""


class translated_errors:  # noqa: N801  (reads as a statement)
    """Stripe's errors into those that a caller can act on. Their texts are dropped: they may
    quote what was sent."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
            raise StripeRefusedError(error.code or "refused") from None
        if isinstance(error, stripe.StripeError) and (error.http_status or 0) >= 500:
            raise StripeBrokenError(type(error).__name__) from None
        if isinstance(error, stripe.StripeError):
            raise StripeTroubleError(type(error).__name__) from None
