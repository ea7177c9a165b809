# mypy: allow-subclassing-any
"""Brands, and car models with their generations."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from guides.admin.fields import FactsForm, LinesField
from guides.admin.history import HistoryAdmin
from guides.models import Brand, CarModel, Generation


class GenerationForm(FactsForm):
    overlaps = forms.MultipleChoiceField(
        required=False,
        label=_("Overlaps"),
        help_text=_("Generations that were sold beside this one for some years. One side says so."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Generation.objects.filter(car_model=self.instance.car_model_id).exclude(key="")
        self.fields["overlaps"].choices = [  # type: ignore[attr-defined]
            (row.key, str(row)) for row in others.exclude(pk=self.instance.pk)
        ]


class GenerationInline(StackedInline):
    model = Generation
    form = GenerationForm
    extra = 0
    collapsible = True
    fields = [
        ("code", "name"),
        ("year_from", "year_to"),
        "overlaps",
        ("radio", "makers"),
        ("entry", "position"),
        "facts",
    ]


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    model_names = LinesField(
        required=False,
        label=_("Models"),
        help_text=_("Car models without a page of their own, one a line."),
    )
    radio_names = LinesField(
        required=False,
        label=_("Radios"),
        help_text=_("What owners call these radios, such as 6000CD, one a line."),
    )


@admin.register(Brand)
class BrandAdmin(HistoryAdmin):
    form = BrandForm
    list_display = ["name", "slug", "position"]
    search_fields = ["name", "slug"]


@admin.register(CarModel)
class CarModelAdmin(HistoryAdmin):
    list_display = ["name", "brand", "slug", "position"]
    list_filter = ["brand"]
    list_select_related = ["brand"]
    search_fields = ["name", "slug", "generations__code"]
    inlines = [GenerationInline]
    rows_on_page = [(Generation, "car_model")]
