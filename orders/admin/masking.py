"""How the admin shows what it is careful with: serials in groups, codes only when asked for."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from orders.business_hours import working_time
from orders.desk.deadlines import DESK_ALERT_BEFORE
from orders.models import Order, Receipt


def in_groups(number: str) -> str:
    """BP123456789012 -> BP12 3456 7890 12, as it is easiest to compare."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def masked(number: str) -> str:
    """BP123456789012 -> BP12…9012; of a short one, a third at each end."""
    shown = min(4, len(number) // 3)
    return f"{number[:shown]}…{number[-shown:] if shown else ''}"


def copyable(number: str) -> SafeString:
    context = {"number": number, "groups": in_groups(number)}
    return render_to_string("admin/orders/_copy.html", context) if number else SafeString("–")


def clock(at: datetime | None) -> tuple[str, str] | None:
    """How long until a deadline, and how pressing that is: what `@display(label=CLOCK)` shows. It
    presses when little of the desk's working time is left, be a weekend in between or not."""
    if at is None:
        return None
    if at <= timezone.now():
        return "late", _("%(time)s late") % {"time": timesince(at, depth=1)}
    left = working_time().between(timezone.now(), at)
    return ("soon" if left < DESK_ALERT_BEFORE else "later"), _("in %(time)s") % {
        "time": timeuntil(at, depth=1)
    }


def hours(work: timedelta) -> str:
    """Working time: 3 h 20 min."""
    minutes = work // timedelta(minutes=1)
    return _("%(h)d h %(min)02d min") % {"h": minutes // 60, "min": minutes % 60}


CLOCK = {"late": "danger", "soon": "danger", "later": "info"}


def show_code(request: HttpRequest, of: str, code: str, back: str) -> HttpResponse:
    """A page with a code, which no browser keeps. The caller checked and noted who sees it."""
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": of,
        "code": code,
        "back": back,
    }
    return render(request, "admin/orders/code_shown.html", context)


def log_look(request: HttpRequest, order: Order, words: str) -> None:
    """Log who saw a code, in the history of the order's page."""
    admin.site.get_model_admin(Order).log_change(request, order, words)


def pdf_link(receipt: Receipt) -> SafeString:
    return format_html(
        '<a class="pdf" href="{}">PDF<span class="unseen"> {}</span></a>',
        reverse("admin:orders_receipt_pdf", args=[receipt.pk]),
        receipt.number_text,
    )
