# mypy: allow-untyped-decorators
"""Refunds by staff: how much and why, a second look, then the refund."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from orders.mail.compose import announced
from orders.models import (
    CODE_IS_OUT,
    KEEPING_MONEY,
    LIVE_REFUNDS,
    STAFF_REASONS,
    Order,
    Payment,
    Refund,
    RefundReason,
    Status,
    next_number,
)
from orders.money import format_money, minor_units, number_text
from orders.payments.refund import start_refund

may_refund = permission_required("orders.return_money", raise_exception=True)
SEARCHING = (Status.PLACED, Status.WITH_STAFF, Status.FOUND, Status.PAYMENT_DUE, Status.ENDING)


class ReturnForm(forms.Form):
    payment = forms.ModelChoiceField(
        Payment.objects.none(), label=gettext_lazy("Payment"), empty_label=None
    )
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=Decimal("0.001"))
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", "–"), *((each.value, each.label) for each in STAFF_REASONS)],
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "For colleagues. Customers see it only in a copy of their data, if they ask for one."
        ),
    )
    # what the page was made from: `state_of`
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        payments = keeping(order)
        self.fields["payment"].queryset = payments  # type: ignore[attr-defined]
        first = payments.first()
        if first is not None:
            left = format_money(first.amount_kept, first.currency)
            self.fields["amount"].help_text = _("At most %s, which is all that is left.") % left
            self.initial = {
                "payment": first.pk,
                "amount": number_text(first.amount_kept, first.currency),
                "seen": state_of(order),
            }
            if order.status == Status.PROBLEM:
                self.initial["reason"] = RefundReason.WRONG_CODE
        if len(payments) == 1:
            self.fields["payment"].widget = forms.HiddenInput()
        else:
            self.fields["amount"].help_text = _("At most what is left of the payment.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        payment, number = data.get("payment"), data.get("amount")
        if payment is None or number is None:
            return data
        left = format_money(payment.amount_kept, payment.currency)
        amount = minor_units(number, payment.currency)
        if amount is None:
            self.add_error("amount", _("That is no amount of %s.") % payment.currency.upper())
        elif amount > payment.amount_kept:
            self.add_error("amount", _("Only %s is left of this payment.") % left)
        return data | {"minor": amount}

    def refund(self) -> Refund:
        """As it would be, for the second look."""
        data = self.cleaned_data
        return Refund(payment=data["payment"], amount=data["minor"], reason=data["reason"])


def keeping(order: Order) -> Any:
    return order.payments.filter(status__in=KEEPING_MONEY)


def may_be_returned(order: Order) -> bool:
    return any(payment.amount_kept for payment in keeping(order))


def state_of(order: Order) -> str:
    """Changes with the order, its payments and their refunds: a page made from another is stale."""
    payments = [f"{each.pk}.{each.version}.{next_number(each)}" for each in order.payments.all()]
    return "-".join([str(order.version), *payments])


@require_http_methods(["GET", "POST"])
@may_refund
def return_money(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("radio", "brand"), pk=pk)
    if under_way(order):
        messages.info(request, _("A refund of this order is under way already."))
        return redirect("admin:orders_order_change", pk)
    if not may_be_returned(order):
        messages.info(request, _("No money of this order is left to return."))
        return redirect("admin:orders_order_change", pk)
    if request.method == "GET":
        return page(request, order, ReturnForm(order=order))
    form = ReturnForm(request.POST, order=order)
    if not form.is_valid():
        return page(request, order, form, status=422)
    if "change" in request.POST:
        return page(request, order, form)
    if "is_sure" not in request.POST:
        return second_look(request, order, form)
    return decide(request, order, form)


def under_way(order: Order) -> bool:
    return Refund.objects.filter(payment__order=order, status__in=LIVE_REFUNDS).exists()


def decide(request: HttpRequest, order: Order, form: ReturnForm) -> HttpResponse:
    data = form.cleaned_data
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        refund = None
        if data["seen"] == state_of(order):
            refund = start_refund(
                data["payment"], data["minor"], data["reason"], note=data["note"],
                by=request.user,  # type: ignore[arg-type]
            )  # fmt: skip
    if refund is None:
        messages.error(
            request, _("This order was changed meanwhile. Nothing was returned: look once more.")
        )
    else:
        words = _("Returned %(amount)s: %(reason)s.") % {
            "amount": refund.amount_text,
            "reason": refund.get_reason_display(),
        }
        admin.site.get_model_admin(Order).log_change(request, order, words)
        messages.success(
            request,
            _("%s is being returned. The customer is told when Stripe has sent it.")
            % refund.amount_text,
        )
    return redirect("admin:orders_order_change", order.pk)


def page(request: HttpRequest, order: Order, form: ReturnForm, status: int = 200) -> HttpResponse:
    context = common(request, order) | {"form": form}
    return render(request, "admin/orders/return_money.html", context, status=status)


def second_look(request: HttpRequest, order: Order, form: ReturnForm) -> HttpResponse:
    refund = form.refund()
    payment = refund.payment
    is_all = refund.amount == payment.amount_kept and not payment.is_superseded
    subject, words = announced(refund)
    context = common(request, order) | {
        "form": form,
        "refund": refund,
        "left": format_money(payment.amount_kept - refund.amount, payment.currency),
        "reason": RefundReason(refund.reason).label,
        "ends": is_all and order.status in SEARCHING,
        "takes_code_off": is_all and order.status in CODE_IS_OUT,
        "subject": subject,
        "words": words,
    }
    return render(request, "admin/orders/return_money_sure.html", context)


def common(request: HttpRequest, order: Order) -> dict[str, Any]:
    return admin.site.each_context(request) | {
        "title": _("Return money: %s") % order.number,
        "order": order,
    }
