# mypy: allow-subclassing-any
"""Prices, edited as the customer reads them: 14.99, and in other currencies gbp 12.99, one a
line."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from guides.admin.fields import LinesField
from orders.money import minor_units, number_text

LINE = re.compile(r"([a-z]{3})\s+(\d{1,7}(?:\.\d{1,3})?)", re.ASCII)


class PriceField(forms.DecimalField):
    """The price in the shop's own currency: 14.99, stored as 1499."""

    def __init__(self) -> None:
        super().__init__(
            max_digits=12,
            decimal_places=3,
            label=gettext_lazy("Price"),
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "size": 10}),
            help_text=gettext_lazy("As the customer reads it, such as 14.99."),
        )

    def prepare_value(self, value: Any) -> Any:
        return number_text(value, settings.CURRENCY) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        if number is None:
            return None
        amount = minor_units(number, settings.CURRENCY)
        if amount is None:
            words = _("That is no amount of %s.") % settings.CURRENCY.upper()
            raise ValidationError(words, code="amount")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


class PricesField(LinesField):
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=gettext_lazy("In other currencies"),
            help_text=gettext_lazy("One a line, such as: gbp 12.99. Customers may choose them."),
        )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return "\n".join(f"{name} {number_text(value[name], name)}" for name in value)

    def to_python(self, value: str | None) -> Any:
        prices: dict[str, int] = {}
        for line in super().to_python(value):
            match = LINE.fullmatch(line.lower())
            currency, number = match.groups() if match else ("", "0")
            amount = minor_units(Decimal(number), currency)
            if not amount or currency in prices:
                words = _("“%(line)s” is not a currency and its price, such as: gbp 12.99.")
                raise ValidationError(words, params={"line": line})
            prices[currency] = amount
        return prices

    def has_changed(self, initial: Any, data: str | None) -> bool:
        try:
            return bool(self.to_python(data) != (initial or {}))
        except ValidationError:
            return True
