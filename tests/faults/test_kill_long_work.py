"""Work that takes its time, list of codes and the night's clearing, killed in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders.models import CodeBookEntry, Import, ImportStatus, LastRun, Order
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.code_lists import csv_of, remarks, upload
from tests.steps.factories import make_order, make_radio
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, table_locked, wait_until

pytestmark = WITH_PROCESSES

BATCH = 5_000
LINES = [f"nissan,BP{n:012},{n % 9999 + 1:04}" for n in range(BATCH + 100)]
LONG_AGO = timezone.now() - timedelta(days=100)


@pytest.fixture
def shop(tmp_path: Path, inbox: Inbox) -> Iterator[Shop]:
    with StripeStandIn() as stripe, Shop(tmp_path, stripe, inbox) as running:
        running.environment |= {"CLAIM_LASTS": "1"}
        yield running


@contextmanager
def order_locked(order: Order) -> Iterator[None]:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [order.pk])
            yield
    finally:
        other.close()


def how_many_wait() -> int:
    """For a lock, in this database: other tests run beside this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_a_list_and_the_nights_clearing_are_done_after_a_worker_was_killed(
    shop: Shop, admin_client: Client
) -> None:
    make_radio()
    first, second, third = (make_order(status="expired", serial=f"BP{n:012}") for n in range(3))
    Order.objects.update(created_at=LONG_AGO)
    doomed = shop.launch_worker("doomed", concurrency=2)
    # a list's entries are stored before its remarks
    with table_locked("orders_remark"), order_locked(second):
        current_app.send_task("orders.tasks.apply_retention")
        upload(admin_client, csv_of(*LINES, "nobody,1,2"))
        wait_until(lambda: how_many_wait() == 2, seconds=60, what="both are in the midst of it")
        doomed.kill()
    assert CodeBookEntry.objects.count() == Import.objects.get().rows == 0
    assert set(Order.objects.all()) == {second, third}

    shop.start_worker("another")
    current_app.send_task("orders.tasks.sweep")
    current_app.send_task("orders.tasks.apply_retention")  # the next night
    read = Import.objects.filter(status=ImportStatus.READ)
    wait_until(read.exists, seconds=60, what="the list is read")
    cleared = LastRun.objects.filter(job=LastRun.APPLY_RETENTION)
    wait_until(cleared.exists, seconds=60, what="the night's clearing came to its end")
    job = read.get()
    assert (job.rows, job.added, job.known, job.repeated) == (BATCH + 101, BATCH + 100, 0, 0)
    assert CodeBookEntry.objects.count() == BATCH + 100
    assert remarks(job) == [(BATCH + 102, "This brand is not known. Known are: Nissan.")]
    assert not Order.objects.exists()
