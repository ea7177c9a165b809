"""Banks that ask for a payment back, and banks that warn: who gets the code, and who looks."""

from typing import Any

import pytest

from orders.desk.holds import put_on_hold
from orders.models import Dispute, Order
from tests.steps.attention import open_reasons, settle
from tests.steps.disputes import closed, deliver_dispute_event, disputed
from tests.steps.mail import sent_mails
from tests.steps.payments import authorized_with_staff, delivered, found_by_staff, state
from tests.steps.refunds import captured_with_staff, refunds_at_stripe
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


def attention(order: Order) -> tuple[str, list[str]]:
    """What the order is on hold for, and all reasons for which staff must look at it."""
    order.refresh_from_db()
    return order.on_hold_reason, open_reasons(order)


def test_it_is_mirrored_with_what_is_asked_and_until_when(stripe: Stripe) -> None:
    order, dispute = disputed(stripe)
    assert (dispute.payment.order, dispute.amount_text) == (order, "€14.99")
    assert (dispute.status, dispute.reason) == ("needs_response", "fraudulent")
    assert dispute.evidence_due_at and dispute.evidence_due_at > dispute.opened_at


def test_the_order_is_on_hold_and_no_robot_returns_money(stripe: Stripe) -> None:
    order, _dispute = disputed(stripe)
    assert attention(order) == ("dispute", ["dispute"])
    assert not order.may_show_code
    assert refunds_at_stripe(stripe) == []


def test_before_delivery_there_is_neither_code_nor_refund(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.dispute(payment.intent_id)
    deliver_dispute_event(stripe, "created")
    found_by_staff(order)
    for _ in range(2):
        let_time_pass()
        work_until_quiet()
    assert state(order) == ("found", "captured")
    assert refunds_at_stripe(stripe) == []
    assert "your_code" not in sent_mails(order)


def test_won_lifts_the_hold(stripe: Stripe) -> None:
    order, dispute = disputed(stripe)
    closed(stripe, dispute, "won")
    assert attention(order) == ("", [])
    assert order.may_show_code
    assert dispute.closed_at


def test_won_lifts_no_hold_that_is_for_something_else(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    put_on_hold(order, "fraud")
    stripe.dispute(payment.intent_id)
    deliver_dispute_event(stripe, "created")
    closed(stripe, Dispute.objects.get(), "won")
    assert attention(order) == ("fraud", ["fraud"])


def test_won_lifts_no_hold_that_has_another_reason_by_then(stripe: Stripe) -> None:
    order, dispute = disputed(stripe)
    put_on_hold(order, "blocked")
    closed(stripe, dispute, "won")
    assert attention(order) == ("blocked", ["blocked"])
    assert not order.may_show_code


def test_settling_something_else_leaves_the_hold(stripe: Stripe) -> None:
    order, _dispute = disputed(stripe)
    order.needs_attention("mail")
    assert attention(order) == ("dispute", ["dispute", "mail"])
    settle(order, "mail")
    assert attention(order) == ("dispute", ["dispute"])
    settle(order, "dispute")
    assert attention(order) == ("", [])


def test_won_while_another_is_open_lifts_nothing(stripe: Stripe) -> None:
    order, first = disputed(stripe)
    Dispute.objects.create(
        payment=first.payment, stripe_id="du_2", status="needs_response", reason="general",
        amount=100, currency="eur", opened_at=first.opened_at,
    )  # fmt: skip
    closed(stripe, first, "won")
    assert attention(order)[0] == "dispute"


def test_lost_is_for_a_person_and_the_code_stays_back(stripe: Stripe) -> None:
    order, dispute = disputed(stripe)
    closed(stripe, dispute, "lost")
    assert attention(order) == ("dispute_lost", ["dispute_lost"])
    assert (dispute.status, dispute.amount) == ("lost", 1499)
    assert dispute.payment.amount_kept == 0


def test_lost_before_a_code_was_out_ends_the_order_without_a_refund(stripe: Stripe) -> None:
    order, payment = captured_with_staff(stripe)
    stripe.dispute(payment.intent_id)
    deliver_dispute_event(stripe, "created")
    closed(stripe, Dispute.objects.get(), "lost")
    assert state(order) == ("released", "captured")
    assert refunds_at_stripe(stripe) == []


@pytest.mark.parametrize("type", ["created", "updated", "funds_withdrawn"])
def test_what_staff_settled_is_not_put_on_hold_again(stripe: Stripe, type: str) -> None:
    order, dispute = disputed(stripe)
    settle(order)
    stripe.emit(f"charge.dispute.{type}", "dispute", dispute.stripe_id)
    deliver_dispute_event(stripe, type)
    assert attention(order) == ("", [])


def test_an_appeal_puts_it_on_hold_once_more(stripe: Stripe) -> None:
    order, dispute = disputed(stripe)
    closed(stripe, dispute, "won")
    stripe.change("dispute", dispute.stripe_id, {"status": "appeal_needs_response"})
    stripe.emit("charge.dispute.updated", "dispute", dispute.stripe_id)
    deliver_dispute_event(stripe, "updated")
    assert attention(order) == ("dispute", ["dispute"])


def test_events_in_any_order_leave_the_same_row(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    dispute = stripe.dispute(payment.intent_id)
    stripe.close_dispute(dispute["id"], "won")
    for type in ("funds_reinstated", "closed", "funds_withdrawn", "created"):
        deliver_dispute_event(stripe, type)
    assert Dispute.objects.get().status == "won"
    assert attention(order) == ("", [])


def test_a_state_that_we_do_not_know_is_for_a_person_and_raises_nothing(
    stripe: Stripe, monkeypatch: Any
) -> None:
    order, dispute = disputed(stripe)
    monkeypatch.setattr(stripe.world.settings, "strict", False)  # no state of the contract
    stripe.change("dispute", dispute.stripe_id, {"status": "mused_upon"})
    stripe.emit("charge.dispute.updated", "dispute", dispute.stripe_id)
    deliver_dispute_event(stripe, "updated")
    dispute.refresh_from_db()
    assert dispute.status == "mused_upon"
    assert attention(order) == ("dispute", ["dispute", "unknown_state"])


# ------------------------------------------------------------------ warnings
def warned(stripe: Stripe, intent_id: str) -> None:
    stripe.fraud_warning(intent_id)
    stripe.deliver("radar.early_fraud_warning.created")
    work_until_quiet()


def test_a_warning_before_delivery_keeps_code_and_money_where_they_are(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    warned(stripe, payment.intent_id)
    assert attention(order) == ("fraud", ["fraud"])
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("found", "held")


def test_a_warning_after_delivery_calls_a_person_only(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    warned(stripe, payment.intent_id)
    assert attention(order) == ("", ["fraud"])
    assert order.may_show_code


def test_a_warning_that_was_settled_does_not_come_back(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    warned(stripe, payment.intent_id)
    settle(order)
    warned(stripe, payment.intent_id)
    assert attention(order) == ("", [])
