"""Disputes, their evidence and end, and the bank's early fraud warnings."""

from sandbox.stripe import limits, listing
from sandbox.stripe.contract.stripe_schema import SCHEMAS
from sandbox.stripe.errors import Refused
from sandbox.stripe.ids import new_id
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

KIND = "dispute"
OPEN = ("needs_response", "warning_needs_response")


def open_dispute(
    world: World,
    charge: Json,
    reason: str,
    amount: int | None = None,
    *,
    is_inquiry: bool = False,
) -> Json:
    """The bank withdraws the money until it has decided; an inquiry only asks."""
    if not charge["captured"]:
        raise Refused("Only a captured charge can be disputed.")
    if any(d["charge"] == charge["id"] and is_open(d) for d in world.store.all(KIND)):
        raise Refused("This charge is disputed already.")
    if amount is not None and not 1 <= amount <= charge["amount_captured"]:
        raise Refused("A dispute is about what was captured, or a part of it.", None, "amount")
    names = SCHEMAS["dispute.Evidence"]["properties"]
    evidence: Json = dict.fromkeys(names)
    evidence["enhanced_evidence"] = {}
    evidence.pop("appeal", None)
    dispute: Json = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount or charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": world.now() + 9 * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": "manual",
        "is_charge_refundable": is_inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if is_inquiry else "needs_response",
    }
    charge["disputed"] = True
    world.store.put("charge", charge)
    world.store.put(KIND, dispute)
    world.emit("charge.dispute.created", dispute)
    if not is_inquiry:
        world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def is_open(dispute: Json) -> bool:
    return dispute["status"] in (*OPEN, "under_review", "warning_under_review")


def close(world: World, dispute: Json, outcome: str) -> Json:
    outcomes = ("warning_closed",) if dispute["is_charge_refundable"] else ("won", "lost")
    if outcome not in outcomes:
        raise Refused(f"It can only end as {' or '.join(outcomes)}.", None, "outcome")
    if not is_open(dispute):
        raise Refused(f"This dispute is {dispute['status']} already.")
    dispute["status"] = outcome
    world.emit("charge.dispute.closed", world.store.put(KIND, dispute))
    if outcome == "won":
        world.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def update(world: World, dispute_id: str, params: Json) -> Json:
    dispute = world.need(KIND, dispute_id, "dispute")
    if dispute["status"] not in OPEN:
        text = "This dispute is already closed or under review."
        raise Refused(text, None, "dispute", saved=True)
    evidence = params.get("evidence", {})
    dispute["evidence"] |= evidence
    dispute["metadata"] |= limits.check_metadata(params.get("metadata"))
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    # Stripe sends evidence to the bank at once unless it is asked to wait.
    if params.get("submit", bool(evidence)):
        details |= {"submission_count": 1, "submission_method": "manual"}
        is_inquiry = dispute["status"] == "warning_needs_response"
        dispute["status"] = "warning_under_review" if is_inquiry else "under_review"
    world.emit("charge.dispute.updated", world.store.put(KIND, dispute))
    return dispute


def warn(world: World, charge: Json) -> Json:
    warning = {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": not charge["disputed"] and not charge["refunded"],
        "charge": charge["id"],
        "created": world.now(),
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    world.store.put("radar.early_fraud_warning", warning)
    world.emit("radar.early_fraud_warning.created", warning)
    return warning


def retrieve(world: World, dispute_id: str, _: Json) -> Json:
    return world.need(KIND, dispute_id, "dispute")


def index(world: World, _: str, params: Json) -> Json:
    return listing.page(world, KIND, "/v1/disputes", params, listing.of_payment(world, params))
