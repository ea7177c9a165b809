"""Reads from the rows what waits now: work, orders, alerts, scheduled jobs."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count, Exists, Min, QuerySet
from django.utils import timezone
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from orders.desk.reminders import open_questions
from orders.leases import exhausted, waiting
from orders.models import (
    AT_DESK,
    Alert,
    Attention,
    AttentionReason,
    LastRun,
    Licence,
    LicenceStatus,
    Order,
    Status,
    StepFailure,
    StripeEvent,
)
from orders.sweep import BATCH, QUEUES

# Only orders that are not over: counting all of them twice a minute would read a million rows.
UNDER_WAY = (
    Status.PENDING, Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE,
    Status.READY, Status.PROBLEM, Status.ENDING,
)  # fmt: skip


def gauge(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def counted(rows: QuerySet[Any], field: str) -> dict[str, int]:
    counts = rows.order_by().values(field).annotate(count=Count("pk")).values_list(field, "count")
    return dict(counts)


def work() -> Iterator[Metric]:
    """By the database's clock what is due, by ours since when: a clock gone wrong shows."""
    count, oldest, failing = {}, {}, {}
    now = timezone.now()
    for model in QUEUES:
        kind = model._meta.model_name or ""
        found = waiting(model).aggregate(count=Count("pk"), since=Min("due_at"))
        count[kind] = found["count"]
        oldest[kind] = (now - found["since"]).total_seconds() if found["since"] else 0
        failing[kind] = exhausted(model).count()
    yield gauge("shop_work_waiting", "Due, and nobody has it", "kind", count)
    yield gauge("shop_work_oldest_seconds", "How long the oldest of it is due", "kind", oldest)
    yield gauge("shop_work_used_up", "Failed so often that it is not tried again", "kind", failing)


def events() -> Iterator[Metric]:
    """Yield the age of Stripe's oldest unhandled event: one that fails each time is never due.

    For a minimum over the column, PostgreSQL would walk through all handled events."""
    unhandled = StripeEvent.objects.filter(due_at__isnull=False).order_by("due_at")
    since = min(unhandled.values_list("received_at", flat=True)[:BATCH], default=None)
    age = (timezone.now() - since).total_seconds() if since else 0
    yield GaugeMetricFamily("shop_event_oldest_seconds", "Stripe's oldest unhandled", value=age)


def orders() -> Iterator[Metric]:
    under_way = dict.fromkeys(UNDER_WAY, 0) | counted(
        Order.objects.filter(status__in=UNDER_WAY), "status"
    )
    yield gauge("shop_orders", "Orders under way", "status", under_way)
    attention = dict.fromkeys(AttentionReason, 0) | counted(Attention.open_rows(), "reason")
    yield gauge("shop_orders_attention", "Orders that staff must look at", "reason", attention)
    alerts = dict.fromkeys(Alert.Kind, 0) | counted(Alert.objects.filter(settled_at=None), "kind")
    yield gauge("shop_alerts_open", "Alerts that are not settled", "kind", alerts)
    # an order that waits for its customer needs no staff
    at_desk = Order.objects.filter(status__in=AT_DESK).exclude(Exists(open_questions()))
    if first := at_desk.aggregate(first=Min("deadline_at"))["first"]:
        left = (first - timezone.now()).total_seconds()
        yield GaugeMetricFamily("shop_desk_seconds_left", "To the first deadline there", value=left)


def scheduled_jobs() -> Iterator[Metric]:
    """Yield when each job last succeeded. Only a sweep that never ran counts as late."""
    runs = {LastRun.SWEEP: 0.0} | {run.job: run.at.timestamp() for run in LastRun.objects.all()}
    yield gauge("shop_last_run_timestamp_seconds", "When a job last ended well", "task", runs)
    yield from failed_steps()
    licence = Licence.objects.exclude(status=LicenceStatus.UNKNOWN).first()
    if licence:
        active = licence.status == LicenceStatus.ACTIVE
        yield GaugeMetricFamily("shop_licence_active", "With the supplier of codes", value=active)
        if licence.days_left is not None:
            days = licence.days_left
            yield GaugeMetricFamily("shop_licence_days_left", "Of that licence", value=days)


def failed_steps() -> Iterator[Metric]:
    """Yield how often each step of a job failed, and when last. One that never did has none."""
    rows = list(StepFailure.objects.all())
    failures = CounterMetricFamily("shop_step_failures", "Failures of a step", labels=["step"])
    for row in rows:
        failures.add_metric([row.step], row.count)
    yield failures
    at = {row.step: row.at.timestamp() for row in rows}
    yield gauge("shop_step_failed_timestamp_seconds", "When a step last failed", "step", at)
