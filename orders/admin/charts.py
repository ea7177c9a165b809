"""The charts of the start page. They read rows of Day alone, so more orders make none slower.

Each number is written out beside its chart, and leads to the list of what it counts.
"""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.admin.order_parts import PROVIDER_WORDS
from orders.figures import BEFORE, NONE, NOT_SERVED, midnight
from orders.models import DISPUTE_LOST, Day, Radio, RefundStatus
from orders.money import format_money, number_text

WEEK, FOUR_WEEKS = 7, 28
# visible on paper and by night; shop/static/shop/admin.css has them too
COLOURS = ("#b87316", "#2f8f8b", "#4f7fd0", "#9a6bb8", "#8a8478", "#d0524a")
SPEEDS = {
    "minute": gettext_lazy("within a minute"),
    "hour": gettext_lazy("within an hour"),
    "day": gettext_lazy("within a day"),
    "longer": gettext_lazy("later"),
    NONE: gettext_lazy("no code, or none yet"),
}
MONEY = {
    "earned": gettext_lazy("earned"),
    "refunded": gettext_lazy("refunded"),
    "lost": gettext_lazy("lost in disputes"),
}
MOST_RADIOS = 8  # that are named
Series = tuple[str, list[float]]
Part = dict[str, Any]


def charts(user: AbstractBaseUser | PermissionsMixin | AnonymousUser) -> list[dict[str, Any]]:
    """Return the charts that the user may see, none before the first night."""
    days = list(Day.last(FOUR_WEEKS))
    if not days or not hasattr(user, "has_perm"):
        return []
    shown = [waits(days[-WEEK:]), providers(days), not_served(days)]
    may_see_orders = user.has_perm("orders.view_order")
    money_shown = [money(days)] if user.has_perm("orders.view_payment") else []
    return shown[: 2 * may_see_orders] + money_shown + shown[2:] * may_see_orders


def waits(days: list[Day]) -> dict[str, Any]:
    sums = added(day.waits for day in days)
    total = sums.total()
    lists = {
        "": orders_of(WEEK),
        NONE: orders_of(WEEK, ready_at__isnull=True),
    }
    latest = days[-1]
    text = ngettext("%(n)d order in 7 days.", "%(n)d orders in 7 days.", total) % {"n": total}
    if total:
        fast = 100 * sums["minute"] // total
        text += " " + _("%d of 100 had their code within a minute.") % fast
    if latest.median_seconds is not None and latest.late_seconds is not None:
        words = _("Yesterday half of the codes took up to %(half)s, 95 of 100 up to %(most)s.")
        half, most = duration(latest.median_seconds), duration(latest.late_seconds)
        text += " " + words % {"half": half, "most": most}
    return chart(
        _("How long did a code take this week?"),
        text,
        days,
        [(name, [day.waits.get(name, 0) for day in days]) for name in SPEEDS],
        [part(sums[name], words, lists.get(name, lists[""])) for name, words in SPEEDS.items()],
    )


def providers(days: list[Day]) -> dict[str, Any]:
    sums = added(day.providers for day in days)
    names = [name for name, _count in sums.most_common()]
    total = sums.total()
    return chart(
        _("Where did codes come from?"),
        ngettext("%(n)d code in 28 days.", "%(n)d codes in 28 days.", total) % {"n": total},
        days,
        [(name, [day.providers.get(name, 0) for day in days]) for name in names],
        [
            part(
                sums[name],
                PROVIDER_WORDS.get(name, name),
                orders_of(FOUR_WEEKS, codes__source=name, codes__is_current=1),
            )
            for name in names
        ],
    )


