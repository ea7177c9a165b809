# mypy: allow-subclassing-any
# (Unfold's classes come without types.)

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline
from unfold.widgets import UnfoldAdminTextareaWidget

from guides.models import (
    Brand,
    CarModel,
    Fact,
    Generation,
    Guide,
    LegalText,
    Passage,
    Procedure,
    Question,
    Symptom,
)


class LinesField(forms.Field):
    """A list of texts, edited one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: list[str] | None, data: str | None) -> bool:
        return self.to_python(data) != (initial or [])


class FactsField(LinesField):
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=_("Facts"),
            help_text=_("Ids of the facts this rests on, one a line. The list of facts has them."),
        )

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        known = set(Fact.objects.filter(key__in=value).values_list("key", flat=True))
        if unknown := [key for key in value if key not in known]:
            raise ValidationError(
                _("There is no fact %(keys)s."), params={"keys": ", ".join(unknown)}
            )


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    facts = FactsField()


class ProcedureForm(FactsForm):
    steps = LinesField(label=_("Steps"), help_text=_("One step a line, one sentence a step."))


class GenerationInline(StackedInline):
    model = Generation
    form = FactsForm
    extra = 0
    collapsible = True


class RowInline(StackedInline):
    form = FactsForm
    extra = 0
    tab = True
    collapsible = True


class PassageInline(RowInline):
    model = Passage
    fields = ["section", "title", "text", "facts", "position"]


class ProcedureInline(RowInline):
    model = Procedure
    form = ProcedureForm
    fields = [
        ("kind", "drawing"),
        "title",
        "serves",
        "generations",
        "steps",
        "needs_removal",
        "caution",
        "facts",
        "position",
    ]

    def formfield_for_manytomany(
        self, db_field: "models.ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the generations of this page's car, not those of all cars."""
        match = request.resolver_match
        guide = match.kwargs.get("object_id") if match else None
        kwargs["queryset"] = Generation.objects.filter(car_model__guide=guide)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class SymptomInline(RowInline):
    model = Symptom
    fields = [
        ("shows", "code_helps"),
        "is_trouble",
        "title",
        "answer",
        "facts",
        "position",
    ]


class QuestionInline(RowInline):
    model = Question
    fields = ["question", "answer", "facts", "position"]


@admin.register(Brand)
class BrandAdmin(ModelAdmin):
    list_display = ["name", "slug", "position"]
    search_fields = ["name", "slug"]


@admin.register(CarModel)
class CarModelAdmin(ModelAdmin):
    list_display = ["name", "brand", "slug", "position"]
    list_filter = ["brand"]
    list_select_related = ["brand"]
    search_fields = ["name", "slug", "generations__code"]
    inlines = [GenerationInline]


@admin.register(Guide)
class GuideAdmin(ModelAdmin):
    form = FactsForm
    list_display = ["title", "brand", "car_model", "is_published", "is_thin", "last_reviewed"]
    list_filter = ["is_published", "is_thin", "brand"]
    list_select_related = ["brand", "car_model"]
    search_fields = ["title", "brand__name", "car_model__name"]
    date_hierarchy = "last_reviewed"
    warn_unsaved_form = True
    inlines = [PassageInline, ProcedureInline, SymptomInline, QuestionInline]
    fieldsets = [
        (None, {"fields": [("brand", "car_model"), "title", "description", "intro"]}),
        (_("The answer box"), {"fields": ["number_needed", "where_it_is", "code_shape", "tries"]}),
        (
            _("Publishing"),
            {"fields": [("is_published", "is_thin"), "last_reviewed", "facts"]},
        ),
    ]


@admin.register(Fact)
class FactAdmin(ModelAdmin):
    """To look up only: facts and their sources live in the content files."""

    list_display = ["key", "says", "confidence", "is_from_maker", "guide"]
    list_filter = ["confidence", "is_from_maker", "guide__brand"]
    list_select_related = ["guide"]
    search_fields = ["key", "says", "sources"]
    fields = ["key", "says", "confidence", "is_from_maker", "guide", "source_links"]

    @admin.display(description=_("Sources"))
    def source_links(self, fact: Fact) -> SafeString:
        links = ((source, source) for source in fact.sources)
        return format_html_join(
            "\n", '<p><a href="{}" rel="noreferrer" target="_blank">{}</a></p>', links
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Fact | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Fact | None = None) -> bool:
        return False


@admin.register(LegalText)
class LegalTextAdmin(ModelAdmin):
    """The shop's addresses name these texts: staff edit them, none comes or goes here."""

    list_display = ["title", "slug", "updated_at"]
    readonly_fields = ["slug"]
    fields = ["slug", "title", "body"]

    def view_on_site(self, text: LegalText) -> str:
        return f"/{text.slug}/"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LegalText | None = None) -> bool:
        return False
