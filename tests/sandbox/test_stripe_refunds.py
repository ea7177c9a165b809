"""Refunds and disputes, with the outcomes that a shop must survive."""

from typing import Any

import pytest
from stripe import InvalidRequestError

from sandbox.stripe.errors import Refused


def test_it_refunds_in_parts_and_no_more(shop: Any, client: Any) -> None:
    intent = shop.paid()
    client.v1.refunds.create({"payment_intent": intent, "amount": 900})
    assert shop.intent(intent).latest_charge.amount_refunded == 900
    with pytest.raises(InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent, "amount": 2001})
    client.v1.refunds.create({"payment_intent": intent})
    assert shop.intent(intent).latest_charge.refunded is True
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_it_refuses_to_refund_a_hold(shop: Any, client: Any) -> None:
    with pytest.raises(InvalidRequestError, match="Cancel its PaymentIntent"):
        client.v1.refunds.create({"payment_intent": shop.authorized()})


def test_it_lists_the_refunds_of_a_payment(shop: Any, client: Any, stand_in: Any) -> None:
    first, second = shop.paid(), shop.paid()
    stand_in.refund(first)
    refund = client.v1.refunds.create({"payment_intent": second})
    assert [r.id for r in client.v1.refunds.list({"payment_intent": second})] == [refund.id]
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_it_lets_the_refund_of_one_payment_wait(shop: Any, client: Any, stand_in: Any) -> None:
    first, second = shop.paid(), shop.paid()
    stand_in.refund_outcome("pending", payment=second)
    made = [client.v1.refunds.create({"payment_intent": intent}) for intent in (first, second)]
    assert [refund.status for refund in made] == ["succeeded", "pending"]


@pytest.mark.parametrize(("outcome", "left"), [("succeeded", 2900), ("failed", 0)])
def test_it_lets_a_refund_wait(
    shop: Any, client: Any, stand_in: Any, outcome: str, left: int
) -> None:
    intent = shop.paid()
    stand_in.refund_outcome("pending")
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    stand_in.settle_refund(refund.id, outcome)
    assert client.v1.refunds.retrieve(refund.id).status == outcome
    assert shop.intent(intent).latest_charge.amount_refunded == left


def test_it_fails_a_refund_weeks_later(shop: Any, client: Any, stand_in: Any) -> None:
    refund = client.v1.refunds.create({"payment_intent": shop.paid()})
    stand_in.settle_refund(refund.id, "failed")
    assert client.v1.refunds.retrieve(refund.id).failure_reason == "expired_or_canceled_card"
    assert len(stand_in.events("refund.failed")) == 1


def test_it_has_no_balance_when_told(shop: Any, client: Any, stand_in: Any) -> None:
    stand_in.refund_outcome("balance_insufficient")
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": shop.paid()})
    assert refused.value.code == "balance_insufficient"


def test_it_opens_a_dispute_that_stops_refunds(shop: Any, client: Any, stand_in: Any) -> None:
    intent = shop.paid()
    dispute = stand_in.dispute(intent)
    assert client.v1.disputes.list({"payment_intent": intent}).data[0].id == dispute["id"]
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"


def test_it_takes_evidence_and_decides(shop: Any, client: Any, stand_in: Any) -> None:
    dispute = stand_in.dispute(shop.paid())
    evidence = {"evidence": {"uncategorized_text": "The code was shown."}}
    assert client.v1.disputes.update(dispute["id"], evidence).status == "under_review"
    stand_in.close_dispute(dispute["id"], "won")
    assert client.v1.disputes.retrieve(dispute["id"]).status == "won"
    assert len(stand_in.events("charge.dispute.funds_reinstated")) == 1


@pytest.mark.parametrize(
    ("card", "event"),
    [
        ("4000000000000259", "charge.dispute.created"),
        ("4000000000005423", "radar.early_fraud_warning.created"),
    ],
)
def test_some_cards_bring_trouble_later(shop: Any, stand_in: Any, card: str, event: str) -> None:
    shop.pay(shop.session().id, card=card)
    assert len(stand_in.events(event)) == 1


def test_it_books_a_released_hold_as_a_reversal(shop: Any, client: Any) -> None:
    intent = shop.authorized()
    client.v1.payment_intents.cancel(intent)
    refund = client.v1.refunds.list({"payment_intent": intent}).data[0]
    assert refund.destination_details.card.type == "reversal"


def test_a_refund_may_wait_for_the_customer_and_be_given_up(
    shop: Any, client: Any, stand_in: Any
) -> None:
    intent = shop.paid()
    stand_in.refund_outcome("requires_action")
    refund = client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "requires_action"
    stand_in.settle_refund(refund.id, "canceled")
    assert client.v1.refunds.retrieve(refund.id).status == "canceled"
    assert shop.intent(intent).latest_charge.amount_refunded == 0


def test_what_has_failed_does_not_arrive(shop: Any, stand_in: Any) -> None:
    refund = stand_in.refund(shop.paid())
    stand_in.settle_refund(refund["id"], "failed")
    for outcome in ("succeeded", "failed"):
        with pytest.raises(Refused, match="failed cannot become"):
            stand_in.settle_refund(refund["id"], outcome)


def test_a_dispute_that_is_won_allows_a_refund_again(shop: Any, client: Any, stand_in: Any) -> None:
    intent = shop.paid()
    dispute = stand_in.dispute(intent)
    with pytest.raises(Refused, match="disputed already"):
        stand_in.dispute(intent)
    stand_in.close_dispute(dispute["id"], "won")
    assert client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"


def test_an_inquiry_takes_no_money_and_allows_a_refund(
    shop: Any, client: Any, stand_in: Any
) -> None:
    intent = shop.paid()
    dispute = stand_in.dispute(intent, is_inquiry=True)
    assert dispute["status"] == "warning_needs_response"
    assert stand_in.events("charge.dispute.funds_withdrawn") == []
    assert client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"
    assert stand_in.close_dispute(dispute["id"], "warning_closed")["status"] == "warning_closed"


def test_the_owner_may_capture_and_expire_in_the_dashboard(shop: Any, stand_in: Any) -> None:
    intent, session = shop.authorized(), shop.session()
    assert stand_in.capture(intent)["status"] == "succeeded"
    assert stand_in.expire(session.id)["status"] == "expired"
