"""Checkout sessions and the payments they lead to: create, read, expire, capture, cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from orders.stripe_api.client import client, translated_errors

WITH_PAYMENT = "payment_intent.latest_charge"  # what a session is read with


@dataclass(frozen=True)
class CreatedSession:
    id: str
    url: str


@dataclass(frozen=True)
class ReadSession:
    """A checkout session and its payment, as they are at Stripe now.

    `amount` is in minor units. `intent_status`, `method` and `country` are empty until the customer
    has tried to pay. `fingerprint` is the same for all payments by one card or bank account.
    `amount_tax` is None where Stripe does not calculate it. Several shops may
    share a Stripe account: `is_of_this_shop` compares the return address. `url` is empty once the
    session takes no payment. `is_in_review`: Radar asked for a review, open or closed;
    `is_called_fraud`: Stripe or staff have reported the charge as fraud.
    """

    id: str
    url: str
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
    authorization_ends_at: datetime | None
    method: str
    fingerprint: str
    country: str
    amount_tax: int | None
    amount_refunded: int
    is_of_this_shop: bool
    is_in_review: bool = False
    is_called_fraud: bool = False


def create_session(
    params: Mapping[str, Any], idempotency_key: str, *, interactive: bool = False
) -> CreatedSession:
    with translated_errors():
        session = client(interactive=interactive).v1.checkout.sessions.create(
            _in_one_order(dict(params)), {"idempotency_key": f"create-{idempotency_key}"}
        )
    return CreatedSession(id=session.id, url=session.url or "")


def read_session(session_id: str, *, interactive: bool = False) -> ReadSession:
    with translated_errors():
        session = client(interactive=interactive).v1.checkout.sessions.retrieve(
            session_id, {"expand": [WITH_PAYMENT]}
        )
    return session_of(session.to_dict())


def expire_session(session_id: str, *, interactive: bool = False) -> None:
    """Raises StripeRefusedError if the session was completed or had expired: read it then."""
    with translated_errors():
        client(interactive=interactive).v1.checkout.sessions.expire(session_id)


def payment_uuid_of(intent_id: str) -> str:
    """Return the uuid of our payment that a payment intent belongs to, or ""."""
    with translated_errors():
        intent = client().v1.payment_intents.retrieve(intent_id)
    return str((intent.to_dict().get("metadata") or {}).get("payment", ""))


def capture(intent_id: str, idempotency_key: str) -> int:
    """Capture the whole authorization; returns the captured amount in minor units.

    It is 0 while Stripe has not confirmed the capture: read the session later.
    """
    with translated_errors():
        intent = client().v1.payment_intents.capture(
            intent_id, None, {"idempotency_key": f"capture-{idempotency_key}"}
        )
    return intent.amount_received if intent.status == "succeeded" else 0


def cancel(intent_id: str, idempotency_key: str) -> None:
    """Release the authorization."""
    with translated_errors():
        client().v1.payment_intents.cancel(
            intent_id, None, {"idempotency_key": f"cancel-{idempotency_key}"}
        )


def session_of(session: dict[str, Any]) -> ReadSession:
    intent = session.get("payment_intent") or {}
    if isinstance(intent, str):  # not expanded
        intent = {"id": intent}
    return ReadSession(
        id=session["id"],
        url=session.get("url") or "",
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
        authorization_ends_at=_authorization_ends_at(intent),
        method=_paid_with(intent).get("type") or "",
        fingerprint=_fingerprint(intent),
        country=_country(session),
        amount_tax=_amount_tax(session),
        amount_refunded=_charge(intent).get("amount_refunded") or 0,
        is_of_this_shop=(session.get("success_url") or "").startswith(f"{settings.SITE_URL}/"),
        is_in_review=_is_in_review(_charge(intent)),
        is_called_fraud="fraudulent" in (_charge(intent).get("fraud_details") or {}).values(),
    )


def _in_one_order(value: Any) -> Any:
    """Sort all keys: a repeated request under one key is the same bytes.

    The database, where parameters are stored after the first request, does not keep their order.
    """
    if isinstance(value, dict):
        return {key: _in_one_order(value[key]) for key in sorted(value)}
    return [_in_one_order(each) for each in value] if isinstance(value, list) else value


def _charge(intent: dict[str, Any]) -> dict[str, Any]:
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, dict) else {}


def _is_in_review(charge: dict[str, Any]) -> bool:
    outcome = charge.get("outcome") or {}
    return outcome.get("type") == "manual_review" or bool(charge.get("review"))


def _paid_with(intent: dict[str, Any]) -> dict[str, Any]:
    return _charge(intent).get("payment_method_details") or {}


def _authorization_ends_at(intent: dict[str, Any]) -> datetime | None:
    """Return when a card authorization ends; Stripe does not say it for other methods."""
    moment = (_paid_with(intent).get("card") or {}).get("capture_before")
    return datetime.fromtimestamp(moment, UTC) if moment else None


def _fingerprint(intent: dict[str, Any]) -> str:
    """Return Stripe's id of the card or bank account; other methods have none."""
    paid_with = _paid_with(intent)
    return (paid_with.get(paid_with.get("type") or "") or {}).get("fingerprint") or ""


def _country(session: dict[str, Any]) -> str:
    details = session.get("customer_details") or {}
    return (details.get("address") or {}).get("country") or ""


def _amount_tax(session: dict[str, Any]) -> int | None:
    if (session.get("automatic_tax") or {}).get("status") != "complete":
        return None  # not enabled, or it could not be calculated
    return (session.get("total_details") or {}).get("amount_tax")
