from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from orders.leases import publish
from orders.lib.redis import redis_client
from orders.models import (
    Alert,
    Attempt,
    AttentionReason,
    Email,
    LastRun,
    Licence,
    LicenceStatus,
    Mail,
    Order,
    Outcome,
    raise_alert,
)
from orders.payments.sync import record_authorization
from orders.retrieval.supplier import CIRCUIT
from orders.sweep import run_sweep
from tests.steps.factories import make_order, make_payment

pytestmark = pytest.mark.django_db

Samples = dict[tuple[str, ...], float]


def scraped(client: Client) -> Samples:
    """Each number by its metric's name and the values of its labels, in order of their names."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


# ------------------------------------------------------------------ who may read them
@pytest.mark.parametrize(
    ("address", "status"), [("10.1.2.3", 200), ("127.0.0.1", 404), ("192.0.2.7", 404), ("", 404)]
)
def test_they_are_for_the_operators_network(
    client: Client, settings: Any, address: str, status: int
) -> None:
    settings.METRICS_NETWORKS = ["10.0.0.0/8"]
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.parametrize(
    ("proxies", "told", "status"),
    [
        (1, "192.0.2.7", 404),  # a customer, through our proxy
        (1, "127.0.0.1, 192.0.2.7", 404),  # who makes up where they come from
        (1, "10.1.2.3", 200),
        (1, "10.1.2.3:4711", 200),
        (1, "unknown", 404),  # so the proxy's address counts, which is near
        (2, "127.0.0.1, 192.0.2.7", 404),  # past one proxy, with an entry made up for it
        (2, "192.0.2.7", 404),
        (0, "10.1.2.3", 404),  # a proxy that is not counted makes everybody look near
    ],
)
def test_behind_proxies_it_counts_who_asked_them(
    client: Client, settings: Any, proxies: int, told: str, status: int
) -> None:
    settings.METRICS_NETWORKS, settings.TRUSTED_PROXIES = ["10.0.0.0/8", "127.0.0.1"], proxies
    answer = client.get("/metrics", headers={"X-Forwarded-For": told}, REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == status


# ------------------------------------------------------------------ what they tell
def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    before = scraped(client)
    for path in ("/search/?q=a", "/search/?q=b", "/no/page/at/all/BP123456789012/", "/admin/"):
        client.get(path)
    after = scraped(client)
    grown = {
        key: after[key] - before.get(key, 0) for key in after if key[0].startswith("shop_http")
    }
    assert grown["shop_http_requests_total", "GET", "200", "search"] == 2
    assert grown["shop_http_requests_total", "GET", "404", "none"] == 1
    assert grown["shop_http_requests_total", "GET", "302", "admin"] == 1
    assert grown["shop_http_request_seconds_count", "search"] == 2
    assert "BP1234" not in str(after)


@pytest.mark.also_on_sqlite
def test_work_that_waits_is_counted_and_timed(client: Client) -> None:
    order, now = make_order(status="placed"), timezone.now()
    order.make_due(now - timedelta(minutes=10))
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to="a@b.example", due_at=now, tries=5)
    found = scraped(client)
    assert found["shop_work_waiting", "order"] == 1
    assert 600 <= found["shop_work_oldest_seconds", "order"] < 660
    assert found["shop_work_oldest_seconds", "payment"] == 0
    assert (found["shop_work_waiting", "email"], found["shop_work_used_up", "email"]) == (0, 1)


@pytest.mark.also_on_sqlite
def test_what_stands_in_the_rows_is_told(client: Client) -> None:
    deadline = timezone.now() + timedelta(hours=1)
    order = make_order(status="with_staff", deadline_at=deadline)
    order.needs_attention(AttentionReason.MAIL)
    raise_alert(Alert.Kind.EVENTS, "events", "none came")
    Licence.objects.create(
        pk=1, status=LicenceStatus.ACTIVE, ends_on=timezone.localdate() + timedelta(days=9)
    )
    found = scraped(client)
    assert found["shop_orders", "with_staff"] == 1 and found["shop_orders", "placed"] == 0
    assert found["shop_orders_attention", "mail"] == 1
    assert found["shop_alerts_open", "events"] == 1 and found["shop_alerts_open", "declines"] == 0
    assert 3500 < found["shop_desk_seconds_left",] <= 3600
    assert (found["shop_licence_active",], found["shop_licence_days_left",]) == (1, 9)


@pytest.mark.also_on_sqlite
def test_an_order_that_waits_for_its_customer_wakes_nobody(client: Client) -> None:
    order = make_order(status="with_staff", deadline_at=timezone.now() + timedelta(minutes=5))
    question = order.questions.create(text_encrypted="x")
    assert ("shop_desk_seconds_left",) not in scraped(client)
    order.questions.filter(pk=question.pk).update(closed_at=timezone.now())
    assert scraped(client)["shop_desk_seconds_left",] <= 300


@pytest.mark.also_on_sqlite
def test_the_last_hour_is_told_and_not_what_was_before(client: Client) -> None:
    now = timezone.now()
    order = make_order(status="found", placed_at=now - timedelta(seconds=20))
    record_authorization(make_payment(order, status="open"), "pi_1", None)
    Order.objects.filter(pk=order.pk).update(status="found")
    order.ready()
    for began, outcome, lasted in (
        (0, Outcome.FOUND, 300),
        (0, Outcome.BROKEN, 9000),
        (61, Outcome.FOUND, 1),
    ):
        Attempt.objects.create(
            order=order, source="supplier", outcome=outcome, duration_ms=lasted,
            started_at=now - timedelta(minutes=began),
        )  # fmt: skip
    mail = Email.objects.create(order=order, mail=Mail.YOUR_CODE, to="anna@example.com")
    mail.bounce("unknown")
    found = scraped(client)
    assert found["shop_order_moves_last_hour", "ready"] == 1
    assert found["shop_payment_moves_last_hour", "hold"] == 1
    assert found["shop_mails_last_hour", "your_code", "bounced"] == 1
    assert found["shop_source_attempts_last_hour", "found", "supplier"] == 1
    assert found["shop_source_seconds_bucket", "1.0", "supplier"] == 1
    assert found["shop_source_seconds_bucket", "+Inf", "supplier"] == 2
    assert found["shop_time_to_code_seconds_bucket", "15.0"] == 0
    assert found["shop_time_to_code_seconds_bucket", "30.0"] == 1


@pytest.mark.also_on_sqlite
def test_the_sweep_tells_when_it_last_came_to_its_end(client: Client) -> None:
    before = timezone.now().timestamp()
    run_sweep(publish)
    assert scraped(client)["shop_last_run_timestamp_seconds", LastRun.SWEEP] >= before - 1


def test_queues_and_the_circuit_are_read_from_redis(client: Client, settings: Any) -> None:
    store = redis_client(settings.REDIS_URL)
    store.flushdb()
    store.rpush("mail", "one", "two")
    store.set(CIRCUIT.why, "[]")
    found = scraped(client)
    store.flushdb()
    assert (found["shop_queue_length", "mail"], found["shop_queue_length", "orders"]) == (2, 0)
    assert found["shop_circuit_open", "supplier"] == 1
    assert scraped(client)["shop_circuit_open", "supplier"] == 0


# ------------------------------------------------------------------ when something is away
def test_without_redis_the_rest_is_told(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    found = scraped(client)
    assert (found["shop_part_up", "redis"], found["shop_part_up", "database"]) == (0, 1)
    assert ("shop_queue_length", "mail") not in found and ("shop_orders", "placed") in found


def test_without_a_database_the_rest_is_told(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        found = scraped(client)
    assert (found["shop_part_up", "redis"], found["shop_part_up", "database"]) == (1, 0)
    assert ("shop_queue_length", "mail") in found and ("shop_orders", "placed") not in found


# ------------------------------------------------------------------ what it costs
BIG = {
    f"orders_{name}"
    for name in ("order", "history", "email", "attempt", "payment", "refund", "stripeevent")
}
# have only those rows that are asked for
PARTIAL = ("one_open_attention", "_due", "one_open_question")


def read_whole(node: dict[str, Any]) -> Iterator[str]:
    """Tables, of a plan of PostgreSQL's, that are read from their beginning to their end."""
    whole = "Index Cond" not in node and not node.get("Index Name", "").endswith(PARTIAL)
    if node.get("Relation Name") in BIG and node["Node Type"] != "Bitmap Heap Scan" and whole:
        yield f"{node['Relation Name']} by {node.get('Index Name')}"
    if node["Node Type"] == "Bitmap Index Scan" and whole:
        yield f"all of {node['Index Name']}"
    for part in node.get("Plans", []):
        yield from read_whole(part)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks what PostgreSQL would do")
def test_no_query_reads_all_orders(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(50) as asked:
        scraped(client)
    with connection.cursor() as cursor:
        # what other tests left behind in the files of tables and indexes must not sway the planner
        cursor.execute("TRUNCATE orders_order CASCADE")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'orders_order'::regclass")
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked.captured_queries:
            cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"])
            [plan] = cursor.fetchone()[0]
            assert list(read_whole(plan["Plan"])) == [], query["sql"]
