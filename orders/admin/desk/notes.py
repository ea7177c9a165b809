"""Notes of staff on an order, which no customer sees."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders.admin.desk.page import may_read
from orders.lib import crypto
from orders.models import Note, Order


class NoteForm(forms.Form):
    text = forms.CharField(max_length=1000)


@require_POST
def add_note(request: HttpRequest, pk: int) -> HttpResponse:
    """From the order's own page, or from the desk: there, of orders that one may open."""
    order = get_object_or_404(Order, pk=pk, anonymised_at=None)
    may_see_all = request.user.has_perms(["orders.view_order", "orders.change_order"])
    is_at_desk = request.user.has_perm("orders.enter_code") and may_read(request, order)
    if not (may_see_all or is_at_desk):
        raise PermissionDenied
    form = NoteForm(request.POST)
    if form.is_valid():
        text = crypto.encrypt(form.cleaned_data["text"])
        Note.objects.create(order=order, by_id=request.user.pk, text_encrypted=text)
    else:
        messages.warning(request, _("A note has 1 to 1000 characters. Nothing was stored."))
    page = "change" if request.POST.get("from") == "order" else "desk"
    return redirect(f"admin:orders_order_{page}", pk)
