# mypy: allow-subclassing-any
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from guides.admin import FactsForm, HistoryAdmin
from guides.admin.fields import LinesField
from orders.admin.many_prices import change_prices
from orders.admin.prices import PriceField, PricesField
from orders.models import Need, NotASerial, Provider, Radio
from orders.serials.confusables import Pattern, pattern_fault


class NeedsField(forms.MultipleChoiceField):
    """What the order form asks for beside the serial."""

    def __init__(self) -> None:
        super().__init__(
            choices=Need.choices,
            required=False,
            label=gettext_lazy("Needs"),
            help_text=gettext_lazy(
                "The order form asks for these beside the serial; for a photo the order's page "
                "does, once the order is at the desk."
            ),
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )


class PlacesWidget(forms.MultiWidget):
    """One choice for each place of a short list."""

    def __init__(self, choices: list[tuple[str, Any]]) -> None:
        offered = [("", "–"), *choices]
        super().__init__([UnfoldAdminSelectWidget(choices=offered) for _place in choices])

    def decompress(self, value: list[str] | None) -> list[str]:
        return list(value or [])

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for place, widget in enumerate(context["widget"]["subwidgets"], start=1):
            widget["attrs"]["aria-label"] = _("Asked in place %d") % place
        return context


class ProvidersField(forms.MultiValueField):
    """Providers of codes, in the order in which they are asked."""

    def __init__(self) -> None:
        super().__init__(
            fields=[
                forms.ChoiceField(choices=Provider.choices, required=False) for _place in Provider
            ],
            require_all_fields=False,
            label=gettext_lazy("Providers"),
            help_text=gettext_lazy(
                "They are asked for the code in this order. Without the staff desk, an order that "
                "no provider can answer ends, and nothing is charged."
            ),
            widget=PlacesWidget(list(Provider.choices)),
        )

    def compress(self, values: list[str]) -> list[str]:
        chosen = [value for value in values if value]
        if len(set(chosen)) < len(chosen):
            raise ValidationError(_("Name each provider once."), code="twice")
        return chosen


def refuse_broken_pattern(pattern: str) -> None:
    if fault := pattern_fault(pattern):
        raise ValidationError(_("This pattern is broken: %(why)s"), params={"why": fault})


class PlaceholdersField(LinesField):
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=gettext_lazy("Placeholders"),
            help_text=gettext_lazy(
                "What providers answer instead of a code, one a line. It is never delivered."
            ),
        )


class PatternsForm(FactsForm):
    """A broken pattern must not come as far as an order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name.endswith("pattern"):
                field.validators.append(refuse_broken_pattern)
                field.widget.attrs["spellcheck"] = "false"


# what the supplier is asked with
SUPPLY = ("sources", "example", "canonical_pattern", "supplier_model", "supplier_pattern")


class RadioForm(PatternsForm):
    price = PriceField()
    prices = PricesField()
    needs = NeedsField()
    sources = ProvidersField()
    placeholders = PlaceholdersField()

    def clean(self) -> dict[str, Any]:
        """The example shows customers what to look for, so it must be of the shape that is sold."""
        data = super().clean() or {}
        pattern, example = data.get("pattern"), data.get("example")
        if pattern and example and not Pattern(pattern).fits(example):
            self.add_error("example", _("The pattern does not fit this example."))
        lines = {name: data[name] for name in SUPPLY if name in data}
        if len(lines) == len(SUPPLY) and (wrong := Radio(**lines).wrong_supply()):
            self.add_error(*wrong)
        return data


@admin.register(Radio)
class RadioAdmin(HistoryAdmin):
    form = RadioForm
    actions = [change_prices]
    list_display = ["name", "brand", "price_text", "is_on_sale", "is_fallback", "sources_text"]
    list_filter = ["brand", "is_on_sale", "is_fallback"]
    list_select_related = ["brand"]
    search_fields = ["name", "brand__name", "prefix"]
    warn_unsaved_form = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("brand", "name"),
                    ("price", "position"),
                    "prices",
                    ("is_on_sale", "is_fallback"),
                ]
            },
        ),
        (
            gettext_lazy("Its serial"),
            {
                "fields": [
                    ("pattern", "lenient_pattern"),
                    "line_pattern",
                    ("prefix", "length"),
                    "example",
                    "canonical_pattern",
                    "needs",
                    ("second_number_label", "second_number_pattern", "second_number_shape"),
                    ("device_number_pattern", "device_number_shape"),
                ]
            },
        ),
        (
            gettext_lazy("Its code"),
            {
                "fields": [
                    ("code_shape", "code_pattern"),
                    "family",
                    "placeholders",
                    "sources",
                    ("supplier_model", "supplier_pattern"),
                    "desk_hours",
                    "facts",
                ]
            },
        ),
    ]

    @admin.display(description=gettext_lazy("price"), ordering="price")
    def price_text(self, radio: Radio) -> str:
        others = f" ({radio.other_prices})" if radio.other_prices else ""
        return radio.price_text + others

    @admin.display(description=gettext_lazy("sources"))
    def sources_text(self, radio: Radio) -> str:
        words = dict(Provider.choices)
        return ", ".join(str(words.get(source, source)) for source in radio.sources)


@admin.register(NotASerial)
class NotASerialAdmin(HistoryAdmin):
    form = PatternsForm
    list_display = ["what", "brand", "pattern", "tell"]
    list_filter = ["brand"]
    list_select_related = ["brand"]
    search_fields = ["what", "tell"]
    fields = ["brand", ("what", "position"), "pattern", "tell", "facts"]
