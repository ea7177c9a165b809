"""The database is away when Stripe calls: Stripe has to come again, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orders.models import Order, Status, StripeEvent
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.factories import SERIAL, make_code_book_entry, make_fallback_radio, make_radio
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, database_url, place_order, wait_until

pytestmark = WITH_PROCESSES


@pytest.fixture
def stripe() -> Iterator[StripeStandIn]:
    """Comes again every second, for as long as a web process may take to start."""
    retries = (1.0,) * 60
    with StripeStandIn(
        api_key="sk_test_tests", webhook_secret="whsec_tests", retry_delays=retries
    ) as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, stripe: StripeStandIn) -> Iterator[Shop]:
    make_radio()
    make_fallback_radio()
    make_code_book_entry()
    with Inbox() as inbox, Shop(tmp_path, stripe, inbox) as running:
        yield running


def test_an_event_that_met_no_database_is_taken_when_it_is_back(
    shop: Shop, stripe: StripeStandIn
) -> None:
    web = shop.start_web()
    page = place_order(shop.url, SERIAL)
    web.stop()

    shop.environment["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/shop"  # where nothing listens
    web = shop.start_web()
    stripe.pay(page.rsplit("/", 1)[1])
    wait_until(
        lambda: {each["answer"] for each in stripe.deliveries} == {"500"},
        seconds=30, what="Stripe is told to come again",
    )  # fmt: skip
    web.stop()
    assert not StripeEvent.objects.exists()

    shop.environment["DATABASE_URL"] = database_url()
    shop.start_web()
    assert stripe.settle(60)
    shop.start("sweep-1", "django", "sweep").wait()
    shop.start("sweep-2", "django", "sweep").wait()
    assert Order.objects.get().status in (Status.READY, Status.DELIVERED)
    events = [event["id"] for event in stripe.events()]
    assert sorted(StripeEvent.objects.values_list("stripe_id", flat=True)) == sorted(events)
