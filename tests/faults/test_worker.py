"""One worker, and what may happen to it: killed at the worst moment, or handed old messages."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection

from orders.leases import MAX_TRIES, publish
from orders.models import AttentionReason, Mail, Order, Status, queue_mail
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.attention import open_reasons
from tests.steps.factories import CODE, make_code, make_fallback_radio, make_order, make_payment
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Process, Shop, table_locked, wait_until

pytestmark = WITH_PROCESSES


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox) -> Iterator[Shop]:
    with StripeStandIn() as stripe, Shop(tmp_path, stripe, inbox) as running:
        running.environment |= {"CLAIM_LASTS": "1"}
        yield running


def ready_order() -> Order:
    order = make_order(status="ready")
    make_payment(order, status="captured", amount_captured=order.price)
    make_code(order)
    return order


@pytest.mark.sentinel
def test_a_worker_killed_after_the_mail_was_taken_sends_a_copy_and_no_other_mail(
    shop: Shop, inbox: Inbox
) -> None:
    doomed = shop.start_worker("doomed")
    with table_locked("orders_history", may_be_read=True):  # that it was sent cannot be written
        email = queue_mail(ready_order(), Mail.YOUR_CODE)
        wait_until(lambda: inbox.messages, seconds=20, what="the mail is taken")
        doomed.kill()
    shop.start_worker("second")
    current_app.send_task("orders.tasks.sweep")
    wait_until(
        Order.objects.filter(status=Status.DELIVERED).exists, seconds=30, what="it is delivered"
    )
    assert [mail.message_id for mail in inbox.messages] == [email.message_id] * 2
    assert [CODE in mail.text for mail in inbox.messages] == [True] * 2


def test_work_that_kills_its_process_each_time_ends_with_a_person(shop: Shop) -> None:
    make_fallback_radio()
    order = make_order(status="placed", tries=MAX_TRIES - 2)
    worker = shop.start_worker()
    shop.start_beat()
    with table_locked("orders_codebookentry"):
        for tries in (MAX_TRIES - 1, MAX_TRIES):
            at_it = Order.objects.filter(tries=tries, claim_token__isnull=False)
            wait_until(at_it.exists, seconds=30, what=f"it is claimed, try {tries}")
            kill_children(worker)
    with_staff = Order.objects.filter(pk=order.pk, status=Status.WITH_STAFF)
    wait_until(with_staff.exists, seconds=30, what="a person has it")
    assert open_reasons(with_staff.get()) == [AttentionReason.TRIES]
    assert not worker.has_ended


def kill_children(worker: Process) -> None:
    """As the kernel does that wants memory back. The worker itself lives, and gets others."""
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    assert children
    for pid in children:
        os.kill(int(pid), signal.SIGKILL)


def test_messages_of_another_release_are_passed_over(shop: Shop, inbox: Inbox) -> None:
    worker = shop.start_worker()
    publish("orders.tasks.of_an_older_release", 1)
    current_app.send_task("orders.tasks.send_email", ("a", "b"), {"c": 1})
    queue_mail(ready_order(), Mail.YOUR_CODE)
    wait_until(lambda: inbox.messages, seconds=30, what="the mail is taken")
    assert "of_an_older_release" in worker.log.read_text()
    assert not worker.has_ended


def test_it_keeps_its_connection_from_task_to_task_and_replaces_one_that_was_cut(
    shop: Shop,
) -> None:
    shop.start_worker()
    mail_another()
    first = connections_of_others()
    mail_another()
    assert connections_of_others() == first != set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [list(first)])
    mail_another()
    assert connections_of_others().isdisjoint(first)


def mail_another() -> None:
    email = queue_mail(ready_order(), Mail.YOUR_CODE)
    done = Order.objects.filter(pk=email.order_id, status=Status.DELIVERED)
    wait_until(done.exists, seconds=30, what="the mail is sent")


def connections_of_others() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in cursor.fetchall()}
