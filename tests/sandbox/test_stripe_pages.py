"""The hosted page, as a customer without JavaScript uses it."""

from typing import Any

import requests

from tests.steps.stripe_pages import post


def test_it_shows_what_is_bought(shop: Any) -> None:
    page = requests.get(shop.session().url, timeout=3).text
    assert "Unlock code" in page
    assert "€29.00" in page
    assert 'href="http://shop.test/back"' in page


def test_it_sends_the_customer_back_after_paying(shop: Any, client: Any) -> None:
    session = shop.session()
    answer = post(session.url)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://shop.test/thanks/{session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "anna@example.com")


def test_it_keeps_what_was_typed_but_the_security_code(shop: Any) -> None:
    answer = post(shop.session().url, number="4242 4242 4242 4241", cvc="987")
    assert answer.status_code == 422
    assert "This card number is not complete or not valid." in answer.text
    assert 'value="4242 4242 4242 4241"' in answer.text
    assert "987" not in answer.text


def test_it_refuses_an_expired_card(shop: Any) -> None:
    assert "This card has expired." in post(shop.session().url, expiry="1/20").text


def test_it_lets_the_customer_try_another_card(shop: Any) -> None:
    session = shop.session()
    declined = post(session.url, number="4000 0000 0000 0002")
    assert declined.status_code == 402
    assert "Your card was declined." in declined.text
    assert post(session.url).status_code == 303


def test_it_refuses_cards_that_are_not_for_tests(shop: Any) -> None:
    assert "only test cards work here" in post(shop.session().url, number="4111111111111111").text


def test_it_asks_the_bank(shop: Any, stand_in: Any) -> None:
    session = shop.session()
    bank = post(session.url, number="4000 0027 6000 3184").headers["Location"]
    assert "Complete authentication" in requests.get(stand_in.url + bank, timeout=3).text
    failed = requests.post(stand_in.url + bank, data={"answer": "fail"}, timeout=3)
    assert "unable to authenticate" in failed.text
    post(session.url, number="4000 0027 6000 3184")
    done = requests.post(
        stand_in.url + bank, data={"answer": "complete"}, timeout=3, allow_redirects=False
    )
    assert done.headers["Location"].startswith("http://shop.test/thanks/")


def test_it_asks_for_consent_when_the_shop_wants_it(shop: Any, client: Any) -> None:
    session = shop.session(consent_collection={"terms_of_service": "required"})
    assert "Accept the terms" in post(session.url).text
    post(session.url, agreed="yes")
    seen = client.v1.checkout.sessions.retrieve(session.id)
    assert seen.consent.terms_of_service == "accepted"


def test_it_says_when_a_session_has_ended(shop: Any, client: Any) -> None:
    paid, expired = shop.session(), shop.session()
    shop.pay(paid.id)
    client.v1.checkout.sessions.expire(expired.id)
    assert "already paid" in requests.get(paid.url, timeout=3).text
    page = requests.get(expired.url, timeout=3).text
    assert "has expired" in page
    assert "http://shop.test/back" in page


def test_it_escapes_what_the_shop_says(shop: Any) -> None:
    line = {
        "quantity": 1,
        "price_data": {
            "currency": "eur",
            "unit_amount": 100,
            "product_data": {"name": "<script>alert(1)</script>"},
        },
    }
    assert "<script>" not in requests.get(shop.session(line_items=[line]).url, timeout=3).text


def test_the_index_says_where_the_money_is(shop: Any, stand_in: Any, client: Any) -> None:
    authorized, captured, released, refunded = (shop.authorized() for _ in range(4))
    for intent in (captured, refunded):
        client.v1.payment_intents.capture(intent)
    client.v1.payment_intents.cancel(released)
    stand_in.refund(refunded)
    page = requests.get(stand_in.url, timeout=3).text
    for state in ("held", "captured", "released", "refunded"):
        assert f'class="state {state}"' in page


def test_the_index_has_buttons_for_the_bank(shop: Any, stand_in: Any) -> None:
    session = shop.authorized_session()
    intent = shop.pay(session.id)
    requests.post(f"{stand_in.url}/act/lapse/{session.id}", timeout=3)
    assert shop.intent(intent).status == "canceled"
