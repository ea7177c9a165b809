"""What the shop asks all the time goes to the rows that matter by an index, however many old ones
there are. PostgreSQL's own plans tell, for rows that it has counted."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin.overview import cards, count_needing_staff
from orders.invariants import find_violations
from orders.limits import refuse_more_orders
from orders.models import Email, Order, Payment, StripeEvent
from orders.payments.events import payment_of
from orders.sweep import run_sweep
from shop.observability.metrics import waiting
from tests.steps.factories import make_brand, make_order, make_payment, make_radio

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL's plans"),
]

OLD = 2000
BIG = {f"orders_{name}" for name in ("order", "payment", "email", "stripeevent", "history")}


def make_old_orders() -> None:
    """All done long ago, a minute apart."""
    at = timezone.now() - timedelta(days=90)
    like = make_order(status="delivered")
    copied = {field.attname: getattr(like, field.attname) for field in Order._meta.concrete_fields}
    orders = Order.objects.bulk_create(
        Order(**copied | {
            "id": None, "number": f"RC-{n:09}", "form_key": uuid4(), "serial_hash": f"hash{n}",
            "email": f"old{n}@example.com", "network": f"net{n}",
        })
        for n in range(OLD)
    )  # fmt: skip
    Payment.objects.bulk_create(
        Payment(
            order=order, status="captured", amount=1499, amount_captured=1499, currency="eur",
            params={}, session_id=f"cs_{order.pk}", intent_id=f"pi_{order.pk}", expires_at=at,
            held_at=at, captured_at=at,
        )
        for order in orders
    )  # fmt: skip
    Email.objects.bulk_create(
        Email(order=order, mail="your_code", status="sent", to=order.email) for order in orders
    )
    StripeEvent.objects.bulk_create(
        StripeEvent(stripe_id=f"evt_{n}", type="charge.captured", status="handled", is_live=False)
        for n in range(OLD)
    )
    with connection.cursor() as cursor:
        for table, column in TIMES:
            # names from above, nothing that was typed
            cursor.execute(
                f"UPDATE {table} SET {column} = %s - id * interval '1 minute'",  # noqa: S608
                [at],
            )
        cursor.execute("ANALYZE")


TIMES = (
    ("orders_order", "created_at"), ("orders_order", "placed_at"), ("orders_payment", "created_at"),
    ("orders_email", "created_at"), ("orders_stripeevent", "received_at"),
)  # fmt: skip


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def read_whole(act: Callable[[], object]) -> list[str]:
    """The queries of the act that go through a table of orders from its beginning to its end."""
    with CaptureQueriesContext(connection) as queries:
        act()
    asked = {query["sql"] for query in queries if query["sql"].startswith("SELECT")}
    assert asked
    found = []
    with connection.cursor() as cursor:
        for sql in sorted(asked):
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            (told,) = cursor.fetchone()
            plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
            for node in nodes(plan):
                is_first_row = "Index" in node["Node Type"] and sql.endswith('"id" ASC LIMIT 1')
                if node.get("Relation Name") in BIG and not (is_first_row or is_by_index(node)):
                    found.append(f"{node['Node Type']} of {node['Relation Name']}: {sql}")
    return found


def is_by_index(node: dict[str, Any]) -> bool:
    """By a condition, or by an index that holds only the few rows that wait."""
    if node["Node Type"] == "Bitmap Heap Scan" or "Index Cond" in node:
        return True
    with connection.cursor() as cursor:
        name = f'"{node.get("Index Name", "")}"'
        cursor.execute("SELECT 1 FROM pg_index WHERE indpred IS NOT NULL"
                       " AND indexrelid = to_regclass(%s)", [name])  # fmt: skip
        return cursor.fetchone() is not None


def sweep() -> None:
    run_sweep(lambda task, pk: None)


def numbers_of_the_admin() -> None:
    cards()
    count_needing_staff()


def metrics() -> None:
    for part in (waiting.work, waiting.events, waiting.orders):
        list(part())


def limits_and_look_at_the_buyer() -> None:
    order = Order(radio=make_radio(), brand=make_brand(), email="b@example.com", network="net")
    refuse_more_orders(order.network, order.email, order.hashes)
    order.has_many_serials()


def payment_of_an_event() -> None:
    payment = make_payment(make_order())
    uuid = str(payment.uuid)
    event = StripeEvent(object_id="cs_1", intent_id=payment.intent_id, payment_uuid=uuid)
    assert payment_of(event) == payment


def page_of_an_order() -> None:
    assert Client().get(make_order(status="ready").secret_link()).status_code == 200


def test_nothing_that_is_asked_all_the_time_reads_old_orders() -> None:
    make_old_orders()
    for status in ("pending", "placed", "with_staff", "found", "payment_due", "ending"):
        make_payment(make_order(status=status, serial=status), status="expired")
    for act in (
        sweep,
        numbers_of_the_admin,
        metrics,
        limits_and_look_at_the_buyer,
        payment_of_an_event,
        page_of_an_order,
    ):
        assert read_whole(act) == [], act.__name__


def test_the_admins_lists_sort_no_old_orders(admin_client: Client) -> None:
    """Counting them is quick."""
    make_old_orders()
    for name in ("order", "stripeevent", "email", "payment"):
        address = f"/admin/orders/{name}/"
        whole = [told for told in read_whole(partial(admin_client.get, address)) if "Seq" in told]
        assert [told for told in whole if "COUNT(" not in told and "DISTINCT" not in told] == []


def test_the_invariants_are_asked_of_some_orders_at_a_time() -> None:
    make_old_orders()
    asked = read_whole(lambda: list(find_violations(window=OLD // 10)))
    assert [told for told in asked if told.startswith("Seq Scan of orders_order:")] == []


LOOKED_FOR = [
    ("order", "rc7k3d94qf"),
    ("order", "OLD7@example.com"),
    ("payment", "RC-7K3D-94QF"),
    ("payment", "pi_0123456789"),
    ("refund", "7K3D 94QF"),
    ("email", "RC7K3D94QF"),
]


def test_what_staff_look_for_whole_is_found_by_an_index(admin_client: Client) -> None:
    make_old_orders()
    for page, asked in LOOKED_FOR:
        read = read_whole(partial(admin_client.get, f"/admin/orders/{page}/", {"q": asked}))
        assert [told for told in read if "Seq" in told] == [], (page, asked)
