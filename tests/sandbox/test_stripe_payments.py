"""How money moves: held, captured, released, refused."""

from typing import Any

import pytest
from stripe import CardError, InvalidRequestError


def test_it_has_no_payment_intent_until_paid(shop: Any) -> None:
    session = shop.session()
    assert session.payment_intent is None
    assert (session.status, session.payment_status) == ("open", "unpaid")


def test_it_takes_the_money_at_once_without_manual_capture(shop: Any, client: Any) -> None:
    session = shop.session()
    intent = shop.intent(shop.pay(session.id))
    assert (intent.status, intent.amount_received) == ("succeeded", 2900)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_it_holds_the_card_until_capture(shop: Any, client: Any) -> None:
    session = shop.authorized_session()
    shop.pay(session.id)
    expand = {"expand": ["payment_intent.latest_charge"]}
    seen = client.v1.checkout.sessions.retrieve(session.id, expand)
    charge = seen.payment_intent.latest_charge
    assert (seen.status, seen.payment_status) == ("complete", "unpaid")
    assert (seen.payment_intent.status, charge.captured) == ("requires_capture", False)
    assert charge.payment_method_details.card.capture_before - charge.created == 7 * 86400


def test_it_holds_when_the_whole_payment_is_manual(shop: Any) -> None:
    session = shop.session(payment_intent_data={"capture_method": "manual"})
    assert shop.intent(shop.pay(session.id)).status == "requires_capture"


def test_it_holds_paypal_without_telling_until_when(shop: Any) -> None:
    session = shop.session(payment_method_options={"paypal": {"capture_method": "manual"}})
    intent = shop.intent(shop.pay(session.id, method="paypal"))
    assert intent.status == "requires_capture"
    assert intent.latest_charge.payment_method_details.type == "paypal"


def test_it_captures_a_hold(shop: Any, client: Any) -> None:
    session = shop.authorized_session()
    intent = client.v1.payment_intents.capture(shop.pay(session.id))
    assert (intent.status, intent.amount_received) == ("succeeded", 2900)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert client.v1.charges.retrieve(intent.latest_charge).captured is True


def test_it_refuses_a_second_capture(shop: Any, client: Any) -> None:
    intent = shop.authorized()
    client.v1.payment_intents.capture(intent)
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.payment_intents.capture(intent)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_it_releases_a_hold(shop: Any, client: Any) -> None:
    intent = client.v1.payment_intents.cancel(shop.authorized())
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (intent.status, intent.amount_capturable) == ("canceled", 0)
    assert (charge.refunded, charge.captured) == (True, False)


def test_it_refuses_capture_after_release(shop: Any, client: Any) -> None:
    intent = shop.authorized()
    client.v1.payment_intents.cancel(intent)
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.payment_intents.capture(intent)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert '"status": "canceled"' in str(refused.value.http_body)


def test_it_refuses_to_release_what_was_captured(shop: Any, client: Any) -> None:
    with pytest.raises(InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.cancel(shop.paid())


@pytest.mark.parametrize(
    ("card", "code"),
    [("4000 0000 0000 0002", "generic_decline"), ("4000000000009995", "insufficient_funds")],
)
def test_it_declines_and_leaves_the_session_open(
    shop: Any, stand_in: Any, card: str, code: str
) -> None:
    session = shop.session()
    result = stand_in.pay(session.id, card=card)
    assert (result["outcome"], result["session"]["status"]) == ("declined", "open")
    failed = stand_in.events("payment_intent.payment_failed")[0]["data"]["object"]
    assert failed["last_payment_error"]["decline_code"] == code
    assert stand_in.pay(session.id)["outcome"] == "paid"


@pytest.mark.parametrize(("succeed", "status"), [(True, "complete"), (False, "open")])
def test_it_asks_for_3d_secure(shop: Any, stand_in: Any, succeed: bool, status: str) -> None:
    session = shop.session()
    result = stand_in.pay(session.id, card="4000 0027 6000 3184")
    assert result["outcome"] == "needs_authentication"
    assert stand_in.authenticate(session.id, succeed)["session"]["status"] == status


def test_it_has_a_card_whose_capture_is_refused(shop: Any, client: Any) -> None:
    intent = shop.pay(shop.authorized_session().id, card="4000 0000 0000 6660")
    with pytest.raises(CardError) as refused:
        client.v1.payment_intents.capture(intent)
    assert refused.value.code == "card_declined"
    assert client.v1.payment_intents.cancel(intent).status == "canceled"


def test_it_refuses_one_capture_when_told(shop: Any, client: Any, stand_in: Any) -> None:
    intent = shop.authorized()
    stand_in.refuse_capture()
    with pytest.raises(CardError):
        client.v1.payment_intents.capture(intent)
    assert client.v1.payment_intents.capture(intent).status == "succeeded"


def test_it_lets_a_hold_lapse_by_the_clock(shop: Any, stand_in: Any) -> None:
    intent = shop.authorized()
    stand_in.advance_clock(days=7, seconds=1)
    seen = shop.intent(intent)
    assert (seen.status, seen.cancellation_reason) == ("canceled", "expired")
    assert len(stand_in.events("charge.expired")) == 1


@pytest.mark.parametrize(("succeed", "status"), [(True, "paid"), (False, "unpaid")])
def test_it_settles_a_bank_debit_later(
    shop: Any, client: Any, stand_in: Any, succeed: bool, status: str
) -> None:
    session = shop.session()
    intent = shop.pay(session.id, method="sepa_debit")
    assert shop.intent(intent).status == "processing"
    stand_in.settle_delayed(session.id, succeed=succeed)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == status
    kind = "succeeded" if succeed else "failed"
    assert len(stand_in.events(f"checkout.session.async_payment_{kind}")) == 1


def test_it_tells_of_a_hold_and_its_capture(shop: Any, client: Any, stand_in: Any) -> None:
    client.v1.payment_intents.capture(shop.authorized())
    assert [event["type"] for event in stand_in.events()] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
        "charge.captured",
        "payment_intent.succeeded",
    ]
