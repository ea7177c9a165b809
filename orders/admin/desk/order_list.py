"""The staff desk's list: orders that wait for a code, the earliest deadline on top.

Below are those that wait for their customer's answer: their deadline is suspended.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.admin.exact_search import of_serial
from orders.admin.masking import clock
from orders.admin.overview import to_do, with_staff
from orders.business_hours import working_time
from orders.desk.reminders import open_questions
from orders.leases import without_lease
from orders.lib.mailbox import canonical
from orders.lib.typed_number import order_number
from orders.models import Answer, Order

MOST = 200  # orders a page

may_enter_code = permission_required("orders.enter_code", raise_exception=True)


@require_safe
@may_enter_code
def desk_list(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    orders = at_desk()
    may_see_addresses = request.user.has_perm("orders.view_order")
    if asked:
        found = Q(number__icontains=asked) | Q(brand__name__icontains=asked)
        found |= Q(make_typed__icontains=asked)
        found |= Q(radio__name__icontains=asked) | Q(number=order_number(asked))
        if serial := of_serial(asked):
            found |= serial
        if may_see_addresses:
            found |= Q(mailbox__contains=canonical(asked))
        orders = orders.filter(found)
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("Desk"),
        "asked": asked,
        "may_see_addresses": may_see_addresses,
        "groups": groups(orders),
        "count": orders.count(),
        "desk_time": working_time(),
        "free": next_free(request.user),
    }
    return render(request, "admin/orders/desk_list.html", context)


def groups(orders: QuerySet[Any]) -> list[dict[str, Any]]:
    """What is to be done, and what cannot be done yet: the customer is asked."""
    rows = [{"order": order, "clock": clock(order.deadline_at)} for order in orders[:MOST]]
    asked = [row for row in rows if row["order"].is_asked]
    to_do = [row for row in rows if not row["order"].is_asked]
    late = sum(row["clock"] is not None and row["clock"][0] != "later" for row in to_do)
    return [{"is_asked": False, "rows": to_do, "late": late}, {"is_asked": True, "rows": asked}]


def at_desk() -> QuerySet[Order]:
    """With whom an order is open is asked of the database, whose clock decides about claims."""
    return (
        with_staff()
        .select_related("brand", "radio", "car_model", "generation", "opened_by")
        .annotate(
            is_open=Case(When(without_lease(), then=Value(False)), default=Value(True)),
            is_asked=Exists(open_questions()),
            is_answered=Exists(Answer.objects.filter(question__order=OuterRef("pk"))),
        )
    )


def next_free(user: Any, after: tuple[datetime, int] | None = None) -> Order | None:
    """The order to look at next: by deadline, past the one just left, and round again."""
    free = to_do().filter(without_lease() | Q(opened_by=user))
    if after is None:
        return free.first()
    at, pk = after
    later = Q(deadline_at__gt=at) | Q(deadline_at=at, pk__gt=pk)
    return free.filter(later).first() or free.exclude(pk=pk).first()


def go_on(request: HttpRequest, after: tuple[datetime, int] | None) -> HttpResponse:
    order = next_free(request.user, after)
    if order is None:
        messages.info(request, _("No other order waits at the desk."))
        return redirect("admin:orders_order_desk_list")
    return redirect("admin:orders_order_desk", order.pk)


@require_safe
@may_enter_code
def next_order(request: HttpRequest) -> HttpResponse:
    return go_on(request, None)
