"""The staff desk's list: orders that wait for a code, the earliest deadline on top.

Below are those that wait for their customer's answer: their deadline is suspended.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page, Paginator
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orders.admin.exact_search import of_serial
from orders.admin.masking import clock, in_groups
from orders.business_hours import working_time
from orders.desk.reminders import open_questions
from orders.desk.waiting import to_do, with_staff
from orders.leases import without_lease
from orders.lib.mailbox import canonical
from orders.lib.typed_number import order_number
from orders.models import Answer, CodeBookEntry, FamilyState, Order, Radio, Status, code_family
from orders.retrieval.calculators import compute
from orders.retrieval.families import families

PER_PAGE = 50
REFRESH = 15  # seconds
NEVER_PAID = [Status.PENDING, Status.EXPIRED]
SHOWS = {
    "": gettext_lazy("All"),
    "new": gettext_lazy("New"),
    "problem": gettext_lazy("The code does not work"),
    "free": gettext_lazy("Not open with anyone"),
    "mine": gettext_lazy("Open with me"),
    "answered": gettext_lazy("The customer answered"),
    "asked": gettext_lazy("Wait for the customer"),
}

may_enter_code = permission_required("orders.enter_code", raise_exception=True)


@require_safe
@may_enter_code
def desk_list(request: HttpRequest) -> HttpResponse:
    asked, shows = request.GET.get("q", "").strip(), request.GET.get("show", "")
    may_see_addresses = request.user.has_perm("orders.view_order")
    orders = shown(at_desk(), shows, request.user)
    family = request.GET.get("family", "")
    if family:
        orders = orders.filter(of_family(family))
    if asked:
        orders = orders.filter(found_by(asked, may_see_addresses))
    pages = Paginator(orders.filter(is_asked=False), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    waiting_for_customer = orders.filter(is_asked=True)
    context: dict[str, Any] = {
        "title": _("Desk"),
        "asked": asked,
        "is_filtered": bool(asked or shows or family),
        "may_see_addresses": may_see_addresses,
        "page": page,
        "query": query_without_page(request),
        "groups": groups(page, waiting_for_customer),
        "found": pages.count,
        "waiting": to_do().count(),
        "desk_time": working_time(),
        "refresh": REFRESH,
    }
    if "HX-Request" in request.headers:
        return render(request, "admin/orders/_desk_list.html", context)
    context |= admin.site.each_context(request) | {
        "title": context["title"],
        "free": next_free(request.user),
        "shows": [(key, words, key == shows) for key, words in SHOWS.items()],
        "families": [(key, words, key == family) for key, words in families_waiting()],
    }
    return render(request, "admin/orders/desk_list.html", context)


def query_without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


# ------------------------------------------------------------------ which orders
def at_desk() -> QuerySet[Any]:
    """With whom an order is open is asked of the database, whose clock decides about claims."""
    same_serial = Order.objects.filter(family_hash=OuterRef("family_hash"), family_hash__gt="")
    return (
        with_staff()
        .select_related("brand", "radio", "car_model", "generation", "opened_by")
        .annotate(
            is_open=Case(When(without_lease(), then=Value(False)), default=Value(True)),
            is_asked=Exists(open_questions()),
            is_answered=Exists(Answer.objects.filter(question__order=OuterRef("pk"))),
            is_in_book=Exists(
                CodeBookEntry.objects.filter(
                    family_hash=OuterRef("family_hash"), family_hash__gt=""
                )
            ),
            is_elsewhere=Exists(
                same_serial.exclude(pk=OuterRef("pk")).exclude(status__in=NEVER_PAID)
            ),
        )
    )


def shown(orders: QuerySet[Any], shows: str, user: Any) -> QuerySet[Any]:
    match shows:
        case "new":
            return orders.filter(status=Status.WITH_STAFF)
        case "problem":
            return orders.filter(status=Status.PROBLEM)
        case "free":
            return orders.filter(is_open=False)
        case "mine":
            return orders.filter(is_open=True, opened_by=user)
        case "answered":
            return orders.filter(is_answered=True, is_asked=False)
        case "asked":
            return orders.filter(is_asked=True)
    return orders


def found_by(asked: str, may_see_addresses: bool) -> Q:
    found = Q(number__icontains=asked) | Q(brand__name__icontains=asked)
    found |= Q(make_typed__icontains=asked)
    found |= Q(radio__name__icontains=asked) | Q(number=order_number(asked))
    if serial := of_serial(asked):
        found |= serial
    if may_see_addresses:
        found |= Q(mailbox__contains=canonical(asked))
    return found


def families_waiting() -> list[tuple[str, str]]:
    """The families of the orders at the desk; a radio without one counts as its own."""
    waiting = Radio.objects.filter(pk__in=with_staff().order_by().values("radio"))
    names = {code_family(radio): radio.family or radio.name for radio in waiting}
    return sorted(names.items(), key=lambda each: each[1])


def of_family(family: str) -> Q:
    radio = family.removeprefix("radio_")
    if radio != family and radio.isdecimal():
        return Q(radio=int(radio), radio__family="")
    return Q(radio__family=family)


# ------------------------------------------------------------------ how they are shown
def groups(page: Page[Any], waiting_for_customer: QuerySet[Any]) -> list[dict[str, Any]]:
    """What is to be done, and what cannot be done yet: the customer is asked."""
    computing = {each.name for each in families() if each.state != FamilyState.OFF}
    to_do = [row(order, computing) for order in page]
    asked = [row(order, computing) for order in waiting_for_customer[:PER_PAGE]]
    late = sum(each["clock"] is not None and each["clock"][0] != "later" for each in to_do)
    return [{"is_asked": False, "rows": to_do, "late": late}, {"is_asked": True, "rows": asked}]


def row(order: Any, computing: set[str]) -> dict[str, Any]:
    return {
        "order": order,
        "clock": clock(order.deadline_at),
        "serial": in_groups(order.serial),
        "waits": timesince(order.placed_at or order.created_at, depth=1),
        "likely": likely(order, computing),
    }


def likely(order: Any, computing: set[str]) -> list[str]:
    """Where the code may come from; never the code itself."""
    family = code_family(order.radio)
    is_computed = family in computing and compute(family, order.canonical_serial) is not None
    known = [
        (order.is_in_book, _("code book")),
        (is_computed, _("computed")),
        (order.is_elsewhere, _("serial ordered before")),
    ]
    return [words for is_known, words in known if is_known]


# ------------------------------------------------------------------ from one to the next
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