def money(days: list[Day]) -> dict[str, Any]:
    """The bars are of the shop's own currency; others are written out alone."""
    sums: dict[str, Counter[str]] = {settings.CURRENCY: Counter()}
    for day in days:
        for currency, moved in day.money.items():
            sums.setdefault(currency, Counter()).update(moved)
    lists = {
        "earned": page_of("payment", **within("captured_at", FOUR_WEEKS)),
        "refunded": page_of(
            "refund", status=RefundStatus.SUCCEEDED, **within("succeeded_at", FOUR_WEEKS)
        ),
        "lost": page_of("dispute", status=DISPUTE_LOST, **within("closed_at", FOUR_WEEKS)),
    }
    own = settings.CURRENCY
    left = [
        format_money(each["earned"] - each["refunded"] - each["lost"], name)
        for name, each in sums.items()
    ]
    return chart(
        _("What did we earn, refund, lose in disputes?"),
        _("%(left)s are left of 28 days, before fees and VAT.") % {"left": " + ".join(left)},
        days,
        [
            (
                name,
                [
                    float(number_text(day.money.get(own, {}).get(name, 0), own))
                    * (1 if name == "earned" else -1)
                    for day in days
                ],
            )
            for name in MONEY
        ],
        [
            part(
                " + ".join(
                    format_money(each[name], currency)
                    for currency, each in sums.items()
                    if each[name] or currency == own
                ),
                words,
                lists[name],
            )
            for name, words in MONEY.items()
        ],
    )


def not_served(days: list[Day]) -> dict[str, Any]:
    sums = added(day.not_served for day in days)
    total, orders = sums.total(), sum(day.orders for day in days)
    chosen = sums.most_common(MOST_RADIOS)
    radios = Radio.objects.in_bulk([int(pk) for pk, _count in chosen])
    ended = {"ended_because__in": ",".join(NOT_SERVED), "found_at__isnull": True}
    words = _("%(n)d of %(all)d orders in 28 days ended without a code.")
    return chart(
        _("How many could not be served, and for which radios?"),
        words % {"n": total, "all": orders},
        days,
        [("", [sum(day.not_served.values()) for day in days])],
        [
            part(
                count,
                radios[int(pk)].name if int(pk) in radios else _("a radio that is gone"),
                orders_of(FOUR_WEEKS, radio__id__exact=pk, **ended),
            )
            for pk, count in chosen
        ],
        one_colour=True,
    )


# ------------------------------------------------------------------ their parts
def added(counts: Any) -> Counter[str]:
    total = Counter[str]()
    for each in counts:
        total.update(each)
    return total


def chart(
    title: str, text: str, days: list[Day], series: list[Series], parts: list[Part],
    *, one_colour: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return what templates/admin/_charts.html shows: stacked bars, one for each day."""
    bars = [
        {
            "data": values,
            "backgroundColor": COLOURS[number % len(COLOURS)],
            "stack": "day",
            "borderRadius": 2,
            "maxBarThickness": 28,
            "displayYAxis": True,
            "maxTicksXLimit": WEEK,
        }
        for number, (_name, values) in enumerate(series)
    ]
    labels = [date_format(day.date, "j M") for day in days]
    colours = ["" if one_colour else f"bar-{n % len(COLOURS) + 1}" for n in range(len(parts))]
    return {
        "title": title,
        "text": text,
        "data": json.dumps({"labels": labels, "datasets": bars}),
        "parts": [each | {"colour": colour} for each, colour in zip(parts, colours, strict=True)],
    }


def part(count: object, words: object, link: str) -> Part:
    return {"count": count, "words": words, "link": link}


def duration(seconds: int) -> str:
    if seconds < 60:
        return ngettext("%d second", "%d seconds", seconds) % seconds
    now = timezone.now()
    return timesince(now - timedelta(seconds=seconds), now, depth=1)


def within(column: str, days: int) -> dict[str, object]:
    today = timezone.localdate()
    start, end = midnight(today - timedelta(days=days)), midnight(today)
    return {f"{column}__gte": start, f"{column}__lt": end}


def orders_of(days: int, **lookups: object) -> str:
    """Return the list of orders placed in these days, which an index on created_at finds."""
    placed = within("placed_at", days)
    made = midnight(timezone.localdate() - timedelta(days=days)) - BEFORE
    return page_of("order", **placed, created_at__gte=made, **lookups)


def page_of(kind: str, **lookups: object) -> str:
    return f"{reverse(f'admin:orders_{kind}_changelist')}?{urlencode(lookups)}"
