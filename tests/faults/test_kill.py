"""Kill the worker, flush Redis, drop every webhook: the database is the truth, one code comes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings

from orders.invariants import find_violations
from orders.models import Order, Payment, Status
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code_book_entry,
    make_fallback_radio,
    make_radio,
)
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, place_order, table_locked, wait_until

pytestmark = WITH_PROCESSES


@pytest.fixture
def stripe() -> Iterator[StripeStandIn]:
    with StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as running:
        yield running
        assert (running.violations, running.misuses) == ([], [])


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox, stripe: StripeStandIn) -> Iterator[Shop]:
    make_radio()
    make_fallback_radio()
    make_code_book_entry()
    with Shop(tmp_path, stripe, inbox) as running:
        yield running
        assert list(find_violations(settled_for=timedelta(0))) == []


def status_is(status: str) -> Any:
    return lambda: Order.objects.filter(status=status).exists()


def leased() -> bool:
    return Order.objects.filter(claim_token__isnull=False, claimed_until__isnull=False).exists()


def test_a_code_arrives_once_though_the_worker_is_killed_redis_flushed_and_webhooks_dropped(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox
) -> None:
    stripe.webhooks("drop")
    shop.start_web()
    shop.start_beat()
    doomed = shop.start_worker("doomed")
    page = place_order(shop.url, SERIAL)

    with table_locked("orders_codebookentry"):
        stripe.pay(page.rsplit("/", 1)[1])  # no webhook: the sweep has to notice
        wait_until(leased, seconds=60, what="the worker has claimed the order")
        doomed.kill()
        redis.Redis.from_url(settings.REDIS_URL).flushdb()

    assert Order.objects.get().status == Status.PLACED
    shop.start_worker("second")
    wait_until(status_is(Status.DELIVERED), seconds=30, what="the order is delivered")

    assert Payment.objects.get().amount_captured == 1499
    assert len(stripe.events("charge.captured")) == 1
    assert [CODE in mail.text for mail in inbox.messages] == [True]
    order = Order.objects.get()
    assert CODE in httpx.get(shop.url + order.secret_link()).text
    moves = list(order.history.filter(subject="order").values_list("move", flat=True))
    assert moves == ["place", "find", "ready", "deliver"]


def test_without_redis_orders_are_taken_and_done_when_it_is_back(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox
) -> None:
    shop.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"  # where nothing listens
    shop.start_web()
    page = place_order(shop.url, SERIAL)
    stripe.pay(page.rsplit("/", 1)[1])
    assert stripe.settle()
    assert {delivery["state"] for delivery in stripe.deliveries} == {"delivered"}

    shop.environment["REDIS_URL"] = settings.REDIS_URL
    shop.start_worker()
    shop.start_beat()
    wait_until(status_is(Status.DELIVERED), seconds=30, what="the order is delivered")
    assert len(inbox.messages) == 1


def test_the_sweep_command_alone_does_all_the_work(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox
) -> None:
    shop.start_web()
    page = place_order(shop.url, SERIAL)
    stripe.pay(page.rsplit("/", 1)[1])
    assert stripe.settle()
    for number in range(4):
        if not status_is(Status.DELIVERED)():
            shop.start(f"sweep-{number}", "django", "sweep").wait()
    assert Order.objects.get().status == Status.DELIVERED
    assert len(inbox.messages) == 1
