"""Refunds, whole and in part, that succeed, wait or fail."""

from sandbox.stripe import limits, listing
from sandbox.stripe.errors import Refused
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.objects import nothing
from sandbox.stripe.store import Json
from sandbox.stripe.world import World

WAITING = ("pending", "requires_action")
OUTCOMES = ("succeeded", *WAITING, "failed", "balance_insufficient")


def create(world: World, _: str, params: Json) -> Json:
    charge = _charge(world, params)
    amount = _amount(charge, params)
    outcome = world.outcomes.next_refund(charge["payment_intent"])
    if outcome == "balance_insufficient":
        text = "Insufficient funds in your Stripe balance to refund this amount."
        raise Refused(text, "balance_insufficient", saved=True)
    refund = _new(world, charge, amount, "refund")
    refund["metadata"] = limits.check_metadata(params.get("metadata"))
    refund["reason"] = params.get("reason")
    if outcome == "pending":
        refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
    elif outcome == "requires_action":
        refund |= {"status": outcome, "next_action": {"type": "display_details"}}
    _book(charge, amount)
    world.store.put("charge", charge)
    world.store.put("refund", refund)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    if outcome == "failed":
        finish(world, refund, "failed")
    return refund


def _charge(world: World, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        text = "Exactly one of the following params must be given: `charge` or `payment_intent`."
        raise Refused(text, "parameter_missing", "charge")
    charge_id = params.get("charge")
    if charge_id is None:
        intent = world.need("payment_intent", params["payment_intent"], "payment_intent")
        charge_id = intent["latest_charge"]
    charge = world.store.find("charge", charge_id) if "charge" not in params else None
    charge = charge or world.need("charge", charge_id or "", "charge")
    if charge["refunded"]:
        text = f"Charge {charge['id']} has already been refunded."
        raise Refused(text, "charge_already_refunded", saved=True)
    if not charge["captured"]:
        text = f"Charge {charge['id']} has not been captured. Cancel its PaymentIntent instead."
        raise Refused(text, "charge_not_refundable", saved=True)
    if charge["disputed"] and not _refundable(world, charge):
        text = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise Refused(text, "charge_disputed", saved=True)
    return charge


def _refundable(world: World, charge: Json) -> bool:
    cases = [d for d in world.store.all("dispute") if d["charge"] == charge["id"]]
    return all(d["is_charge_refundable"] or d["status"] == "won" for d in cases)


def _amount(charge: Json, params: Json) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = int(params.get("amount", left))
    if amount < 1:
        raise Refused("Invalid positive integer", "parameter_invalid_integer", "amount")
    if amount > left:
        text = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Refused(text, None, "amount", saved=True)
    return amount


def _new(world: World, charge: Json, amount: int, kind: str) -> Json:
    refund: Json = {
        **nothing(
            "customer customer_account reason receipt_number source_transfer_reversal"
            " transfer_reversal"
        ),
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn") if charge["captured"] else None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "status": "succeeded",
    }
    if "card" in charge["payment_method_details"]:
        details = {"type": kind, "reference_status": "pending"}
        refund["destination_details"] = {"type": "card", "card": details}
    return refund


def _book(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]


def reverse(world: World, charge: Json) -> Json:
    """The entry that Stripe makes for an authorization that is released."""
    refund = world.store.put("refund", _new(world, charge, charge["amount"], "reversal"))
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def finish(world: World, refund: Json, outcome: str) -> Json:
    """A waiting refund arrives or is given up, or any fails, maybe weeks after it succeeded."""
    if refund["status"] not in (WAITING if outcome != "failed" else (*WAITING, "succeeded")):
        raise Refused(f"A refund that is {refund['status']} cannot become {outcome}.")
    charge = world.need("charge", refund["charge"])
    for name in ("pending_reason", "next_action"):
        refund.pop(name, None)
    refund["status"] = outcome
    if outcome in ("failed", "canceled"):
        why = "expired_or_canceled_card" if outcome == "failed" else "merchant_request"
        refund["failure_reason"] = why
        refund["failure_balance_transaction"] = f"txn_1{letters(23)}"
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        world.store.put("charge", charge)
    world.store.put("refund", refund)
    world.emit("refund.failed" if outcome == "failed" else "refund.updated", refund)
    world.emit("charge.refund.updated", refund)
    return refund


def retrieve(world: World, refund_id: str, _: Json) -> Json:
    return world.need("refund", refund_id, "refund")


def index(world: World, _: str, params: Json) -> Json:
    wanted = listing.of_payment(world, params)
    return listing.page(world, "refund", "/v1/refunds", params, wanted)
