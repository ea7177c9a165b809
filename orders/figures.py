"""The figures of each day: written nightly, so that the start page reads few rows.

The last days are written anew each night, as their orders still end and their money still moves.
Days that are missing follow, the newest first.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.models import Min, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from orders.models import (
    DISPUTE_LOST,
    SECURED_AT,
    Code,
    Day,
    Dispute,
    EndedBecause,
    Order,
    Payment,
    Refund,
    RefundStatus,
)

WRITTEN_ANEW = 45  # days: a refund may fail weeks later
MOST_MISSING = 400  # days that one night makes up for
BEFORE = timedelta(days=40)  # how long an order waits for its money, and this for its capture
NONE = "none"
WAITS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0, "longer": float("inf")}
NOT_SERVED = (EndedBecause.NO_CODE, EndedBecause.DEADLINE)


def write_days() -> int:
    """Write the last days anew, and days that are missing. Returns how many."""
    first = Order.objects.aggregate(at=Min("created_at"))["at"]
    if first is None:
        return 0
    today = timezone.localdate()
    days = [today - timedelta(days=n) for n in range(1, (today - local_date(first)).days + 1)]
    known = set(Day.objects.values_list("date", flat=True))
    missing = (day for day in days[WRITTEN_ANEW:] if day not in known)
    chosen = [*days[:WRITTEN_ANEW], *islice(missing, MOST_MISSING)]
    for day in chosen:
        Day.objects.update_or_create(date=day, defaults=figures_of(day))
    return len(chosen)


def local_date(at: datetime) -> date:
    return timezone.localtime(at).date()


def figures_of(day: date) -> dict[str, Any]:
    """Return the columns of a day's row.

    Rows are selected by what has an index: by when an order was made, and its money was secured.
    """
    start, end = midnight(day), midnight(day + timedelta(days=1))
    code = Code.objects.filter(order=OuterRef("pk"), is_current=True).values("source")
    orders = (
        Order.objects.filter(created_at__gte=start - BEFORE, created_at__lt=end)
        .filter(placed_at__gte=start, placed_at__lt=end)
        .order_by()
        .annotate(provider=Subquery(code[:1]))
    )
    columns = ("placed_at", "ready_at", "found_at", "ended_because", "radio_id", "provider")
    waits, providers, not_served = Counter[str](), Counter[str](), Counter[str]()
    seconds: list[float] = []
    for placed, ready, found, because, radio, provider in orders.values_list(*columns).iterator():
        waits[wait_of(placed, ready)] += 1
        if ready:
            seconds.append((ready - placed).total_seconds())
            providers.update([provider] if provider else [])
        elif found is None and because in NOT_SERVED:
            not_served[str(radio)] += 1
    seconds.sort()
    return {
        "orders": waits.total(),
        "within_minute": waits["minute"],
        "median_seconds": rank(seconds, 50),
        "late_seconds": rank(seconds, 95),
        "waits": waits,
        "providers": providers,
        "money": money_of(start, end),
        "not_served": not_served,
    }


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def wait_of(placed: datetime, ready: datetime | None) -> str:
    if ready is None:
        return NONE
    seconds = (ready - placed).total_seconds()
    return next(name for name, most in WAITS.items() if seconds <= most)


def rank(ordered: list[float], percent: int) -> int | None:
    """Return the value that so many of 100 do not exceed."""
    return round(ordered[-(-len(ordered) * percent // 100) - 1]) if ordered else None


def money_of(start: datetime, end: datetime) -> dict[str, dict[str, int]]:
    captured = Payment.objects.annotate(secured=SECURED_AT).filter(
        secured__gte=start - BEFORE, secured__lt=end, captured_at__gte=start, captured_at__lt=end
    )
    refunded = Refund.objects.filter(
        status=RefundStatus.SUCCEEDED, succeeded_at__gte=start, succeeded_at__lt=end
    )
    lost = Dispute.objects.filter(status=DISPUTE_LOST, closed_at__gte=start, closed_at__lt=end)
    sums: tuple[tuple[str, QuerySet[Any], str, str], ...] = (
        ("earned", captured, "currency", "amount_captured"),
        ("refunded", refunded, "payment__currency", "amount"),
        ("lost", lost, "currency", "amount"),
    )
    money: dict[str, dict[str, int]] = defaultdict(dict)
    for name, rows, currency, amount in sums:
        groups = rows.order_by().values_list(currency).annotate(sum=Sum(amount))
        for key, total in groups:
            money[key][name] = total
    return dict(money)
