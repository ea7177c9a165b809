"""The desk's talk with the customer: asking, looking at what they sent, and correcting a serial
that they misread. The desk's rules apply: the order is open with the one who acts, and unchanged.
"""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders.admin.desk.ask_forms import AskForm, SerialForm
from orders.admin.desk.order_list import go_on, may_enter_code
from orders.admin.desk.page import (
    changed_elsewhere,
    find_order,
    is_stale,
    may_read,
    place_of,
    workbench,
)
from orders.desk.questions import ask
from orders.models import LabelPhoto, Order, Upload

may_correct = permission_required("orders.correct_serial", raise_exception=True)


@require_POST
@may_enter_code
def ask_customer(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    form = AskForm(request.POST)
    if is_stale(request, order):
        return changed_elsewhere(request, order, ask_form=form)
    if not form.is_valid():
        return workbench(request, order, status=422, ask_form=form)
    place, stands = place_of(order), as_it_stands(order)
    if not ask(order, form.text, by=request.user, only_if=stands, wants_photo=form.wants_photo):  # type: ignore[arg-type]
        return changed_elsewhere(request, order, ask_form=form)
    messages.success(
        request,
        _("The customer of %s is asked. The clock stands still until they answer.") % order.number,
    )
    return go_on(request, place)


@require_POST
@may_enter_code
@may_correct
def correct_serial(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(pk)
    form = SerialForm(request.POST, order=order)
    if is_stale(request, order):
        return changed_elsewhere(request, order, serial_form=form)
    if not form.is_valid():
        return workbench(request, order, status=422, serial_form=form)
    place = place_of(order)
    if not form.save(by=request.user, only_if=as_it_stands(order)):  # type: ignore[arg-type]
        return changed_elsewhere(request, order, serial_form=form)
    messages.success(
        request,
        _(
            "The serial of %s is corrected. The providers are being asked for it; if none has the "
            "code, the order is back at the desk in a minute."
        )
        % order.number,
    )
    return go_on(request, place)


def as_it_stands(order: Order) -> Q:
    return order.lease_is_valid & Q(version=order.version)


@require_safe
@may_enter_code
def photo(request: HttpRequest, pk: int, upload_pk: int) -> HttpResponse:
    """A picture that we drew ourselves; served as if it were not, and kept by no browser."""
    uploads = Upload.objects.filter(answer__question__order=pk)
    return _shown(request, pk, get_object_or_404(uploads, pk=upload_pk))


@require_safe
@may_enter_code
def label(request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
    """Show a photo that came with the order."""
    photos = LabelPhoto.objects.filter(order=pk)
    return _shown(request, pk, get_object_or_404(photos, pk=photo_pk))


def _shown(request: HttpRequest, pk: int, photo: Upload | LabelPhoto) -> HttpResponse:
    order = get_object_or_404(Order, pk=pk)
    if not photo.is_kept or not may_read(request, order):
        raise Http404
    return shown(photo, order.number)


def shown(photo: Upload | LabelPhoto, name: str) -> HttpResponse:
    response = HttpResponse(photo.content, content_type="image/jpeg")
    response["Content-Disposition"] = f'inline; filename="{name}-{photo.pk}.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
