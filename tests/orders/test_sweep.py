"""The sweep and the jobs of the clock: what one step or row raises stops nothing else."""

import logging
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders import sweep as sweep_module
from orders.invariants import CHECKS
from orders.leases import MAX_TRIES
from orders.lib.batches import some
from orders.models import (
    Alert,
    EventStatus,
    LastRun,
    Order,
    Payment,
    Status,
    StepFailure,
    StripeEvent,
)
from orders.payments import reconcile as books
from orders.privacy import retention
from orders.sweep import recover_stuck_orders, run_sweep
from orders.tasks import check_invariants, sweep_here
from tests.steps.factories import make_order, make_payment
from tests.steps.payments import paid, state
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_message_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests before this one leave messages in Redis, which count as enqueued rows."""
    monkeypatch.setattr(sweep_module, "queue_lengths", dict)


STEPS = [  # as the sweep names them
    name for name in recover_stuck_orders.__code__.co_names if hasattr(sweep_module, name)
    and name not in ("on_its_own", "__name__")
]  # fmt: skip
LONG_AGO = timezone.now() - timedelta(days=400)


def broken(*_args: object, **_more: object) -> None:
    raise AttributeError("a bug of ours")


def failures() -> dict[str, int]:
    return dict(StepFailure.objects.values_list("step", "count"))


def called(name: str) -> Any:
    """A step of this name that raises."""
    return FunctionType(broken.__code__, broken.__globals__, name)


# ------------------------------------------------------------------ steps
def test_there_are_steps() -> None:
    assert {"end_overdue_orders", "watch_declines", "escalate_exhausted_work"} <= set(STEPS)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_that_raises_stops_no_other(
    name: str, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []
    for each in STEPS:
        step = called(name) if each == name else (lambda each=each: done.append(each))
        step.__name__ = each
        monkeypatch.setattr(sweep_module, each, step)
    asked: list[int] = []
    order = make_order(status="placed", due_at=LONG_AGO)
    with caplog.at_level(logging.ERROR):
        run_sweep(lambda task, pk: asked.append(pk), spare_queues=True)
    assert asked == [order.pk]
    assert done == [each for each in STEPS if each != name]
    assert failures() == {name: 1}
    assert "Traceback" in caplog.text and name in caplog.text
    assert LastRun.objects.filter(job=LastRun.SWEEP).exists()


def test_due_work_comes_before_all_repairs(monkeypatch: Any) -> None:
    seen: list[str] = []
    make_order(status="placed", due_at=LONG_AGO)
    monkeypatch.setattr(sweep_module, "recover_stuck_orders", lambda: seen.append("repairs"))
    run_sweep(lambda task, pk: seen.append("work"), spare_queues=True)
    assert seen == ["work", "repairs"]


def test_a_due_row_whose_task_raises_stops_no_other() -> None:
    orders = [make_order(status="placed", due_at=LONG_AGO) for _ in range(3)]
    asked: list[int] = []

    def act(task: str, pk: int) -> None:
        asked.append(pk)
        if pk == orders[0].pk:
            broken()

    run_sweep(act, spare_queues=True)
    assert sorted(asked) == [order.pk for order in orders]
    assert failures() == {Order.TASK: 1}


def test_failures_are_told_to_prometheus(client: Client) -> None:
    StepFailure.note("watch_desk")
    StepFailure.note("watch_desk")
    scraped = client.get("/metrics").content.decode()
    assert 'shop_step_failures_total{step="watch_desk"} 2.0' in scraped
    assert 'shop_step_failed_timestamp_seconds{step="watch_desk"}' in scraped


# ------------------------------------------------------------------ rows
def breaks_for(first: Any, monkeypatch: Any, owner: type, name: str) -> None:
    """The method raises for this row, and works for all others."""
    real = getattr(owner, name)

    def method(self: Any, *args: Any, **more: Any) -> Any:
        return broken() if self.pk == first.pk else real(self, *args, **more)

    monkeypatch.setattr(owner, name, method)


def overdue() -> Order:
    return make_order(status="with_staff", deadline_at=LONG_AGO)


def forgotten() -> Order:
    order = make_order()
    Order.objects.filter(pk=order.pk).update(created_at=LONG_AGO)
    return order


def left_over() -> Order:
    order = make_order(status="released")
    make_payment(
        order, status="captured", amount_captured=order.price, captured_at=LONG_AGO,
        is_superseded=True,
    )  # fmt: skip
    return order


@pytest.mark.parametrize(
    ("story", "owner", "method", "moved"),
    [
        (overdue, Order, "end", lambda order: order.status != Status.WITH_STAFF),
        (forgotten, Order, "expire", lambda order: order.status == Status.EXPIRED),
        (left_over, Payment, "make_due", lambda order: order.payments.get().due_at is not None),
    ],
)
def test_a_row_that_raises_stops_no_other(
    story: Any, owner: type, method: str, moved: Any, monkeypatch: Any
) -> None:
    orders = [story() for _ in range(3)]
    first = orders[0] if owner is Order else orders[0].payments.get()
    breaks_for(first, monkeypatch, owner, method)
    recover_stuck_orders()
    assert [moved(Order.objects.get(pk=each.pk)) for each in orders] == [False, True, True]
    assert sum(failures().values()) == 1


def test_rows_that_never_move_keep_no_other_from_its_turn() -> None:
    orders = {make_order().pk for _ in range(6)}
    seen: set[int] = set()
    for _ in range(60):
        chosen = [order.pk for order in some(Order.objects.all(), 2)]
        assert len(chosen) == 2
        seen.update(chosen)
    assert seen == orders


# ------------------------------------------------------------------ events that always fail
def failing_event(received_at: Any) -> StripeEvent:
    event = StripeEvent.objects.create(
        stripe_id="evt_1", type="charge.refunded", is_live=False, due_at=LONG_AGO, tries=MAX_TRIES
    )
    StripeEvent.objects.update(received_at=received_at)
    return event


def test_an_event_that_always_fails_is_tried_hourly_for_a_day() -> None:
    event = failing_event(timezone.now() - timedelta(hours=23))
    recover_stuck_orders()
    event.refresh_from_db()
    assert event.status == EventStatus.RECEIVED
    assert event.due_at is not None and event.due_at > timezone.now()
    assert not Alert.objects.exists()


def test_then_it_is_given_up_and_staff_can_have_it_handled_again() -> None:
    event = failing_event(timezone.now() - timedelta(hours=25))
    for _ in range(2):
        recover_stuck_orders()
    event.refresh_from_db()
    assert (event.status, event.due_at) == (EventStatus.IGNORED, None)
    assert [alert.kind for alert in Alert.objects.all()] == [Alert.Kind.EVENTS]
    assert event.replay()
    assert event.due_at is not None


# ------------------------------------------------------------------ other jobs
def test_a_night_step_that_raises_stops_no_other(monkeypatch: Any) -> None:
    done: list[str] = []

    def ended_well() -> int:
        done.append("ended well")
        return 1

    monkeypatch.setattr(retention, "STEPS", (called("orders_never_paid"), ended_well))
    assert retention.apply_retention() == {"ended well": 1}
    assert not LastRun.objects.filter(job=LastRun.APPLY_RETENTION).exists()


def test_an_order_that_cannot_be_deleted_stops_no_other(monkeypatch: Any) -> None:
    orders = [make_order(status="expired") for _ in range(3)]
    Order.objects.update(created_at=LONG_AGO)
    real = retention.delete_unpaid

    def delete_unpaid(order: Order, rows: Any) -> bool:
        if order.pk == orders[0].pk:
            broken()
        return real(order, rows)

    monkeypatch.setattr(retention, "delete_unpaid", delete_unpaid)
    retention.apply_retention()
    assert list(Order.objects.all()) == orders[:1]
    assert failures()["delete_unpaid"] == 1


def test_a_check_that_raises_stops_no_other(monkeypatch: Any) -> None:
    make_order(status="placed", due_at=None, placed_at=LONG_AGO)
    monkeypatch.setattr("orders.invariants.CHECKS", [_broken_check(), *CHECKS])
    check_invariants()
    assert [alert.kind for alert in Alert.objects.all()] == [Alert.Kind.DIFFERENCE]
    assert not LastRun.objects.filter(job=LastRun.CHECK_INVARIANTS).exists()
    assert failures() == {"broken_check": 1}


def _broken_check() -> Any:
    return type(CHECKS[0])("I1", "It breaks.", called("broken_check"))


def test_a_payment_that_cannot_be_compared_stops_no_other(stripe: Stripe, monkeypatch: Any) -> None:
    (_, first), (second, _) = paid(stripe), paid(stripe)
    Payment.objects.update(due_at=None)
    real = books.sync_payment

    def sync_payment(payment: Payment) -> None:
        broken() if payment.pk == first.pk else real(payment)

    monkeypatch.setattr(books, "sync_payment", sync_payment)
    Payment.objects.update(status="open", held_at=None)
    Order.objects.update(status="pending", placed_at=None, due_at=None)
    books.reconcile(3)
    assert state(second)[0] == Status.PLACED
    assert failures() == {"reconcile session": 1}


@pytest.mark.also_on_sqlite
def test_without_celery_one_sweep_does_what_its_repairs_made_due() -> None:
    order = left_over()
    sweep_here()
    payment = order.payments.get()
    assert payment.tries > 0 or payment.delays > 0 or payment.refunds.exists()
