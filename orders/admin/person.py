# mypy: allow-untyped-decorators
"""A customer asks what is kept about them, or to be forgotten: both on one page, by their address,
which stands in no link and is kept nowhere afterwards."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.admin.read_only import ReadOnlyAdmin
from orders.forms.mailbox import MailboxField
from orders.models import DataRequest, Order
from orders.privacy.export import export
from orders.privacy.person import Verdict, erase, requests_of, verdict

MAY_COPY, MAY_ERASE = "orders.export_person", "orders.erase_person"


class PersonForm(forms.Form):
    email = MailboxField(
        label=gettext_lazy("The customer's e-mail address"),
        help_text=gettext_lazy(
            "Answer only to that address: who writes from another one may be somebody else."
        ),
        error_messages={
            "required": gettext_lazy("Type the address that they order with."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnlyAdmin):
    """Who was served, when, by whom; not whose address it was."""

    list_display = ["at", "kind", "by", "orders"]
    list_filter = ["kind", "at"]
    list_select_related = ["by"]
    list_before_template = "admin/orders/_person.html"
    readonly_fields = ["at", "kind", "by", "orders", "fingerprint"]
    fields = readonly_fields

    @admin.display(description=gettext_lazy("orders"))
    def orders(self, asked: DataRequest) -> str:
        return ", ".join(f"{number} {what}" for number, what in asked.outcome.items()) or "–"

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        view = self.admin_site.admin_view(person)
        return [path("person/", view, name="orders_datarequest_person"), *urls]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest) -> HttpResponse:
    """The address; then what there is, to be copied; then a second look, and it is gone."""
    may = request.user.has_perm
    if not (may(MAY_COPY) or may(MAY_ERASE)):
        raise PermissionDenied
    form = PersonForm(request.POST or None)
    if not form.is_valid():
        return page(request, "person", form, status=422 if form.is_bound else 200)
    address = form.cleaned_data["email"]
    if "copy" in request.POST and may(MAY_COPY):
        return copy(request, address)
    if "erase" in request.POST and may(MAY_ERASE):
        return second_look(request, form)
    if "is_sure" in request.POST and may(MAY_ERASE):
        return forget_them(request, form)
    return page(request, "person", form, **facts(address))


def copy(request: HttpRequest, address: str) -> HttpResponse:
    """As a file. Named without the address, since it lies in a folder of downloads afterwards."""
    lines = export(address, by=cast(User, request.user))
    log = admin.site.get_model_admin(Order).log_change
    codes = {each["number"] for each in lines["orders"] if each.get("code")}
    for order in Order.objects.filter(number__in=codes):
        log(request, order, _("Looked at the code, in a copy for the customer."))
    response = JsonResponse(lines, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="what-we-keep-about-you.json"'
    return response


def second_look(request: HttpRequest, form: PersonForm) -> HttpResponse:
    address = form.cleaned_data["email"]
    return page(request, "person_sure", form, **facts(address), seen=state_of(verdict(address)))


def forget_them(request: HttpRequest, form: PersonForm) -> HttpResponse:
    """Only what was looked at: an order that was over then may be disputed now."""
    address = form.cleaned_data["email"]
    if not constant_time_compare(request.POST.get("seen", ""), state_of(verdict(address))):
        messages.error(request, _("Something changed meanwhile. Nothing was done: look once more."))
        return second_look(request, form)
    decided = erase(address, by=cast(User, request.user))
    gone = len(decided.deleted) + len(decided.forgotten)
    words = ngettext("%d order is forgotten.", "%d orders are forgotten.", gone) % gone
    if decided.later:
        words = f"{words} {_('The others follow by themselves, as soon as they may.')}"
    messages.success(request, words)
    return redirect("admin:orders_datarequest_changelist")


def facts(address: str) -> dict[str, Any]:
    return {"found": verdict(address), "asked_before": requests_of(address)}


def state_of(decided: Verdict) -> str:
    words = repr(
        (sorted(decided.outcome.items()), decided.receipts, decided.other_mails, decided.messages)
    )
    return salted_hmac("person", words, algorithm="sha256").hexdigest()


def page(
    request: HttpRequest, name: str, form: PersonForm, status: int = 200, **context: Any
) -> HttpResponse:
    may = request.user.has_perm
    context |= admin.site.each_context(request) | {
        "title": _("What we keep about a customer"),
        "form": form,
        "may_copy": may(MAY_COPY),
        "may_erase": may(MAY_ERASE),
    }
    return render(request, f"admin/orders/{name}.html", context, status=status)
