"""A customer's order: its page, the part of it that changes, and the withdrawal."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.desk.deadlines import answered_by
from orders.desk.problems import may_report
from orders.desk.questions import may_answer, open_question
from orders.forms.place import ENDED_STATUSES
from orders.instructions import advice_for
from orders.legal import withdraw
from orders.lib.http import SeeOther, without_index
from orders.lib.text import mask
from orders.mail.resend import current_email_type
from orders.models import Comparison, Email, EndedBecause, Order, Status, lost_mail
from orders.money import format_money
from orders.payments.checkout import is_payable
from orders.payments.methods import methods_notice
from orders.payments.wording import is_processing_at_bank
from orders.retrieval.families import compare_for
from orders.serials import grouped
from orders.views.links import find_order
from orders.views.payment_return import legacy_return
from orders.views.status import stage_of


@never_cache
@require_safe
def order(request: HttpRequest, number: str, token: str) -> HttpResponse:
    if session_id := request.GET.get("session_id"):
        return legacy_return(request, number, token, session_id)
    found = find_order(number, token)
    return without_index(render(request, "orders/order.html", order_context(found)))


@never_cache
@require_safe
def order_status(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Answer with the part of the page that changes, or with 204 if it has not changed."""
    found = find_order(number, token)
    if request.GET.get("v") == version_of(found, lost_mail(found)):
        return HttpResponse(status=204)
    return render(request, "orders/_news.html", order_context(found))


def version_of(order: Order, lost: Email | None) -> str:
    """Changes with the order, and with a mail that bounced: the page shows both."""
    return f"{order.version}-{lost.pk}" if lost else str(order.version)


def has_no_code(order: Order) -> bool:
    """Whether no code was found: not cancelled, and not found and then unpaid."""
    return not order.found_at and order.ended_because in (
        EndedBecause.NO_CODE,
        EndedBecause.DEADLINE,
    )


def order_context(order: Order) -> dict[str, Any]:
    advice, lost = advice_for(order), lost_mail(order)
    context: dict[str, Any] = {
        "order": order,
        "stage": stage_of(order),
        "entry": advice.procedures,
        "staff_steps": advice.staff_steps,
        "tries": advice.tries,
        "wait_first": advice.wait_first,
        "guide": advice.guide,
        "email_masked": mask(order.email),
        "answered_by": answered_by(order),
        "lost_mail": lost,
        "version": version_of(order, lost),
        "status_url": reverse("order_status", args=[order.number, order.token]),
    }
    if order.is_charged:
        context["charged_text"] = order.price_text
    elif order.status in (Status.RELEASED, Status.EXPIRED):
        context["charged_text"] = format_money(0, order.currency)
    context["next_steps"] = order.status == Status.RELEASED and has_no_code(order)
    if order.status != Status.EXPIRED:
        context["email_url"] = reverse("order_email", args=[order.number, order.token])
    if current_email_type(order):
        context["resend_url"] = reverse("order_resend", args=[order.number, order.token])
    if order.may_be_withdrawn:
        context["withdraw_url"] = reverse("order_withdraw", args=[order.number, order.token])
    if is_payable(order):
        context["pay_url"] = reverse("order_pay", args=[order.number, order.token])
        context["ways"] = methods_notice(order.currency, is_uncertain=order.is_of_another_make)
    if order.receipts.exists():
        context["receipt_url"] = reverse("order_receipt", args=[order.number, order.token])
    if question := open_question(order):
        context["question"] = question
    context["questions"] = [
        each for each in order.questions.prefetch_related("answers__uploads") if each != question
    ]
    if may_answer(order):
        context["answer_url"] = reverse("order_answer", args=[order.number, order.token])
    context |= problem_context(order)
    code = order.shown_code
    if code and order.worked is None:
        context["worked_url"] = reverse("order_worked", args=[order.number, order.token])
    if code:
        context |= {"code": code.digits, "presses": advice.presses(code.digits)}
        if order.first_shown_at is None:
            context["seen_url"] = reverse("order_seen", args=[order.number, order.token])
    return context


def problem_context(order: Order) -> dict[str, Any]:
    """What became of the customer's last report, and where they make one."""
    context: dict[str, Any] = {}
    problem = order.problems.exclude(reported_at=None).last()
    if problem and not order.is_anonymised:
        context |= {"problem": problem, "former_serial": grouped(problem.former_serial)}
    code = order.current_code if order.may_show_code else None
    if code and order.status == Status.PROBLEM:
        context["checked_code"] = code.digits
    elif may_report(order):
        context["problem_url"] = reverse("order_problem", args=[order.number, order.token])
    return context


@never_cache
@require_POST
def order_seen(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Note that the code was seen: the page's script says so, or without one its button.

    A request for the page proves nothing: scanners and browsers fetch pages ahead.
    """
    found = find_order(number, token)
    found.note_seen()
    return SeeOther(found.secret_link())


@never_cache
@require_POST
def order_worked(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Note whether the code worked: it confirms a computed code, or leads to help."""
    found = find_order(number, token)
    worked = request.POST.get("worked")
    if worked not in ("yes", "no"):
        return HttpResponseBadRequest()
    code = found.current_code
    if found.answer_worked(worked == "yes") and worked == "yes" and code:
        messages.success(request, _("Thank you for telling us."))
        compare_for(found, code.digits, Comparison.Source.CUSTOMER)
    if worked == "no" and may_report(found):
        return SeeOther(reverse("order_problem", args=[number, token]))
    return SeeOther(found.secret_link())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_withdraw(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Withdraw in two steps; too late, the page says why and what rights remain."""
    found = find_order(number, token)
    if request.method == "POST" and withdraw(found):
        received = _("We have received your withdrawal. We are e-mailing a confirmation to %s.")
        messages.success(request, received % mask(found.email))
        return SeeOther(found.secret_link())
    if found.status in ENDED_STATUSES:
        return SeeOther(found.secret_link())
    context = {
        "order": found,
        "email_masked": mask(found.email),
        "is_at_bank": is_processing_at_bank(found),
    }
    if found.may_be_withdrawn:
        return render(request, "orders/withdraw.html", context)
    status = 409 if request.method == "POST" else 200
    return render(request, "orders/too_late.html", context, status=status)
