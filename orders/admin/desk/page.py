"""The staff desk, one order: its radio, what the customer said, the guide, one field, one button.

Opening an order claims it, so that neither a colleague nor the deadline takes it from under one's
hands. Its forms carry what the page was made from, the order's version and the claim. Where either
no longer stands, nothing is changed and the page says so.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.db.models.functions import Now
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guides.models import Guide
from orders.admin.desk.ask_forms import AskForm, SerialForm
from orders.admin.desk.forms import (
    SUGGEST,
    CodeForm,
    known_codes,
    suggested_code,
    was_suggested,
)
from orders.admin.desk.order_list import go_on, may_enter_code
from orders.admin.fraud import others
from orders.admin.masking import clock, copyable, hours, in_groups, log_look
from orders.business_hours import working_time
from orders.desk.deadlines import work_left
from orders.desk.questions import open_question
from orders.desk.waiting import to_do
from orders.instructions import entry_procedures
from orders.lib.countries import country_name
from orders.models import AT_DESK, Alert, EndedBecause, History, Need, Order, Status, raise_alert

CLAIM_LASTS = timedelta(minutes=15)  # of a page without JavaScript
PAGE_LASTS = timedelta(minutes=3)  # after a page last reported; a hidden one does so each minute
STOP_POLLING = 286  # htmx's own status
OTHER_CODES = 3  # of one member of staff in a day: from then on it is an alert
SERVED = ("find", "end", "ask", "correct_serial")  # moves of who served an order


# ------------------------------------------------------------------ one order
@require_http_methods(["GET", "POST"])
@may_enter_code
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    if order.status == Status.PROBLEM:
        return redirect("admin:orders_order_problem", pk)
    if request.method == "GET":
        if not may_read(request, order):
            raise Http404
        return workbench(request, order)
    form = CodeForm(request.POST, order=order)
    if is_stale(request, order):
        return changed_elsewhere(request, order, form)
    if not form.is_valid():
        if form.differs_from_known:
            note_other_code(request, order)
        return workbench(request, order, form, status=422)
    if "change" in request.POST:
        return workbench(request, order, form)
    code = form.cleaned_data["code"]
    if request.POST.get("read_back") != code:
        return read_back(request, order, form, code)
    place = place_of(order)
    if not form.save(by=request.user):  # type: ignore[arg-type]
        return changed_elsewhere(request, order, form)
    messages.success(
        request,
        _("The code for %s is stored. The payment is being taken, and then the customer has it.")
        % order.number,
    )
    return go_on(request, place)


def read_back(request: HttpRequest, order: Order, form: CodeForm, code: str) -> HttpResponse:
    """Show what was typed once more before it is sent: any four digits look like a code."""
    payment = order.payments.filter(is_superseded=False).last()
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": order.number,
        "order": order,
        "form": form,
        "code": code,
        "spelt": "-".join(code),
        "country": country_name(payment.country) if payment else "",
        "is_charged": order.is_charged,
        "serial": in_groups(order.serial),
    }
    return render(request, "admin/orders/read_back.html", context)


def note_look(request: HttpRequest, order: Order) -> None:
    """Log each look at codes known for the order's serial; the order's history names once who."""
    user = request.user
    log_look(request, order, _("Looked at codes that are known for its serial."))
    if not order.history.filter(move="saw_known_code", by_id=user.pk).exists():
        order.write_history("saw_known_code", "", by=user)  # type: ignore[arg-type]


@require_POST
@may_enter_code
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """The open page reports: the order stays with whom it is open, and for little longer."""
    order = find_order(pk)
    is_mine = request.POST.get("claim_token") == str(order.claim_token)
    is_mine = is_mine and order.keep(claimed_until=Now() + PAGE_LASTS)
    is_same = is_mine and not is_stale(request, order)
    status = 200 if is_same else STOP_POLLING
    context = {"is_mine": is_mine, "is_same": is_same}
    return render(request, "admin/orders/_kept.html", context, status=status)


def note_other_code(request: HttpRequest, order: Order) -> None:
    """Note who typed another code than the known one: guess after guess would find that one."""
    order.write_history("other_code", "", by=request.user)  # type: ignore[arg-type]
    since = timezone.now() - timedelta(days=1)
    typed = History.objects.filter(move="other_code", by_id=request.user.pk, at__gte=since)
    if typed.count() >= OTHER_CODES:
        words = _("%(who)s typed other codes than the known ones within a day, last for %(order)s.")
        text = words % {"who": request.user, "order": order.number}
        raise_alert(Alert.Kind.OTHER_CODES, f"other-codes:{request.user.pk}", text)


@require_POST
@may_enter_code
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """There is no code: release the authorization and notify the customer."""
    order = find_order(pk)
    if not request.POST.get("is_sure"):
        messages.error(request, _("Tick that there is no code for this radio, then end the order."))
        return workbench(request, order, status=422)
    place, stands = place_of(order), order.lease_is_valid & Q(version=order.version)
    if is_stale(request, order) or not order.end(
        EndedBecause.NO_CODE,
        by=request.user,  # type: ignore[arg-type]
        only_if=stands,
    ):
        return changed_elsewhere(request, order)
    messages.success(
        request,
        _("%s ends without a code. The hold is being released, and the customer is told.")
        % order.number,
    )
    return go_on(request, place)


@require_POST
@may_enter_code
def suggest(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the computed code, and note that it was shown: what staff type now proves nothing."""
    order = find_order(pk)
    if is_stale(request, order):
        return changed_elsewhere(request, order)
    if suggested_code(order) and not was_suggested(order):
        order.write_history(SUGGEST, "", by=request.user)  # type: ignore[arg-type]
    return workbench(request, order)


