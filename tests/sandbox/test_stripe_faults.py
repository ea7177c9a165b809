"""The outside world breaks on request, and only as asked."""

import threading
import time
from typing import Any

import pytest
import requests
from stripe import APIConnectionError, APIError, RateLimitError, StripeError

CREATE = {"method": "POST", "path": "/v1/checkout/sessions"}


def test_it_replays_a_500_for_its_key(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.fail("500", **CREATE)
    for _ in range(2):
        with pytest.raises(APIError):
            client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k-1"})
    assert client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k-2"}).id


def test_it_loses_an_answer_but_does_the_work(
    client: Any, stand_in: Any, session_params: Any
) -> None:
    stand_in.fail("lost", **CREATE)
    options = {"idempotency_key": "k-1"}
    with pytest.raises(APIConnectionError):
        client.v1.checkout.sessions.create(session_params(), options)
    again = client.v1.checkout.sessions.create(session_params(), options)
    assert [s["id"] for s in stand_in.books()["checkout.session"]] == [again.id]


def test_the_client_repeats_a_lost_answer_by_itself(
    shop: Any, stand_in: Any, make_client: Any
) -> None:
    intent = shop.authorized()
    stand_in.fail("lost", "POST", "/v1/payment_intents/*/capture", times=1)
    patient = make_client(stand_in, max_network_retries=2)
    assert patient.v1.payment_intents.capture(intent).status == "succeeded"
    assert len(stand_in.events("charge.captured")) == 1


def test_a_gateway_fails_without_a_trace(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.fail("502", **CREATE)
    options = {"idempotency_key": "k-1"}
    with pytest.raises(APIError) as broken:
        client.v1.checkout.sessions.create(session_params(), options)
    assert broken.value.http_status == 502
    assert client.v1.checkout.sessions.create(session_params(), options).id


def test_it_fails_after_the_work(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.fail("500_after", **CREATE)
    with pytest.raises(APIError):
        client.v1.checkout.sessions.create(session_params())
    assert len(client.v1.checkout.sessions.list()) == 1


def test_it_fails_those_about_one_customer(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.fail("500", **CREATE, about="anna@example.com")
    create = client.v1.checkout.sessions.create
    assert create(session_params(customer_email="bert@example.com")).id
    with pytest.raises(APIError):
        create(session_params(customer_email="anna@example.com"))


def test_it_fails_those_with_one_key(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.fail("500", about="k-2")
    create = client.v1.checkout.sessions.create
    assert create(session_params(), {"idempotency_key": "k-1"}).id
    with pytest.raises(APIError):
        create(session_params(), {"idempotency_key": "k-2"})


def test_it_limits_the_rate(client: Any, stand_in: Any) -> None:
    stand_in.fail("429", times=1)
    with pytest.raises(RateLimitError):
        client.v1.refunds.list()
    assert client.v1.refunds.list().data == []


def test_it_is_down_until_healed(client: Any, stand_in: Any) -> None:
    stand_in.fail("down", times=None)
    for _ in range(2):
        with pytest.raises(APIConnectionError):
            client.v1.refunds.list()
    stand_in.heal()
    assert client.v1.refunds.list().data == []


def test_it_is_silent_and_has_done_the_work(
    stand_in: Any, make_client: Any, session_params: Any
) -> None:
    stand_in.fail("timeout", seconds=60, **CREATE)
    hasty = make_client(stand_in, timeout=1)
    with pytest.raises(APIConnectionError):
        hasty.v1.checkout.sessions.create(session_params())
    assert len(stand_in.books()["checkout.session"]) == 1


@pytest.mark.parametrize(("kind", "status"), [("late", "open"), ("slow", "expired")])
def test_it_answers_a_call_later(
    stand_in: Any, make_client: Any, session_params: Any, kind: str, status: str
) -> None:
    """Late with the state as it was when asked, slow with the state as it is by then."""
    client = make_client(stand_in)
    session = client.v1.checkout.sessions.create(session_params()).id
    stand_in.delay("sessions.retrieve", 0.5, kind, times=1)
    answers: list[str] = []

    def ask() -> None:
        answers.append(client.v1.checkout.sessions.retrieve(session).status)

    asked = threading.Thread(target=ask)
    asked.start()
    while stand_in.world.delays.waiting:
        time.sleep(0.01)
    time.sleep(0.1)
    stand_in.expire(session)  # of another call the answer is not delayed
    assert answers == []
    asked.join()
    assert answers == [status]
    assert client.v1.checkout.sessions.retrieve(session).status == "expired"


def test_a_delay_comes_besides_a_fault(client: Any, stand_in: Any, session_params: Any) -> None:
    stand_in.delay("sessions.create", 0.3, about="anna@example.com")
    stand_in.fail("500", **CREATE)
    began = time.monotonic()
    with pytest.raises(APIError):
        client.v1.checkout.sessions.create(session_params(customer_email="anna@example.com"))
    assert time.monotonic() - began >= 0.3
    stand_in.heal()
    assert not stand_in.world.delays.waiting


def test_it_refuses_a_key_that_is_still_at_work(
    stand_in: Any, make_client: Any, session_params: Any
) -> None:
    stand_in.fail("slow", seconds=1, **CREATE)
    options = {"idempotency_key": "k-1"}
    first = threading.Thread(
        target=make_client(stand_in).v1.checkout.sessions.create, args=(session_params(), options)
    )
    first.start()
    while stand_in.world.faults.waiting:  # until the first is at work
        time.sleep(0.01)
    with pytest.raises(APIError) as refused:
        make_client(stand_in).v1.checkout.sessions.create(session_params(), options)
    first.join()
    assert refused.value.http_status == 409
    assert "idempotency_key_in_use" in str(refused.value.http_body)


def test_it_takes_orders_over_http(shop: Any, stand_in: Any) -> None:
    session = shop.session()
    pay = {"session": session.id, "card": "4242424242424242"}
    answer = requests.post(f"{stand_in.url}/_control/pay", json=pay, timeout=3)
    assert answer.json()["outcome"] == "paid"
    books = requests.get(f"{stand_in.url}/_control/books", timeout=3).json()
    assert books["payment_intent"][0]["status"] == "succeeded"
    assert books["violations"] == []


@pytest.mark.parametrize(
    ("name", "body", "status"), [("dance", {}, 404), ("fail", {"kind": "x"}, 400), ("pay", {}, 400)]
)
def test_it_says_what_is_wrong_with_an_order(
    stand_in: Any, name: str, body: Any, status: int
) -> None:
    answer = requests.post(f"{stand_in.url}/_control/{name}", json=body, timeout=3)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_it_records_what_the_contract_does_not_allow(client: Any, shop: Any, stand_in: Any) -> None:
    session = shop.session()
    stand_in.change("checkout.session", session.id, {"status": "sleeping"})
    client.v1.checkout.sessions.retrieve(session.id)
    assert "sleeping" in stand_in.violations[0]
    stand_in.reset()
    assert stand_in.violations == []


def test_it_notes_requests_that_no_shop_should_send(
    client: Any, stand_in: Any, session_params: Any
) -> None:
    with pytest.raises(StripeError):
        client.v1.refunds.list({"colour": "red"})
    options = {"idempotency_key": "k-1"}
    client.v1.checkout.sessions.create(session_params(), options)
    with pytest.raises(StripeError):
        client.v1.checkout.sessions.create(session_params(locale="de"), options)
    assert [note.split(":")[0] for note in stand_in.misuses] == [
        "GET /v1/refunds",
        "POST /v1/checkout/sessions",
    ]
