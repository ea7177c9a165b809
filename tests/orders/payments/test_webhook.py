import json
import logging
from typing import Any

import pytest
from django.test import Client

from orders.models import Order, StripeEvent
from orders.payments.checkout import checkout_url
from tests.steps.factories import make_order
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(stripe: Stripe) -> Order:
    """Paid at Stripe; the shop has not heard of it."""
    order = make_order()
    checkout_url(order)
    stripe.pay(str(order.payments.get().session_id))
    return order


@pytest.mark.also_on_sqlite
def test_a_completed_session_places_the_order(stripe: Stripe, paid: Order) -> None:
    [response] = stripe.deliver("checkout.session.completed")
    assert response.status_code == 200
    work_until_quiet()
    paid.refresh_from_db()
    assert paid.status == "with_staff"


def test_nothing_is_done_in_the_call_itself(stripe: Stripe, paid: Order) -> None:
    stripe.deliver("checkout.session.completed")
    paid.refresh_from_db()
    assert paid.status == "pending"
    assert StripeEvent.objects.get().due_at is not None


@pytest.mark.also_on_sqlite
def test_the_same_event_twice_is_stored_and_handled_once(stripe: Stripe, paid: Order) -> None:
    for _ in range(2):
        [response] = stripe.deliver("checkout.session.completed")
        assert response.status_code == 200
    work_until_quiet()
    assert StripeEvent.objects.count() == 1
    assert paid.history.filter(move="place").count() == 1


@pytest.mark.also_on_sqlite
def test_two_events_for_one_payment_place_it_once(stripe: Stripe, paid: Order) -> None:
    stripe.deliver("payment_intent.amount_capturable_updated")
    stripe.deliver("checkout.session.completed")
    work_until_quiet()
    assert paid.history.filter(move="place").count() == 1


def test_the_event_proves_nothing_the_session_is_read(stripe: Stripe) -> None:
    order = make_order()
    checkout_url(order)
    session = order.payments.get().session_id
    event = {
        "id": "evt_says_paid", "object": "event", "type": "checkout.session.completed",
        "livemode": False, "api_version": "2026-10-28.endive",
        "data": {"object": {"id": session, "payment_status": "paid", "status": "complete"}},
    }  # fmt: skip
    assert post_event(*stripe.signed(event)).status_code == 200
    work_until_quiet()
    order.refresh_from_db()
    assert order.status == "pending"


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"{}", ""),
        (b"{}", "t=1,v1=00"),
        (b"\xff\xfe", "t=1,v1=00"),
        (b"not json", "nonsense"),
        (b"x" * 2_000_000, "t=1,v1=00"),
    ],
)
def test_what_stripe_did_not_sign_is_refused_and_not_stored(
    db: None, body: bytes, signature: str
) -> None:
    assert post_event(body, signature).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"{}", b'"text"', b"\xff", b"not json"])
def test_what_is_signed_but_no_event_is_refused(stripe: Stripe, body: bytes) -> None:
    import hashlib
    import hmac
    import time

    moment = int(time.time())
    signed = hmac.new(b"whsec_tests", b"%d." % moment + body, hashlib.sha256).hexdigest()
    assert post_event(body, f"t={moment},v1={signed}").status_code == 400


def test_a_thin_event_is_answered_and_not_stored(stripe: Stripe, caplog: Any) -> None:
    """Stripe would repeat for days what is answered 400."""
    event = {
        "id": "evt_test_thin", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found",
        "livemode": False, "created": "2026-11-29T10:00:00.000Z", "related_object": None,
    }  # fmt: skip
    with caplog.at_level(logging.WARNING):
        assert post_event(*stripe.signed(event)).status_code == 200
    assert "thin event" in caplog.text
    assert not StripeEvent.objects.exists()
    forged = post_event(*stripe.signed(event, secret="whsec_of_somebody"))
    assert forged.status_code == 400


def test_an_old_signature_is_refused(stripe: Stripe, paid: Order) -> None:
    event = stripe.events("checkout.session.completed")[0]
    assert post_event(*stripe.signed(event, timestamp=1_600_000_000)).status_code == 400


def test_each_of_two_secrets_is_accepted_while_one_is_rolled(
    stripe: Stripe, paid: Order, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_tests"]
    for secret in ("whsec_new", "whsec_tests"):
        [response] = stripe.deliver("checkout.session.completed", secret=secret)
        assert response.status_code == 200


def changed(stripe: Stripe, **values: Any) -> tuple[bytes, str]:
    event = json.loads(json.dumps(stripe.events("checkout.session.completed")[0])) | values
    return stripe.signed(event)


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("values", [{"type": "plan.created"}, {"livemode": True}])
def test_what_is_not_for_us_is_stored_as_ignored(
    stripe: Stripe, paid: Order, values: dict[str, Any]
) -> None:
    assert post_event(*changed(stripe, **values)).status_code == 200
    assert StripeEvent.objects.get().status == "ignored"


def test_an_event_of_a_payment_that_is_not_ours_is_ignored(stripe: Stripe, paid: Order) -> None:
    stripe.deliver("checkout.session.completed")
    paid.payments.all().delete()
    work_until_quiet()
    assert StripeEvent.objects.get().status == "ignored"


def test_another_api_version_is_handled_with_a_warning(
    stripe: Stripe, paid: Order, caplog: Any
) -> None:
    with caplog.at_level(logging.WARNING):
        post_event(*changed(stripe, api_version="2020-08-27"))
    assert "2020-08-27" in caplog.text
    work_until_quiet()
    assert StripeEvent.objects.get().status == "handled"


def test_stripe_being_away_leaves_the_event_for_later(stripe: Stripe, paid: Order) -> None:
    stripe.deliver("checkout.session.completed")
    stripe.fail("down", "GET", times=None)
    work_until_quiet()
    event = StripeEvent.objects.get()
    assert (event.status, event.delays) == ("received", 1)


def test_only_post_is_answered(db: None) -> None:
    assert Client().get("/stripe/webhook/").status_code == 405
