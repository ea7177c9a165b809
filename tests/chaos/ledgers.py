"""Our books against Stripe's, to the cent and row by row.

Stripe's side is read from the stand-in itself, and nothing here uses the shop's own comparison
(`orders/payments/reconcile.py`), which may be wrong in the same way as the books.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from orders.models import (
    EVER_CAPTURED,
    Dispute,
    Order,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from sandbox.stripe import StripeStandIn
from sandbox.stripe.store import Json

CODE_IS_OUT = ("ready", "delivered")
COLUMNS = ("taken", "returned", "disputed")


@dataclass(frozen=True)
class Difference:
    order: str
    says: str

    def __str__(self) -> str:
        return f"{self.order}: {self.says}"


@dataclass
class Totals:
    """Minor units by currency and column; and how many rows were compared."""

    ours: Counter[tuple[str, str]] = field(default_factory=Counter)
    stripes: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


class Ledgers:
    """Both sides as they are now."""

    def __init__(self, stripe: StripeStandIn) -> None:
        theirs = stripe.books()
        self.sessions = by_id(theirs.get("checkout.session", []))
        self.intents = by_id(theirs.get("payment_intent", []))
        self.charges = by_id(theirs.get("charge", []))
        # what a released hold leaves behind is no refund
        returned = [r for r in theirs.get("refund", []) if self.charges[r["charge"]]["captured"]]
        self.refunds, self.disputes = by_id(returned), by_id(theirs.get("dispute", []))
        self.captures = Counter(
            event["data"]["object"]["id"]
            for event in theirs.get("event", [])
            if event["type"] == "charge.captured"
        )
        self.payments = {str(p.uuid): p for p in Payment.objects.select_related("order")}
        self.our_refunds = {
            r.stripe_id: r for r in Refund.objects.select_related("payment__order") if r.stripe_id
        }
        self.our_disputes = {
            d.stripe_id: d for d in Dispute.objects.select_related("payment__order")
        }
        self.totals = Totals()

    def compare(self) -> list[Difference]:
        return [
            *self._compare_payments(),
            *self._compare_refunds(),
            *self._compare_disputes(),
            *self._compare_sums(),
            *self._look_at_orders(),
        ]

    # ------------------------------------------------------------------ payments
    def charge_of(self, payment: Payment) -> Json | None:
        intent = self.intents.get(payment.intent_id)
        return self.charges.get(intent["latest_charge"] or "") if intent else None

    def _compare_payments(self) -> Iterator[Difference]:
        for session in self.sessions.values():
            if session["metadata"].get("payment") not in self.payments:
                yield Difference(session["client_reference_id"], "a session that we do not know")
        paid = {i["metadata"].get("payment"): i for i in self.intents.values()}
        for uuid, payment in self.payments.items():
            self.totals.rows["payments"] += 1
            ours = (payment.status in EVER_CAPTURED, payment.status == PaymentStatus.AUTHORIZED)
            intent = paid.get(uuid, {"status": "none", "amount_received": 0})
            theirs = (intent["status"] == "succeeded", intent["status"] == "requires_capture")
            number = payment.order.number
            if ours != theirs or payment.status == PaymentStatus.PROCESSING:
                yield Difference(number, f"payment {payment.status}, at Stripe {intent['status']}")
            if payment.amount_captured != intent["amount_received"]:
                at_stripe = f"{payment.amount_captured}, at Stripe {intent['amount_received']}"
                yield Difference(number, f"took {at_stripe}")
            if intent["status"] == "succeeded":
                yield from self._compare_charge(payment, self.charges[intent["latest_charge"]])

    def _compare_charge(self, payment: Payment, charge: Json) -> Iterator[Difference]:
        number = payment.order.number
        if payment.currency != charge["currency"]:
            yield Difference(number, f"{payment.currency}, at Stripe {charge['currency']}")
        if payment.amount_refunded != charge["amount_refunded"]:
            at_stripe = f"{payment.amount_refunded}, at Stripe {charge['amount_refunded']}"
            yield Difference(number, f"returned {at_stripe}")
        if self.captures[charge["id"]] > 1:
            yield Difference(number, "one payment was captured twice")

    # ------------------------------------------------------------------ refunds and disputes
    def _compare_refunds(self) -> Iterator[Difference]:
        for id in {*self.refunds, *self.our_refunds}:
            self.totals.rows["refunds"] += 1
            theirs, ours = self.refunds.get(id), self.our_refunds.get(id)
            if theirs is None or ours is None:
                yield Difference(self._number(ours, theirs), f"only one side has refund {id}")
                continue
            status = {"canceled": "cancelled"}.get(theirs["status"], theirs["status"])
            at_stripe = (theirs["amount"], theirs["currency"], status)
            if (ours.amount, ours.payment.currency, ours.status) != at_stripe:
                yield Difference(ours.order.number, f"refund {ours}, at Stripe {at_stripe}")
        succeeded = Refund.objects.filter(status=RefundStatus.SUCCEEDED, stripe_id=None)
        for refund in succeeded.select_related("payment__order"):
            yield Difference(refund.order.number, "a refund succeeded that Stripe does not know")

    def _compare_disputes(self) -> Iterator[Difference]:
        for id in {*self.disputes, *self.our_disputes}:
            self.totals.rows["disputes"] += 1
            theirs, ours = self.disputes.get(id), self.our_disputes.get(id)
            if theirs is None or ours is None:
                yield Difference(self._number(ours, theirs), f"only one side has dispute {id}")
                continue
            at_stripe = (theirs["amount"], theirs["currency"], theirs["status"])
            if (ours.amount, ours.currency, ours.status) != at_stripe:
                yield Difference(
                    ours.payment.order.number, f"dispute {ours}, at Stripe {at_stripe}"
                )

    def _number(self, ours: Refund | Dispute | None, theirs: Json | None) -> str:
        if ours:
            return ours.payment.order.number
        intent = self.intents[theirs["payment_intent"]] if theirs else {"metadata": {}}
        return str(intent["metadata"].get("order", "?"))

    # ------------------------------------------------------------------ sums
    def _compare_sums(self) -> Iterator[Difference]:
        for payment in self.payments.values():
            self._count(self.totals.ours, payment.currency, payment.amount_captured,
                        payment.amount_refunded)  # fmt: skip
        for charge in self.charges.values():
            if charge["captured"]:
                self._count(self.totals.stripes, charge["currency"], charge["amount_captured"],
                            charge["amount_refunded"])  # fmt: skip
        for ours in self.our_disputes.values():
            self.totals.ours[ours.currency, "disputed"] += ours.amount
        for theirs in self.disputes.values():
            self.totals.stripes[theirs["currency"], "disputed"] += theirs["amount"]
        for key in {*self.totals.ours, *self.totals.stripes}:
            if self.totals.ours[key] != self.totals.stripes[key]:
                yield Difference("all", f"{key}: the sums differ")

    @staticmethod
    def _count(sums: Counter[tuple[str, str]], currency: str, taken: int, returned: int) -> None:
        sums[currency, "taken"] += taken
        sums[currency, "returned"] += returned

    # ------------------------------------------------------------------ what a customer has of it
    def _look_at_orders(self) -> Iterator[Difference]:
        """No customer paid twice, or without a code or a refund; cards stay authorized only
        while staff look."""
        kept: dict[str, list[int]] = defaultdict(list)
        lost = {d["charge"] for d in self.disputes.values() if d["status"] == "lost"}
        for charge in self.charges.values():
            left = charge["amount_captured"] - charge["amount_refunded"]
            if charge["captured"] and left and charge["id"] not in lost:
                kept[charge["metadata"]["order"]].append(left)
        looked_at = set(Order.objects.filter(status="with_staff").values_list("number", flat=True))
        for intent in self.intents.values():
            is_authorized = intent["status"] == "requires_capture"
            if is_authorized and intent["metadata"]["order"] in looked_at:
                continue
            if is_authorized or intent["status"] == "processing":
                yield Difference(intent["metadata"]["order"], f"still {intent['status']}")
        for order in Order.objects.all():
            if len(kept[order.number]) > 1:
                yield Difference(order.number, "paid twice, and both were kept")
            if kept[order.number] and order.status not in CODE_IS_OUT:
                yield Difference(order.number, f"{order.status}, and money was kept")
            if any(left > order.price for left in kept[order.number]):
                yield Difference(order.number, "more was kept than the customer was shown")


def by_id(items: list[Json]) -> dict[str, Json]:
    return {item["id"]: item for item in items}
