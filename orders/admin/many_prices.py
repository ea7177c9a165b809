"""One price for many radios: chosen in their list, typed once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.admin.prices import PriceField, PricesField
from orders.models import Radio
from orders.models.radio import check_price, check_prices


class PricesForm(forms.Form):
    price = PriceField()
    prices = PricesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
            field.help_text = f"{field.help_text} {_('Empty: stays as it is.')}"

    def clean_price(self) -> int | None:
        price: int | None = self.cleaned_data["price"]
        if price is not None:
            check_price(price)
        return price

    def clean_prices(self) -> dict[str, int]:
        prices: dict[str, int] = self.cleaned_data["prices"]
        check_prices(prices)
        return prices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["prices"] and data["price"] is None:
            raise forms.ValidationError(_("Type a price."))
        return data


@admin.action(description=gettext_lazy("Change prices"), permissions=["change"])
def change_prices(
    model_admin: Any, request: HttpRequest, radios: QuerySet[Radio]
) -> HttpResponse | None:
    form = PricesForm(request.POST if "save" in request.POST else None)
    if not form.is_valid():
        context = admin.site.each_context(request) | {
            "title": _("Change prices"),
            "opts": Radio._meta,
            "radios": radios.select_related("brand"),
            "form": form,
            "chosen": ACTION_CHECKBOX_NAME,
        }
        status = 422 if form.is_bound else 200
        return render(request, "admin/orders/change_prices.html", context, status=status)
    new = {name: value for name, value in form.cleaned_data.items() if value}
    with transaction.atomic():
        count = sum(change(model_admin, request, radio, new) for radio in radios)
    words = ngettext("%d price changed.", "%d prices changed.", count)
    messages.success(request, words % count)
    return None


def change(model_admin: Any, request: HttpRequest, radio: Radio, new: dict[str, Any]) -> bool:
    """Save what differs, in the radio's history too. Returns whether anything does."""
    differs = {name: value for name, value in new.items() if getattr(radio, name) != value}
    for name, value in differs.items():
        setattr(radio, name, value)
    if differs:
        radio.save(update_fields=list(differs))
        model_admin.log_change(request, radio, [{"changed": {"fields": list(differs)}}])
    return bool(differs)
