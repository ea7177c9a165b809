"""What we knew of a payment, and what happened at Stripe since then without a word to us."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models

from orders.models import (
    Code,
    Dispute,
    Email,
    History,
    Order,
    Payment,
    Receipt,
    Refund,
    StripeEvent,
)
from orders.payments.sync import sync_payment
from orders.tasks import handle_event
from tests.steps.factories import make_code_book_entry, make_staff
from tests.steps.payments import checked_out, paid
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import work_until_quiet

DECLINED = "4000000000000002"
PART = 500


# ------------------------------------------------------------------ what we knew
def opened(stripe: Stripe) -> Payment:
    """A page on which one card was declined, so that Stripe has a payment intent and a charge."""
    _order, payment = checked_out()
    stripe.pay(str(payment.session_id), card=DECLINED)
    return payment


def processing(stripe: Stripe) -> Payment:
    payment = opened(stripe)
    stripe.pay(str(payment.session_id), method="sepa_debit")
    return synced(payment)


def authorized(stripe: Stripe) -> Payment:
    order, payment = paid(stripe)
    work_until_quiet()
    return reread(payment)


def found(stripe: Stripe) -> Payment:
    """The code is there, the payment not yet captured."""
    payment = authorized(stripe)
    vera = make_staff()
    assert payment.order.open_for(vera, timedelta(minutes=15))
    assert payment.order.find("4307", "desk", by=vera)
    return reread(payment)


def captured(stripe: Stripe) -> Payment:
    make_code_book_entry()
    return authorized(stripe)


def part_refunded(stripe: Stripe) -> Payment:
    payment = captured(stripe)
    stripe.refund(payment.intent_id, PART)
    return learned_before(stripe, payment, "charge.refunded")


def refunded(stripe: Stripe) -> Payment:
    payment = captured(stripe)
    stripe.refund(payment.intent_id)
    return learned_before(stripe, payment, "charge.refunded")


def cancelled(stripe: Stripe) -> Payment:
    payment = authorized(stripe)
    assert payment.order.withdraw()
    work_until_quiet()
    return reread(payment)


def failed(stripe: Stripe) -> Payment:
    payment = processing(stripe)
    stripe.settle_delayed(payment.intent_id, succeed=False)
    return synced(payment)


def expired(stripe: Stripe) -> Payment:
    payment = opened(stripe)
    stripe.expire(str(payment.session_id))
    return synced(payment)


def disputed(stripe: Stripe) -> Payment:
    payment = captured(stripe)
    stripe.dispute(payment.intent_id)
    return learned_before(stripe, payment, "charge.dispute.created")


def synced(payment: Payment) -> Payment:
    sync_payment(payment)
    return reread(payment)


def learned_before(stripe: Stripe, payment: Payment, type: str) -> Payment:
    stripe.deliver(type)
    work_until_quiet()
    return reread(payment)


def reread(payment: Payment) -> Payment:
    return Payment.objects.select_related("order").get(pk=payment.pk)


KNOWN: dict[str, Callable[[Stripe], Payment]] = {
    "open": opened,
    "processing": processing,
    "held": authorized,
    "captured": captured,
    "part_refunded": part_refunded,
    "refunded": refunded,
    "cancelled": cancelled,
    "failed": failed,
    "expired": expired,
}


# ------------------------------------------------------------------ what happened since then
@dataclass(frozen=True)
class News:
    """`leads_to` is order and payment once we hear of it."""

    knew: Callable[[Stripe], Payment]
    happens: Callable[[Stripe, Payment], Any]
    leads_to: tuple[str, str]
    is_on_hold: bool = False


def pay(method: str) -> Callable[[Stripe, Payment], Any]:
    return lambda stripe, payment: stripe.pay(str(payment.session_id), method=method)


def refund_later(stripe: Stripe, payment: Payment) -> None:
    stripe.refund_outcome("pending")
    stripe.refund(payment.intent_id)


def refund_fails(stripe: Stripe, payment: Payment) -> None:
    stripe.settle_refund(stripe.books()["refund"][-1]["id"], "failed")


def close(outcome: str) -> Callable[[Stripe, Payment], Any]:
    return lambda stripe, _: stripe.close_dispute(stripe.books()["dispute"][-1]["id"], outcome)


MONEY_NEWS = {
    "the card is authorized": News(opened, pay("card"), ("placed", "held")),
    "the money is on its way": News(opened, pay("sepa_debit"), ("pending", "processing")),
    "the money is captured at once": News(opened, pay("ideal"), ("placed", "captured")),
    "the page expires": News(
        opened, lambda stripe, p: stripe.expire(str(p.session_id)), ("pending", "expired")
    ),
    "the bank pays": News(
        processing, lambda stripe, p: stripe.settle_delayed(p.intent_id), ("placed", "captured")
    ),
    "the bank refuses": News(
        processing,
        lambda stripe, p: stripe.settle_delayed(p.intent_id, succeed=False),
        ("pending", "failed"),
    ),
    "staff capture in the Dashboard": News(
        authorized, lambda stripe, p: stripe.capture(p.intent_id), ("with_staff", "captured")
    ),
    "staff capture when the code is found": News(
        found, lambda stripe, p: stripe.capture(p.intent_id), ("ready", "captured")
    ),
    "staff cancel in the Dashboard": News(
        authorized, lambda stripe, p: stripe.cancel(p.intent_id), ("with_staff", "failed")
    ),
    "the authorization expires": News(
        authorized,
        lambda stripe, p: stripe.expire_authorization(p.intent_id),
        ("with_staff", "failed"),
    ),
    "the authorization expires when the code is found": News(
        found, lambda stripe, p: stripe.expire_authorization(p.intent_id), ("payment_due", "failed")
    ),
}  # fmt: skip
REFUND_NEWS = {
    "a part is refunded": News(
        captured,
        lambda stripe, p: stripe.refund(p.intent_id, PART),
        ("delivered", "part_refunded"),
    ),
    "all is refunded": News(
        captured, lambda stripe, p: stripe.refund(p.intent_id), ("refunded", "refunded")
    ),
    "the rest is refunded": News(
        part_refunded, lambda stripe, p: stripe.refund(p.intent_id), ("refunded", "refunded")
    ),
    "a refund waits": News(captured, refund_later, ("delivered", "captured")),
    "a refund fails weeks later": News(refunded, refund_fails, ("delivered", "captured")),
}
DISPUTE_NEWS = {
    "the bank disputes": News(
        captured,
        lambda stripe, p: stripe.dispute(p.intent_id),
        ("delivered", "captured"),
        is_on_hold=True,
    ),
    "the bank asks": News(
        captured,
        lambda stripe, p: stripe.dispute(p.intent_id, is_inquiry=True),
        ("delivered", "captured"),
        is_on_hold=True,
    ),
    "the dispute is won": News(disputed, close("won"), ("delivered", "captured")),
    "the dispute is lost": News(
        disputed, close("lost"), ("delivered", "captured"), is_on_hold=True
    ),
}


# ------------------------------------------------------------------ events about it
PREFIXES = {
    "checkout.session": "checkout.session.",
    "payment_intent": "payment_intent.",
    "dispute": "charge.dispute.",
    "charge": "charge.",
    "refund": "refund.",
    "radar.early_fraud_warning": "radar.",
    "review": "review.",
}


def object_of(stripe: Stripe, payment: Payment, type: str) -> dict[str, Any] | None:
    """What an event of that type about this payment would hold. Of a refund that is gone or a
    warning Stripe sends events at any time; of a dispute only if there is one."""
    kind = next(kind for kind, prefix in PREFIXES.items() if type.startswith(prefix))
    store = stripe.world.store
    if kind == "checkout.session":
        return store.find(kind, payment.session_id)
    plan = store.find("plan", payment.session_id) or {}
    intent = store.find("payment_intent", plan["intent"]) or {}
    if kind == "payment_intent":
        return intent
    if kind == "charge":
        return store.find(kind, intent["latest_charge"])
    there = [each for each in store.all(kind) if each["payment_intent"] == intent["id"]]
    about = {"payment_intent": intent["id"], "charge": intent["latest_charge"]}
    gone = None if kind == "dispute" else {"id": "xx_gone", "object": kind, **about}
    return there[-1] if there else gone


def hear(stripe: Stripe, payment: Payment, type: str, number: str = "") -> None:
    """The webhook takes the event, and a worker handles it."""
    event = {
        "id": f"evt_{type}{number}", "object": "event", "type": type, "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": object_of(stripe, payment, type)},
    }  # fmt: skip
    assert post_event(*stripe.signed(event)).status_code == 200
    handle_event(StripeEvent.objects.get(stripe_id=event["id"]).pk)


# ------------------------------------------------------------------ what became of our rows
SEEN = (Order, Payment, Refund, Dispute, Receipt, Email, Code)
# one of several reasons stands there; the history has them all
WHICHEVER_CAME_LAST = {"attention_reason", "on_hold_reason"}
COUNTS = {"id", "version", "tries", "delays", "claim_token", "message_id"}


def snapshot() -> list[str]:
    """All rows but for counts and times; of a time only whether it is set."""
    rows = [
        f"{model.__name__} "
        + " ".join(
            f"{field.name}={_seen(field, row)}"
            for field in model._meta.concrete_fields
            if field.name not in COUNTS | WHICHEVER_CAME_LAST and not field.is_relation
        )
        for model in SEEN
        for row in model._base_manager.all()
    ]
    notes = History.objects.filter(move="attention").values_list("note", flat=True)
    return sorted([*rows, *(f"attention {note}" for note in set(notes))])


def _seen(field: Any, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    return value is not None if isinstance(field, models.DateTimeField) else value
