"""Disputes: read one, send evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from orders.stripe_api.client import client, id_of, translated_errors


@dataclass(frozen=True)
class ReadDispute:
    """`status` and `reason` are Stripe's words. `evidence_due_at` is None where no evidence is
    accepted."""

    id: str
    intent_id: str
    status: str
    reason: str
    amount: int
    currency: str
    opened_at: datetime
    evidence_due_at: datetime | None
    submissions: int


def read_dispute(dispute_id: str, *, interactive: bool = False) -> ReadDispute:
    with translated_errors():
        dispute = client(interactive=interactive).v1.disputes.retrieve(dispute_id)
    return dispute_of(dispute.to_dict())


def send_evidence(
    dispute_id: str, evidence: Mapping[str, str], idempotency_key: str, *, interactive: bool = False
) -> ReadDispute:
    """Submit evidence to the bank. It is final: Stripe passes it on only once."""
    with translated_errors():
        dispute = client(interactive=interactive).v1.disputes.update(
            dispute_id,
            {"evidence": cast(Any, dict(evidence)), "submit": True},
            {"idempotency_key": f"evidence-{idempotency_key}"},
        )
    return dispute_of(dispute.to_dict())


def dispute_of(dispute: dict[str, Any]) -> ReadDispute:
    details = dispute.get("evidence_details") or {}
    due_by = details.get("due_by")
    return ReadDispute(
        id=dispute["id"],
        intent_id=id_of(dispute.get("payment_intent")),
        status=dispute.get("status") or "",
        reason=dispute.get("reason") or "",
        amount=dispute["amount"],
        currency=dispute["currency"],
        opened_at=datetime.fromtimestamp(dispute["created"], UTC),
        evidence_due_at=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        submissions=details.get("submission_count") or 0,
    )
