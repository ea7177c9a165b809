"""Our rows against the stand-in's books, to the cent."""

from collections.abc import Iterator
from typing import Any

from orders.models import Dispute, Payment, Refund
from tests.steps.stripe import Stripe

# what a payment may be called with us, by the state of Stripe's payment intent
CALLED = {
    "requires_capture": {"held"},
    "processing": {"processing"},
    "canceled": {"cancelled", "failed", "expired"},
    "requires_payment_method": {"failed"},
    "succeeded": {"captured", "part_refunded", "refunded"},
}
RETURNED_IN_WORDS = {"canceled": "cancelled"}


def differences(stripe: Stripe) -> list[str]:
    """Nothing, once we have heard of everything and all work is done."""
    found = []
    for payment in Payment.objects.select_related("order"):
        found += [f"payment {payment.pk}: {text}" for text in _of_payment(stripe, payment)]
    ours = set(Refund.objects.exclude(stripe_id=None).values_list("stripe_id", "status", "amount"))
    theirs = {
        (each["id"], RETURNED_IN_WORDS.get(each["status"], each["status"]), each["amount"])
        for each in refunds(stripe)
    }
    found += [f"refund {each}" for each in sorted(ours ^ theirs)]
    known_here = set(Dispute.objects.values_list("stripe_id", "status", "amount"))
    known = {(d["id"], d["status"], d["amount"]) for d in stripe.world.store.all("dispute")}
    return found + [f"dispute {each}" for each in sorted(known_here ^ known)]


def _of_payment(stripe: Stripe, payment: Payment) -> Iterator[str]:
    intent = intent_of(stripe, payment)
    if intent is None or payment.status in ("open", "expired"):
        session = stripe.world.store.find("checkout.session", payment.session_id)
        if session and session["status"] == "complete":
            yield f"{payment.status}, but paid at Stripe"
        return
    if payment.status not in CALLED[intent["status"]]:
        yield f"{payment.status}, but {intent['status']} at Stripe"
    if payment.amount_captured != intent["amount_received"]:
        yield f"{payment.amount_captured} taken, but {intent['amount_received']} at Stripe"
    returned = sum(
        each["amount"]
        for each in refunds(stripe)
        if each["payment_intent"] == intent["id"] and each["status"] == "succeeded"
    )
    if payment.amount_refunded != returned:
        yield f"{payment.amount_refunded} returned, but {returned} at Stripe"
    receipts = sold_by_receipts(payment)
    if receipts not in (None, payment.amount_captured - payment.amount_refunded):
        yield f"{receipts} sold on paper, but {payment.amount_captured} less {returned} kept"


def sold_by_receipts(payment: Payment) -> int | None:
    """By receipt, credit notes and their cancellations. None without a receipt, and where money
    went back before the sale: if it comes to us again later, no paper says so."""
    receipts = list(payment.receipts.all())
    sold = [paper for paper in receipts if paper.is_receipt]
    if not sold or payment.refunds.filter(created_at__lte=sold[0].issued_at).exists():
        return None
    return sum(-each.amount if each.kind == "credit_note" else each.amount for each in receipts)


def intent_of(stripe: Stripe, payment: Payment) -> dict[str, Any] | None:
    plan = stripe.world.store.find("plan", payment.session_id) or {}
    found: dict[str, Any] | None = stripe.world.store.find("payment_intent", plan.get("intent"))
    return found


def refunds(stripe: Stripe) -> list[dict[str, Any]]:
    """Of money that was taken; Stripe lists holds that were released, too."""
    store = stripe.world.store
    taken = {charge["id"] for charge in store.all("charge") if charge["captured"]}
    return [refund for refund in store.all("refund") if refund["charge"] in taken]


def kept(stripe: Stripe, payment: Payment) -> int:
    """What we have of the customer's money, as Stripe counts."""
    intent = intent_of(stripe, payment)
    if intent is None:
        return 0
    gone = [each for each in refunds(stripe) if each["status"] == "succeeded"]
    gone += [d for d in stripe.world.store.all("dispute") if d["status"] == "lost"]
    returned: int = sum(each["amount"] for each in gone if each["payment_intent"] == intent["id"])
    return max(int(intent["amount_received"]) - returned, 0)
