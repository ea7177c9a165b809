"""The desk's page of an order whose code does not work: answers, photos, and what can be done."""

from difflib import SequenceMatcher
from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.admin.desk.ask import as_it_stands, may_correct
from orders.admin.desk.ask_forms import AskForm
from orders.admin.desk.forms import known_codes
from orders.admin.desk.order_list import go_on, may_enter_code
from orders.admin.desk.page import (
    CLAIM_LASTS,
    find_order,
    guide_for,
    is_stale,
    place_of,
)
from orders.admin.desk.problem_forms import (
    AnotherCodeForm,
    CloseForm,
    ReportedSerialForm,
    confirm,
)
from orders.admin.masking import clock, copyable, log_look
from orders.admin.order_parts import PROVIDER_WORDS
from orders.desk.problems import is_refunding
from orders.desk.questions import ask, open_question
from orders.instructions import entry_procedures
from orders.models import Code, Order, Problem, Refund, Status
from orders.serials import aligned

LOOKED_AT = 200  # codes of the family that are compared with this serial
NEAREST = 8


@require_safe
@may_enter_code
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    return bench(request, order)


@require_POST
@may_enter_code
def send_another(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request, pk, AnotherCodeForm, "code_form",
        _("Another code for %s is on its way to the customer."),
    )  # fmt: skip


@require_POST
@may_enter_code
def close_problem(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request, pk, CloseForm, "close_form", _("%s is closed. The customer gets your answer."),
    )  # fmt: skip


@require_POST
@may_enter_code
@may_correct
def correct_serial(request: HttpRequest, pk: int) -> HttpResponse:
    return act(
        request, pk, ReportedSerialForm, "serial_form",
        _("The serial of %s is corrected. The providers are being asked for it."),
    )  # fmt: skip


@require_POST
@may_enter_code
def ask_customer(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    form = AskForm(request.POST)
    if is_stale(request, order):
        return changed(request, order, ask_form=form)
    if not form.is_valid():
        return bench(request, order, 422, ask_form=form)
    place, stands = place_of(order), as_it_stands(order)
    if not ask(order, form.text, by=request.user, only_if=stands, wants_photo=form.wants_photo):  # type: ignore[arg-type]
        return changed(request, order, ask_form=form)
    messages.success(request, _("The customer of %s is asked.") % order.number)
    return go_on(request, place)


@require_POST
@may_enter_code
def confirm_serial(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    reported = open_problem(order)
    if is_stale(request, order) or reported is None:
        return changed(request, order)
    confirm(reported, request.user)  # type: ignore[arg-type]
    return redirect("admin:orders_order_problem", pk)


PAGES = [
    ("<int:pk>/problem/", problem, "problem"),
    ("<int:pk>/problem/code/", send_another, "problem_code"),
    ("<int:pk>/problem/close/", close_problem, "problem_close"),
    ("<int:pk>/problem/serial/", correct_serial, "problem_serial"),
    ("<int:pk>/problem/ask/", ask_customer, "problem_ask"),
    ("<int:pk>/problem/confirm/", confirm_serial, "problem_confirm"),
]


def open_problem(order: Order) -> Problem | None:
    reported = order.problems.filter(closed_at=None).exclude(reported_at=None)
    found = reported.select_related("code", "former_radio", "confirmed_by").first()
    if found:
        found.order = order
    return found


def act(request: HttpRequest, pk: int, kind: Any, name: str, done: str) -> HttpResponse:
    """Check the form, act if the order is as the page showed it, and go on."""
    order = find_order(pk)
    reported = open_problem(order)
    if reported is None:
        return changed(request, order)
    form = kind(request.POST, problem=reported)
    if is_stale(request, order):
        return changed(request, order, **{name: form})
    if not form.is_valid():
        return bench(request, order, 422, **{name: form})
    place = place_of(order)
    if not form.save(by=request.user, only_if=as_it_stands(order)):
        return changed(request, order, **{name: form})
    messages.success(request, done % order.number)
    return go_on(request, place)


def changed(request: HttpRequest, order: Order, **forms: Form) -> HttpResponse:
    messages.error(
        request, _("This order was changed meanwhile. Nothing was sent: look at it once more.")
    )
    return bench(request, find_order(order.pk), 409, **forms)


# ------------------------------------------------------------------ the page
def bench(request: HttpRequest, order: Order, status: int = 200, **forms: Form) -> HttpResponse:
    reported = open_problem(order)
    if reported is None or order.status != Status.PROBLEM:
        messages.info(request, _("%s is no open problem any more.") % order.number)
        return redirect("admin:orders_order_desk_list")
    is_mine = order.open_for(request.user, CLAIM_LASTS)  # type: ignore[arg-type]
    may_see_codes = request.user.has_perm("orders.view_code")
    near = near_codes(order) if may_see_codes else []
    if may_see_codes:
        words = [_("Looked at the codes beside a problem."), *(code.order.number for code in near)]
        log_look(request, order, " ".join(words))
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("%s: the code does not work") % order.number,
        "order": order,
        "problem": reported,
        "is_mine": is_mine,
        "clock": clock(order.deadline_at),
        "serial": copyable(order.serial),
        "serial_typed": copyable(order.serial_typed),
        "former_serial": copyable(reported.former_serial),
        "reading": copyable(reported.reading),
        "pairs": list(aligned(order.serial, reported.reading)) if reported.reading else [],
        "code_source": PROVIDER_WORDS.get(reported.code.source, reported.code.source),
        "attempts": [
            (PROVIDER_WORDS.get(each.source, each.source), each)
            for each in order.attempts.order_by("pk")
        ],
        "known": list(known_codes(order)),
        "near": near,
        "buyer": of_buyer(order),
        "is_refunding": is_refunding(order),
        "question": open_question(order),
        "questions": order.questions.select_related("by").prefetch_related("answers__uploads"),
        "procedures": entry_procedures(order),
        "guide": guide_for(order),
        "code_form": AnotherCodeForm(problem=reported),
        "close_form": CloseForm(problem=reported),
        "serial_form": ReportedSerialForm(problem=reported),
        "ask_form": AskForm(),
    } | forms  # fmt: skip
    return render(request, "admin/orders/problem.html", context, status=status)


def near_codes(order: Order) -> list[Code]:
    """Return codes of this family that are out, those of the most similar serials first."""
    family = order.radio.family
    same = {"order__radio__family": family} if family else {"order__radio": order.radio_id}
    codes = Code.objects.filter(
        **same, is_current=True, order__status__in=[Status.READY, Status.DELIVERED],
        order__anonymised_at=None,
    ).exclude(order=order)  # fmt: skip
    newest = codes.select_related("order__radio").order_by("-pk")[:LOOKED_AT]
    compare = SequenceMatcher(b=order.serial)

    def likeness(code: Code) -> float:
        compare.set_seq1(code.order.serial)
        return compare.ratio()

    return sorted(newest, key=likeness, reverse=True)[:NEAREST]


def of_buyer(order: Order) -> dict[str, int]:
    """Count what else this mailbox or card reported: many problems may be abuse."""
    orders = order.orders_of_buyer()
    reported = Problem.objects.filter(order__in=orders).exclude(reported_at=None)
    return {
        "orders": orders.exclude(placed_at=None).count(),
        "problems": reported.count(),
        "corrections": reported.filter(is_by_customer=True).count(),
        "refunds": Refund.objects.filter(payment__order__in=orders).count(),
    }
