"""Lists in pages and by what they are about; single objects; webhook endpoints."""

import json
import time
from typing import Any

import pytest
from stripe import InvalidRequestError, Webhook

ENDED = "checkout.session.expired"


def test_every_list_comes_in_pages(shop: Any, client: Any, stand_in: Any) -> None:
    intents = [shop.paid() for _ in range(3)]
    for intent in intents:
        stand_in.dispute(intent)
        stand_in.close_dispute(stand_in.books()["dispute"][-1]["id"], "won")
        stand_in.refund(intent)
    v1 = client.v1
    for listed in (v1.checkout.sessions, v1.refunds, v1.disputes, v1.events):
        whole = [item.id for item in listed.list({"limit": 100})]
        first = listed.list({"limit": 2})
        assert ([item.id for item in first], first.has_more) == (whole[:2], True)
        rest = listed.list({"limit": 100, "starting_after": first.data[-1].id})
        assert ([item.id for item in rest], rest.has_more) == (whole[2:], False)
        assert [item.id for item in first.auto_paging_iter()] == whole


def test_every_list_takes_a_span_of_time(shop: Any, client: Any, stand_in: Any) -> None:
    early = shop.paid()
    stand_in.dispute(early)
    stand_in.advance_clock(days=40)
    late = shop.paid()
    stand_in.refund(late)
    stand_in.dispute(shop.paid())
    since = {"created": {"gte": int(time.time()) + 86400}}
    v1 = client.v1
    assert len(v1.checkout.sessions.list(since)) == 2
    assert [refund.payment_intent for refund in v1.refunds.list(since)] == [late]
    assert [dispute.payment_intent for dispute in v1.disputes.list()][1:] == [early]
    assert early not in [dispute.payment_intent for dispute in v1.disputes.list(since)]
    assert {event.created > time.time() + 86400 for event in v1.events.list(since)} == {True}


def test_refunds_and_disputes_are_found_by_charge_or_payment(
    shop: Any, client: Any, stand_in: Any
) -> None:
    shop.paid()
    intent = shop.paid()
    charge = shop.intent(intent).latest_charge.id
    refund = stand_in.refund(intent, 900)
    dispute = stand_in.dispute(intent)
    for about in ({"payment_intent": intent}, {"charge": charge}):
        assert [item.id for item in client.v1.refunds.list(about)] == [refund["id"]]
        assert [item.id for item in client.v1.disputes.list(about)] == [dispute["id"]]


def test_a_list_about_nothing_that_exists_is_refused(client: Any) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.refunds.list({"payment_intent": "pi_nowhere"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "payment_intent")


def test_each_object_can_be_read_alone(shop: Any, client: Any, stand_in: Any) -> None:
    intent = shop.paid()
    refund, dispute = stand_in.refund(intent, 900), stand_in.dispute(intent)
    event = stand_in.events("charge.dispute.created")[0]
    v1 = client.v1
    assert v1.charges.retrieve(dispute["charge"]).payment_intent == intent
    assert v1.refunds.retrieve(refund["id"]).amount == 900
    assert v1.disputes.retrieve(dispute["id"]).status == "needs_response"
    assert v1.events.retrieve(event["id"]).data.object.id == dispute["id"]


def test_evidence_waits_until_it_is_submitted(shop: Any, client: Any, stand_in: Any) -> None:
    dispute = stand_in.dispute(shop.paid())["id"]
    draft = {"evidence": {"access_activity_log": "Shown on 3 May."}, "submit": False}
    assert client.v1.disputes.update(dispute, draft).status == "needs_response"
    sent = client.v1.disputes.update(dispute, {"submit": True})
    assert (sent.status, sent.evidence.access_activity_log) == ("under_review", "Shown on 3 May.")
    assert sent.evidence_details.submission_count == 1
    with pytest.raises(InvalidRequestError, match="already closed or under review"):
        client.v1.disputes.update(dispute, draft)


def test_an_endpoint_hears_what_it_asked_for_in_its_own_version(
    shop: Any, client: Any, stand_in: Any, receiver: Any
) -> None:
    stand_in.webhook_url = None
    asked = {"url": receiver.url, "enabled_events": [ENDED], "api_version": "2025-03-31.basil"}
    secret = client.v1.webhook_endpoints.create(asked).secret
    client.v1.checkout.sessions.expire(shop.session().id)
    shop.paid()
    assert stand_in.settle()
    assert len(receiver.bodies) == 1
    event = Webhook.construct_event(receiver.bodies[0], receiver.signatures[0], secret)
    assert (event.type, event.api_version) == (ENDED, "2025-03-31.basil")


def test_an_endpoint_that_changes_its_mind_hears_that(
    shop: Any, client: Any, stand_in: Any, receiver: Any
) -> None:
    stand_in.webhook_url = None
    asked = {"url": receiver.url, "enabled_events": [ENDED]}
    endpoint = client.v1.webhook_endpoints.create(asked)
    client.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["charge.succeeded"]})
    listed = client.v1.webhook_endpoints.list().data
    assert [(each.id, each.enabled_events) for each in listed] == [
        (endpoint.id, ["charge.succeeded"])
    ]
    shop.paid()
    assert stand_in.settle()
    assert [json.loads(body)["type"] for body in receiver.bodies] == ["charge.succeeded"]


def test_an_event_is_sent_again_only_to_who_listens(
    shop: Any, client: Any, stand_in: Any, receiver: Any
) -> None:
    stand_in.webhook_url = None
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": [ENDED]})
    shop.paid()
    stand_in.redeliver(stand_in.events("charge.succeeded")[0]["id"])
    assert stand_in.deliveries == []
