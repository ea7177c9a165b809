"""The account's pages: every button does what it says, by a plain form."""

from typing import Any

import pytest
import requests


def press(stand_in: Any, action: str, of: str) -> requests.Response:
    return requests.post(f"{stand_in.url}/act/{action}/{of}", timeout=3)


def trouble(stand_in: Any, what: str, **fields: str) -> str:
    return requests.post(f"{stand_in.url}/trouble/{what}", data=fields, timeout=3).text


@pytest.mark.parametrize(
    ("buttons", "state"),
    [
        (["capture"], "captured"),
        (["cancel"], "released"),
        (["lapse"], "released"),
        (["capture", "refund"], "refunded"),
        (["capture", "refund_half"], "part refunded"),
        (["capture", "refund_half", "refund"], "refunded"),
        (["capture", "dispute"], "disputed"),
        (["capture", "inquire"], "disputed"),
        (["warn"], "held"),
    ],
)
def test_a_held_payment_goes_where_its_buttons_send_it(
    shop: Any, stand_in: Any, buttons: list[str], state: str
) -> None:
    session = shop.authorized_session()
    shop.pay(session.id)
    for button in buttons:
        page = press(stand_in, button, session.id)
        assert page.status_code == 200, page.text
    assert f'class="state {state}"' in page.text


@pytest.mark.parametrize(("button", "state"), [("arrive", "captured"), ("bounce", "failed")])
def test_the_bank_answers_a_debit(shop: Any, stand_in: Any, button: str, state: str) -> None:
    session = shop.session()
    shop.pay(session.id, method="sepa_debit")
    assert f'class="state {state}"' in press(stand_in, button, session.id).text


@pytest.mark.parametrize(
    ("button", "status"),
    [("refund_arrives", "succeeded"), ("refund_fails", "failed"), ("refund_ends", "canceled")],
)
def test_a_refund_that_waits_has_buttons_of_its_own(
    shop: Any, client: Any, stand_in: Any, button: str, status: str
) -> None:
    trouble(stand_in, "outcome", outcome="refund pending")
    refund = stand_in.refund(shop.paid())["id"]
    assert f"/act/{button}/{refund}" in requests.get(stand_in.url, timeout=3).text
    press(stand_in, button, refund)
    assert client.v1.refunds.retrieve(refund).status == status


@pytest.mark.parametrize(
    ("button", "status"), [("send_evidence", "under_review"), ("win", "won"), ("lose", "lost")]
)
def test_a_dispute_has_buttons_of_its_own(
    shop: Any, client: Any, stand_in: Any, button: str, status: str
) -> None:
    dispute = stand_in.dispute(shop.paid())["id"]
    assert f"/act/{button}/{dispute}" in requests.get(stand_in.url, timeout=3).text
    press(stand_in, button, dispute)
    assert client.v1.disputes.retrieve(dispute).status == status


def test_an_inquiry_is_closed(shop: Any, client: Any, stand_in: Any) -> None:
    dispute = stand_in.dispute(shop.paid(), is_inquiry=True)["id"]
    press(stand_in, "close_inquiry", dispute)
    assert client.v1.disputes.retrieve(dispute).status == "warning_closed"


def test_a_page_nobody_pays_may_be_let_expire(shop: Any, client: Any, stand_in: Any) -> None:
    session = shop.session()
    press(stand_in, "expire", session.id)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_an_event_is_sent_again_by_a_button(shop: Any, stand_in: Any, receiver: Any) -> None:
    shop.paid()
    assert stand_in.settle()
    event = stand_in.events("checkout.session.completed")[0]["id"]
    assert "Webhooks of the stand-in" in press(stand_in, "resend", event).text
    assert stand_in.settle()
    assert len(receiver.bodies) == 5


def test_a_button_that_does_not_fit_says_why(shop: Any, stand_in: Any) -> None:
    answer = press(stand_in, "lapse", shop.session().id)
    assert answer.status_code == 400
    assert press(stand_in, "dance", "x").text == "There is no such button.\n"


@pytest.mark.parametrize(
    ("what", "fields", "said"),
    [
        ("webhooks", {"mode": "drop"}, "Webhooks never arrive."),
        ("outcome", {"outcome": "capture declined"}, "The next capture is declined."),
        (
            "fault",
            {"kind": "lost", "call": "POST /v1/refunds", "times": "always"},
            "Refunding is done, but its answer is lost, each time.",
        ),
        ("clock", {"hours": "24"}, "It is 1.0 days ahead."),
    ],
)
def test_trouble_is_told_until_all_is_well_again(
    stand_in: Any, what: str, fields: dict[str, str], said: str
) -> None:
    assert said in trouble(stand_in, what, **fields)
    healed = trouble(stand_in, "heal")
    assert (said in healed) == (what == "clock")


def test_trouble_happens(shop: Any, client: Any, stand_in: Any) -> None:
    trouble(stand_in, "fault", kind="429", call="POST /v1/refunds", times="once")
    with pytest.raises(Exception, match="rate limit"):
        client.v1.refunds.create({"payment_intent": shop.paid()})
    assert client.v1.refunds.create({"payment_intent": shop.paid()}).status == "succeeded"


@pytest.mark.parametrize("what", ["webhooks", "fault", "outcome", "clock", "dance"])
def test_trouble_that_is_not_on_the_list_is_refused(stand_in: Any, what: str) -> None:
    answer = requests.post(f"{stand_in.url}/trouble/{what}", data={"mode": "x"}, timeout=3)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/act/refund/x", "/trouble/heal"])
def test_another_sites_page_cannot_press_the_buttons(stand_in: Any, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(stand_in.url + path, headers=headers, timeout=3)
    assert answer.status_code == 403


def test_every_page_tells_what_the_contract_does_not_allow(client: Any, stand_in: Any) -> None:
    with pytest.raises(Exception, match="unknown parameter"):
        client.v1.refunds.list({"colour": "red"})
    for path in ("/", "/webhooks", "/trouble"):
        page = requests.get(stand_in.url + path, timeout=3).text
        assert "Received unknown parameter: colour" in page
