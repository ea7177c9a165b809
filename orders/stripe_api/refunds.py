"""Refunds: create, read, list."""

from dataclasses import dataclass
from typing import Any

from orders.stripe_api.client import client, id_of, translated_errors


@dataclass(frozen=True)
class ReadRefund:
    """`amount` is in minor units. `row` is the id of our row, empty for a refund made in Stripe's
    Dashboard."""

    id: str
    intent_id: str
    status: str
    amount: int
    currency: str
    pending_reason: str
    failure: str
    row: str


def create_refund(intent_id: str, amount: int, row: int, idempotency_key: str) -> ReadRefund:
    with translated_errors():
        refund = client().v1.refunds.create(
            {"payment_intent": intent_id, "amount": amount, "metadata": {"refund": str(row)}},
            {"idempotency_key": f"refund-{idempotency_key}"},
        )
    return refund_of(refund.to_dict())


def read_refund(refund_id: str) -> ReadRefund:
    with translated_errors():
        refund = client().v1.refunds.retrieve(refund_id)
    return refund_of(refund.to_dict())


def list_refunds(intent_id: str) -> list[ReadRefund]:
    """List all refunds of a payment, oldest first."""
    with translated_errors():
        page = client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        refunds = [refund_of(refund.to_dict()) for refund in page.auto_paging_iter()]
    return refunds[::-1]


def refund_of(refund: dict[str, Any]) -> ReadRefund:
    return ReadRefund(
        id=refund["id"],
        intent_id=id_of(refund.get("payment_intent")),
        status=refund.get("status") or "",
        amount=refund["amount"],
        currency=refund["currency"],
        pending_reason=refund.get("pending_reason") or "",
        failure=refund.get("failure_reason") or "",
        row=(refund.get("metadata") or {}).get("refund", ""),
    )