@require_POST
@may_enter_code
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the order to the next member of staff, and go on."""
    order = find_order(pk)
    place = place_of(order)
    if not is_stale(request, order):
        order.finish(opened_by=None)
    return go_on(request, place)


def find_order(pk: int) -> Order:
    related = ("brand", "radio", "car_model", "generation", "opened_by")
    return get_object_or_404(Order.objects.select_related(*related), pk=pk)


def may_read(request: HttpRequest, order: Order) -> bool:
    """Whether the order is with staff, or was served by the one who asks."""
    if order.status in AT_DESK:
        return True
    return order.history.filter(by_id=request.user.pk, move__in=SERVED).exists()


def place_of(order: Order) -> tuple[datetime, int] | None:
    return (order.deadline_at, order.pk) if order.deadline_at else None


def is_stale(request: HttpRequest, order: Order) -> bool:
    """Whether the page that this came from shows the order as it no longer is. The claim's token is
    checked once more by the move itself, in the database."""
    posted = request.POST.get("version"), request.POST.get("claim_token")
    return posted != (str(order.version), str(order.claim_token))


def changed_elsewhere(
    request: HttpRequest, order: Order, form: CodeForm | None = None, **forms: Form
) -> HttpResponse:
    order = find_order(order.pk)
    mine = order.history.filter(move="find", by_id=request.user.pk)
    if mine.exists():  # a double click
        messages.info(request, _("Your code for %s was stored already.") % order.number)
        return workbench(request, order)
    messages.error(
        request, _("This order was changed meanwhile. Nothing was sent: look at it once more.")
    )
    return workbench(request, order, form, status=409, **forms)


def workbench(
    request: HttpRequest,
    order: Order,
    form: CodeForm | None = None,
    status: int = 200,
    **forms: Form,
) -> HttpResponse:
    """The order's page, opened for the one who looks at it if it is free; what was typed stays."""
    if not may_read(request, order):  # it ended while this page was open
        context: dict[str, Any] = admin.site.each_context(request) | {
            "title": _("Desk"),
            "waiting": to_do().count(),
        }
        return render(request, "admin/orders/desk.html", context, status=status)
    is_mine = order.open_for(request.user, CLAIM_LASTS)  # type: ignore[arg-type]
    known = list(known_codes(order))
    if known and request.user.has_perm("orders.view_code"):
        note_look(request, order)
    suggested, is_suggested = suggested_code(order), was_suggested(order)
    if suggested and is_suggested:
        log_look(request, order, _("Looked at the computed code."))
    procedures = entry_procedures(order)
    context = admin.site.each_context(request) | {
        "title": order.number,
        "order": order,
        "is_mine": is_mine,
        "is_at_desk": order.status == Status.WITH_STAFF,
        "clock": clock(order.deadline_at),
        "form": form or CodeForm(order=order),
        "known": known,
        "suggested": suggested,
        "is_suggested": is_suggested,
        "ask_form": AskForm(),
        "serial_form": SerialForm(order=order),
        "question": open_question(order),
        "questions": order.questions.select_related("by").prefetch_related("answers__uploads"),
        "label_photos": order.label_photos.exclude(content_encrypted=""),
        "wants_photo": Need.PHOTO in order.radio.needs,
        "work_left": hours(work_left(order)),
        "desk_time": working_time(),
        "serial": copyable(order.serial),
        "serial_typed": copyable(order.serial_typed),
        "second_number": copyable(order.second_number),
        "device_number": copyable(order.device_number),
        "procedures": procedures,
        "guide": guide_for(order),
        "others": others(order) if request.user.has_perm("orders.view_order") else [],
        "waiting": to_do().count(),
    }
    context |= forms
    return render(request, "admin/orders/desk.html", context, status=status)


def guide_for(order: Order) -> Guide | None:
    """The car's guide, or its brand's."""
    pages = Guide.objects.filter(brand=order.brand, is_published=True)
    own = pages.filter(car_model=order.car_model).first() if order.car_model else None
    return own or pages.filter(car_model=None).first()
