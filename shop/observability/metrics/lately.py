"""Counts what happened to orders, payments, mails and providers within the last hour."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.utils import timezone
from prometheus_client.metrics_core import (
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    Metric,
)

from orders.models import Attempt, Email, Order
from orders.payments.monitoring import declines_since
from orders.state_machine import History

HOUR = timedelta(hours=1)
PROVIDER_STEPS = (0.05, 0.25, 1, 2.5, 5, 10, 25)  # seconds; a provider has 25
CODE_STEPS = (5, 15, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
Row = dict[str, float | timedelta | None]


def moves() -> Iterator[Metric]:
    since = timezone.now() - HOUR
    history = History.objects.filter(at__gt=since).order_by()
    for subject in ("order", "payment", "refund"):
        family = GaugeMetricFamily(
            f"shop_{subject}_moves_last_hour", f"Moves of {subject}s", labels=["move"]
        )
        counts = history.filter(subject=subject).values("move").annotate(count=Count("pk"))
        for row in counts:
            family.add_metric([row["move"]], row["count"])
        yield family
    yield mails(since)
    yield GaugeMetricFamily(
        "shop_declines_last_hour", "Cards that were declined", value=declines_since(since)
    )
    yield time_to_code(since)


def mails(since: datetime) -> Metric:
    """Return the mails that were sent, failed, were dropped or bounced."""
    noted = History.objects.filter(at__gt=since, subject="email").values("subject_id")
    counts = Email.objects.filter(pk__in=noted).order_by().values("mail", "status")
    family = GaugeMetricFamily(
        "shop_mails_last_hour", "Mails by outcome", labels=["mail", "outcome"]
    )
    for row in counts.annotate(count=Count("pk")):
        family.add_metric([row["mail"], row["status"]], row["count"])
    return family


def time_to_code(since: datetime) -> Metric:
    """Return how long after the payment was secured the customer could see the code."""
    ready = History.objects.filter(at__gt=since, subject="order", move="ready").values("order")
    took = ExpressionWrapper(F("ready_at") - F("placed_at"), DurationField())
    orders = Order.objects.filter(pk__in=ready, ready_at__isnull=False, placed_at__isnull=False)
    steps = {
        f"within_{step}": Count("pk", filter=Q(took__lte=timedelta(seconds=step)))
        for step in CODE_STEPS
    }
    row = orders.annotate(took=took).aggregate(count=Count("pk"), sum=Sum("took"), **steps)
    family = GaugeHistogramMetricFamily("shop_time_to_code_seconds", "Paid to ready, last hour")
    total = row["sum"].total_seconds() if row["sum"] else 0
    family.add_metric([], buckets(row, CODE_STEPS), gsum_value=total)
    return family


def providers() -> Iterator[Metric]:
    asked = Attempt.objects.filter(started_at__gt=timezone.now() - HOUR).order_by()
    outcomes = GaugeMetricFamily(
        "shop_source_attempts_last_hour", "Questions to providers", labels=["source", "outcome"]
    )
    for row in asked.values("source", "outcome").annotate(count=Count("pk")):
        outcomes.add_metric([row["source"], row["outcome"] or "asked"], row["count"])
    yield outcomes
    steps = {
        f"within_{step}": Count("pk", filter=Q(duration_ms__lte=step * 1000))
        for step in PROVIDER_STEPS
    }
    lasted = GaugeHistogramMetricFamily(
        "shop_source_seconds", "How long providers took, last hour", labels=["source"]
    )
    answered = asked.exclude(duration_ms=None).values("source")
    for row in answered.annotate(count=Count("pk"), sum=Sum("duration_ms"), **steps):
        lasted.add_metric(
            [row["source"]], buckets(row, PROVIDER_STEPS), gsum_value=row["sum"] / 1000
        )
    yield lasted


def buckets(row: dict[str, int], steps: tuple[float, ...]) -> list[tuple[str, float]]:
    found = [(str(float(step)), float(row[f"within_{step}"])) for step in steps]
    return [*found, ("+Inf", float(row["count"]))]
