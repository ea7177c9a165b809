# mypy: allow-subclassing-any
"""The rows of a guide's page, edited below it."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from guides.admin.fields import FactsForm, LinesField
from guides.models import Generation, Passage, Procedure, Question, Symptom


class ProcedureForm(FactsForm):
    steps = LinesField(label=_("Steps"), help_text=_("One step a line, one sentence a step."))


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
        "radios",
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
