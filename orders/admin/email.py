# mypy: allow-untyped-decorators
"""Mails as the shop recorded them; sending one again, and putting a customer's address right."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from unfold.decorators import display

from orders.admin.exact_search import FoundWhole
from orders.forms.email import AddressForm
from orders.mail.resend import correct_email, resend
from orders.models import Email, EmailStatus, Order, Status

EMAIL_STATUS = {
    EmailStatus.QUEUED: "info",
    EmailStatus.SENT: "success",
    EmailStatus.FAILED: "danger",
    EmailStatus.BOUNCED: "danger",
}


@admin.register(Email)
class EmailAdmin(FoundWhole):
    """Which mail went where. Its text is written when it is sent and kept nowhere."""

    list_display = ["mail", "order", "state", "to", "created_at", "sent_at"]
    list_filter = ["status", "mail", "created_at"]
    list_select_related = ["order"]
    search_fields = ["order__number", "to", "provider_id"]
    address_lookup = "to__iexact"
    search_help_text = gettext_lazy("Order number, address, or the mail provider's id")
    change_form_outer_before_template = "admin/orders/_came_back.html"
    readonly_fields = [
        "status", "created_at", "sent_at", "due_at", "tries", "provider_id", "complained_at",
    ]  # fmt: skip
    fields = [
        "mail", "order", "to", "status", ("created_at", "sent_at"), ("due_at", "tries"),
        ("provider_id", "complained_at"),
    ]  # fmt: skip

    @display(description=gettext_lazy("status"), ordering="status", label=EMAIL_STATUS)
    def state(self, email: Email) -> tuple[str, str]:
        return email.status, email.get_status_display()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = request.user.has_perm("orders.change_email")
        context = {"may_mark": may} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        came_back = self.admin_site.admin_view(self.came_back)
        return [path("<int:pk>/came-back/", came_back, name="orders_email_came_back"), *urls]

    @method_decorator(require_POST)
    @method_decorator(permission_required("orders.change_email", raise_exception=True))
    def came_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Over SMTP only a mail to the sender reports a bounce, and staff read that mailbox."""
        email = get_object_or_404(Email, pk=pk)
        user = cast(User, request.user)
        if email.bounce("", by=user, only_if=Q(status=EmailStatus.SENT)):
            self.log_change(request, email, _("Marked as come back."))
            messages.success(
                request, _("The customer reads on the order's page that it came back.")
            )
        else:
            messages.info(request, _("Only a mail that was sent can come back."))
        return redirect("admin:orders_email_change", pk)


# ------------------------------------------------------------------ on an order's page
@require_POST
@permission_required("orders.change_order", raise_exception=True)
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order, pk=pk)
    if resend(order, is_asked_for=False):
        _log(request, order, _("Sent the mail of this moment again."))
        messages.success(request, _("The mail that is true now is on its way."))
    else:
        messages.info(request, _("There is nothing to mail: nobody has paid for this order."))
    return redirect("admin:orders_order_change", pk)


# the mail that follows has the order's link, and maybe its code
MAY_CORRECT = ("orders.view_order", "orders.correct_email", "orders.view_code")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(MAY_CORRECT, raise_exception=True)
def address(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order, pk=pk)
    form = AddressForm(request.POST or None, initial={"email": order.email})
    if form.is_valid():
        if correct_email(order, form.cleaned_data["email"], by=cast(User, request.user)):
            _log(request, order, _("Corrected the customer's address."))
            messages.success(request, _("The address is corrected. What is true now goes there."))
        elif order.status == Status.EXPIRED:
            messages.info(request, _("Nothing was changed: no mail goes out for this order."))
        else:
            messages.info(request, _("That was the address already."))
        return redirect("admin:orders_order_change", pk)
    context = admin.site.each_context(request) | {
        "title": _("Correct the address of %s") % order.number,
        "order": order,
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "admin/orders/address.html", context, status=status)


def _log(request: HttpRequest, order: Order, words: str) -> None:
    admin.site.get_model_admin(Order).log_change(request, order, words)
