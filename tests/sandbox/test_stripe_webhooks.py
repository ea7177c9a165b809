"""Events arrive signed, again after failures, and disturbed when asked."""

import json
from typing import Any

import pytest
from stripe import SignatureVerificationError, Webhook

from sandbox.stripe import StripeStandIn


def types(receiver: Any) -> list[str]:
    return [json.loads(body)["type"] for body in receiver.bodies]


def test_it_signs_what_it_sends(shop: Any, stand_in: Any, receiver: Any) -> None:
    shop.paid()
    assert stand_in.settle()
    event = Webhook.construct_event(
        receiver.bodies[-1], receiver.signatures[-1], stand_in.webhook_secret
    )
    assert event.type == "checkout.session.completed"


def test_it_comes_again_after_a_failure(shop: Any, stand_in: Any, receiver: Any) -> None:
    receiver.statuses = [500, 302]
    shop.session()
    shop.stand_in.webhooks("normal")
    shop.client.v1.checkout.sessions.expire(shop.session().id)
    assert stand_in.settle()
    assert types(receiver) == ["checkout.session.expired"] * 3
    assert [(d["state"], d["attempts"]) for d in stand_in.deliveries] == [("delivered", 3)]


def test_it_drops_when_told(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("drop", types=["checkout.session.completed"])
    shop.paid()
    assert stand_in.settle()
    assert "checkout.session.completed" not in types(receiver)
    assert len(stand_in.events("checkout.session.completed")) == 1


def test_it_doubles_one_event(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("double", count=1)
    shop.paid()
    assert stand_in.settle()
    assert types(receiver).count("payment_intent.created") == 2
    assert types(receiver).count("checkout.session.completed") == 1


def test_it_delays(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("delay", seconds=2)
    shop.paid()
    assert not stand_in.settle(timeout=0.2)
    assert stand_in.settle()
    assert len(receiver.bodies) == 4


def test_it_shuffles(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("shuffle", seconds=0.3)
    for _ in range(4):
        shop.paid()
    assert stand_in.settle()
    sent = [event["id"] for event in stand_in.events()]
    got = [json.loads(body)["id"] for body in receiver.bodies]
    assert sorted(sent) == sorted(got)
    assert sent != got


def test_it_drops_those_of_one_payment(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("drop", about="p-2")
    unheard = shop.pay(shop.session(metadata={}, payment_intent_data=metadata("p-2")).id)
    stand_in.refund(unheard)
    heard = shop.pay(shop.session(payment_intent_data=metadata("p-3")).id)
    assert stand_in.settle()
    bodies = b"".join(receiver.bodies).decode()
    assert (unheard in bodies, heard in bodies) == (False, True)


def metadata(payment: str) -> Any:
    return {"metadata": {"payment": payment}}


def test_it_signs_with_a_wrong_secret(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("wrong_secret")
    shop.paid()
    assert stand_in.settle()
    with pytest.raises(SignatureVerificationError):
        Webhook.construct_event(receiver.bodies[0], receiver.signatures[0], stand_in.webhook_secret)


def test_it_speaks_another_version(shop: Any, stand_in: Any, receiver: Any) -> None:
    stand_in.webhooks("other_version", version="2019-01-01")
    shop.paid()
    assert stand_in.settle()
    assert json.loads(receiver.bodies[0])["api_version"] == "2019-01-01"


def test_it_sends_an_event_again_on_request(shop: Any, stand_in: Any, receiver: Any) -> None:
    shop.paid()
    stand_in.redeliver(stand_in.events("checkout.session.completed")[0]["id"])
    assert stand_in.settle()
    assert types(receiver).count("checkout.session.completed") == 2


def test_it_delivers_to_registered_endpoints(shop: Any, client: Any, receiver: Any) -> None:
    shop.stand_in.webhook_url = None
    wanted = {"url": receiver.url, "enabled_events": ["checkout.session.completed"]}
    secret = client.v1.webhook_endpoints.create(wanted).secret
    shop.paid()
    assert shop.stand_in.settle()
    assert types(receiver) == ["checkout.session.completed"]
    Webhook.construct_event(receiver.bodies[0], receiver.signatures[0], secret)


def test_it_hears_once_when_the_known_address_is_registered(
    shop: Any, client: Any, stand_in: Any, receiver: Any
) -> None:
    wanted = {"url": receiver.url, "enabled_events": ["*"]}
    endpoint = client.v1.webhook_endpoints.create(wanted)
    assert endpoint.secret == stand_in.webhook_secret
    assert "secret" not in client.v1.webhook_endpoints.list().data[0].to_dict()
    shop.paid()
    assert stand_in.settle()
    assert len(receiver.bodies) == 4


def test_it_never_sends_to_the_outside(shop: Any, client: Any, stand_in: Any) -> None:
    wanted = {"url": "https://shop.example.com/hook", "enabled_events": ["*"]}
    client.v1.webhook_endpoints.create(wanted)
    shop.paid()
    assert {delivery["state"] for delivery in stand_in.deliveries} == {"not local"}


def test_it_disables_an_endpoint(shop: Any, client: Any, stand_in: Any, receiver: Any) -> None:
    endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    stand_in.webhook_url = None
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    shop.paid()
    assert stand_in.deliveries == []


def test_it_lists_events(shop: Any, client: Any, stand_in: Any) -> None:
    shop.paid()
    found = client.v1.events.list({"types": ["checkout.session.completed", "charge.succeeded"]})
    assert [event.type for event in found] == ["checkout.session.completed", "charge.succeeded"]
    assert client.v1.events.retrieve(found.data[0].id).data.object.status == "complete"


def test_it_delivers_after_a_restart(
    tmp_path: Any, receiver: Any, make_client: Any, session_params: Any
) -> None:
    data = str(tmp_path / "stripe.sqlite3")
    with StripeStandIn(data=data, webhook_url=receiver.url, retry_delays=(0.3, 0.3)) as first:
        receiver.statuses = [500]
        made = make_client(first).v1.checkout.sessions.create(session_params())
        make_client(first).v1.checkout.sessions.expire(made.id)
        first.settle(timeout=0.2)
    with StripeStandIn(data=data, webhook_url=receiver.url, retry_delays=(0.3, 0.3)) as second:
        assert second.settle()
        assert second.deliveries[0]["state"] == "delivered"


def test_it_signs_an_event_for_the_test_itself(shop: Any, stand_in: Any) -> None:
    shop.paid()
    body, signature = stand_in.signed(stand_in.events()[0])
    assert Webhook.construct_event(body, signature, stand_in.webhook_secret)
