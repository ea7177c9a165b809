"""The API's manners: keys, parameters, errors, lists and expansion."""

import time
from typing import Any

import pytest
import requests
from stripe import AuthenticationError, InvalidRequestError

from sandbox.stripe import StripeStandIn


def test_it_refuses_a_wrong_key(stand_in: Any, make_client: Any) -> None:
    client = make_client(stand_in, api_key="sk_test_wrong_key_of_another_shop")
    with pytest.raises(AuthenticationError, match="Invalid API Key provided: sk_test_"):
        client.v1.refunds.list()


def test_it_refuses_a_missing_key(stand_in: Any) -> None:
    answer = requests.get(f"{stand_in.url}/v1/refunds", timeout=3)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


def test_it_takes_the_key_as_basic_auth(stand_in: Any) -> None:
    url = f"{stand_in.url}/v1/refunds"
    assert requests.get(url, auth=(stand_in.api_key, ""), timeout=3).status_code == 200


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"payment_intent_data": {"colour": "red"}},
            "parameter_unknown",
            "payment_intent_data[colour]",
        ),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"mode": "barter"}, None, "mode"),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"customer_email": "anna"}, "email_invalid", "customer_email"),
        ({"customer_email": "a" * 65 + "@b.de"}, "email_invalid", "customer_email"),
        ({"customer_email": "anna@[127.0.0.1]"}, "email_invalid", "customer_email"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
    ],
)
def test_it_refuses_what_stripe_refuses(shop: Any, more: Any, code: str, param: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.session(**more)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert str(refused.value.request_id).startswith("req_")


@pytest.mark.parametrize("ahead", [29 * 60, 24 * 3600 + 60])
def test_it_refuses_an_expiry_too_near_or_far(shop: Any, ahead: int) -> None:
    with pytest.raises(InvalidRequestError, match="expires_at"):
        shop.session(expires_at=int(time.time()) + ahead)


def test_it_refuses_a_tiny_amount(shop: Any, session_params: Any) -> None:
    line = session_params()["line_items"][0]
    line["price_data"]["unit_amount"] = 49
    with pytest.raises(InvalidRequestError) as refused:
        shop.session(line_items=[line])
    assert refused.value.code == "amount_too_small"


def test_it_expires_by_the_clock(shop: Any, client: Any, stand_in: Any) -> None:
    session = shop.session(expires_at=int(time.time()) + 45 * 60)
    stand_in.advance_clock(minutes=46)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert len(stand_in.events("checkout.session.expired")) == 1


def test_it_understands_a_caller_whose_clock_stood_still(
    shop: Any, client: Any, stand_in: Any
) -> None:
    stand_in.advance_clock(days=8)
    session = shop.session(expires_at=int(time.time()) + 45 * 60)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    stand_in.advance_clock(minutes=46)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_it_expires_on_request_but_not_once_paid(shop: Any, client: Any) -> None:
    first, second = shop.session(), shop.session()
    assert client.v1.checkout.sessions.expire(first.id).status == "expired"
    shop.pay(second.id)
    with pytest.raises(InvalidRequestError, match="status of `complete`"):
        client.v1.checkout.sessions.expire(second.id)


def test_it_knows_what_it_does_not_have(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.payment_intents.retrieve("pi_nowhere")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_it_replays_the_answer_for_a_key(client: Any, session_params: Any) -> None:
    options = {"idempotency_key": "k-1"}
    first = client.v1.checkout.sessions.create(session_params(), options)
    second = client.v1.checkout.sessions.create(session_params(), options)
    assert first.id == second.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"


def test_it_refuses_a_key_with_other_parameters(
    client: Any, stand_in: Any, session_params: Any
) -> None:
    options = {"idempotency_key": "k-1"}
    client.v1.checkout.sessions.create(session_params(), options)
    with pytest.raises(Exception, match="same parameters") as refused:
        client.v1.checkout.sessions.create(session_params(client_reference_id="R-2"), options)
    assert type(refused.value).__name__ == "IdempotencyError"


def test_it_forgets_a_key_after_a_day(client: Any, stand_in: Any, session_params: Any) -> None:
    options = {"idempotency_key": "k-1"}
    first = client.v1.checkout.sessions.create(session_params(), options)
    stand_in.advance_clock(hours=25)
    assert client.v1.checkout.sessions.create(session_params(), options).id != first.id


def test_it_lists_newest_first_in_pages(shop: Any, client: Any) -> None:
    made = [shop.session().id for _ in range(5)]
    page = client.v1.checkout.sessions.list({"limit": 2})
    assert ([s.id for s in page.data], page.has_more) == ([made[4], made[3]], True)
    assert [s.id for s in page.auto_paging_iter()] == made[::-1]


def test_it_lists_by_payment_intent_and_time(shop: Any, client: Any) -> None:
    session = shop.session()
    intent = shop.pay(session.id)
    shop.session()
    assert [s.id for s in client.v1.checkout.sessions.list({"payment_intent": intent})] == [
        session.id
    ]
    later = {"created": {"gte": int(time.time()) + 60}}
    assert client.v1.checkout.sessions.list(later).data == []


def test_it_shows_line_items(shop: Any, client: Any) -> None:
    session = shop.session()
    items = client.v1.checkout.sessions.line_items.list(session.id)
    assert [(item.description, item.amount_total) for item in items] == [("Unlock code", 2900)]


def test_it_refuses_to_expand_what_it_cannot(shop: Any, client: Any) -> None:
    session = shop.session()
    with pytest.raises(InvalidRequestError, match="cannot be expanded"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": ["metadata.colour"]})


def test_it_keeps_its_books_over_a_restart(
    tmp_path: Any, make_client: Any, session_params: Any
) -> None:
    data = str(tmp_path / "stripe.sqlite3")
    with StripeStandIn(data=data) as first:
        session = make_client(first).v1.checkout.sessions.create(session_params())
        first.pay(session.id)
    with StripeStandIn(data=data) as second:
        seen = make_client(second).v1.checkout.sessions.retrieve(session.id)
        assert seen.payment_status == "paid"
