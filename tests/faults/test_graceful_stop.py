"""After SIGTERM, web and worker finish what they have begun, and begin nothing more."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from django.db import connection

from orders.leases import enqueue
from orders.models import Email, Mail, Order, Status, queue_mail
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.factories import (
    CODE,
    make_code,
    make_code_book_entry,
    make_fallback_radio,
    make_order,
    make_payment,
)
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, table_locked, wait_until

pytestmark = WITH_PROCESSES


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox) -> Iterator[Shop]:
    with StripeStandIn() as stripe, Shop(tmp_path, stripe, inbox) as running:
        yield running


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


def test_a_page_that_was_asked_for_is_answered_though_the_server_was_told_to_stop(
    shop: Shop,
) -> None:
    order = make_order(status="delivered")
    make_code(order)
    web = shop.start_web()
    with ThreadPoolExecutor(1) as customer:
        with table_locked("orders_order"):
            page = customer.submit(httpx.get, shop.url + order.secret_link(), timeout=30)
            wait_until(waits_for_a_lock, seconds=20, what="the page waits for the database")
            web.send_signal(signal.SIGTERM)
            web.wait_for_log("Handling signal: term")
        assert CODE in page.result().text
    web.wait()


def test_a_task_is_finished_though_its_worker_was_told_to_stop(shop: Shop) -> None:
    """Its lease would last three minutes: no other worker has done it."""
    shop.environment["CLAIM_LASTS"] = "180"
    make_fallback_radio()
    order = make_order(status="placed")
    make_code_book_entry()
    worker = shop.start_worker()
    with table_locked("orders_codebookentry"):
        enqueue(order)
        wait_until(waits_for_a_lock, seconds=20, what="the worker looks for the code")
        worker.send_signal(signal.SIGTERM)
        worker.wait_for_log("Warm shutdown")
    worker.wait()
    order.refresh_from_db()
    assert (order.status, order.tries) == (Status.FOUND, 0)


def test_slow_mail_delays_no_code(shop: Shop, inbox: Inbox) -> None:
    """Queues apart: a mail server that says nothing keeps those who send mail, and no others."""
    inbox.fail("slow", times=None, seconds=30)
    make_fallback_radio()
    make_code_book_entry()
    for name, queue in (("mails", "mail"), ("codes", "orders,sweep")):
        shop.launch_worker(name, queues=queue)
    sold = make_order(status="ready")
    make_payment(sold, status="captured", amount_captured=sold.price)
    make_code(sold)
    for _mail in range(3):
        queue_mail(sold, Mail.YOUR_CODE)
    sending = Email.objects.filter(claim_token__isnull=False)
    wait_until(sending.exists, seconds=60, what="a mail is handed over")
    orders = [make_order(status="placed") for _order in range(5)]
    for order in orders:
        enqueue(order)
    found = Order.objects.filter(status=Status.FOUND)
    wait_until(lambda: found.count() == len(orders), seconds=20, what="all codes are found")
    assert sending.exists() and inbox.messages == []
