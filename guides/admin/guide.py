# mypy: allow-subclassing-any, allow-untyped-decorators
"""A guide's page: edited, previewed, reviewed."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from guides.admin.checks import checks, differences
from guides.admin.fields import FactsForm
from guides.admin.history import HistoryAdmin
from guides.admin.rows import PassageInline, ProcedureInline, QuestionInline, SymptomInline
from guides.models import Fact, Guide, Passage, Procedure, Question, Symptom
from guides.page_checks import REVIEW_EVERY, check_pages
from guides.views import page, published


class ReviewFilter(admin.SimpleListFilter):
    title = gettext_lazy("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", _("Not reviewed for a year")), ("done", _("Reviewed within a year"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guide]) -> QuerySet[Guide]:
        year_ago = timezone.localdate() - REVIEW_EVERY
        if self.value() == "due":
            return queryset.filter(last_reviewed__lt=year_ago)
        return queryset.filter(last_reviewed__gte=year_ago) if self.value() else queryset


@admin.register(Guide)
class GuideAdmin(HistoryAdmin):
    form = FactsForm
    list_display = ["title", "brand", "car_model", "is_published", "thin", "last_reviewed"]
    list_filter = [ReviewFilter, "is_published", "is_thin", "brand"]
    list_select_related = ["brand", "car_model"]
    search_fields = ["title", "brand__name", "car_model__name"]
    date_hierarchy = "last_reviewed"
    warn_unsaved_form = True
    actions = ["reviewed_today"]
    actions_list = ["checks", "differences"]
    actions_detail = ["preview"]
    change_form_outer_before_template = "admin/guides/_state.html"
    inlines = [PassageInline, ProcedureInline, SymptomInline, QuestionInline]
    rows_on_page = [(model, "guide") for model in (Passage, Procedure, Symptom, Question, Fact)]
    fieldsets = [
        (None, {"fields": [("brand", "car_model"), "title", "description", "intro"]}),
        (
            gettext_lazy("The answer box"),
            {"fields": ["number_needed", "where_it_is", "code_shape", "tries"]},
        ),
        (
            gettext_lazy("The pictures"),
            {"fields": [("label_serial", "label_other"), ("display_serial", "display_entry")]},
        ),
        (
            gettext_lazy("Publishing"),
            {"fields": [("is_published", "is_thin", "sells_nothing"), "last_reviewed", "facts"]},
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.review)
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/review/", view, name="guides_guide_review"), *urls]

    @display(description=gettext_lazy("thin"), ordering="is_thin", label=True)
    def thin(self, guide: Guide) -> str | None:
        return _("thin") if guide.is_thin else None

    # ------------------------------------------------------------------ reviewing
    @admin.action(description=gettext_lazy("Reviewed today"), permissions=["change"])
    def reviewed_today(self, request: HttpRequest, queryset: QuerySet[Guide]) -> None:
        guides = list(queryset)
        for guide in guides:
            guide.last_reviewed = timezone.localdate()
            guide.save(update_fields=["last_reviewed", "updated_at"])
        words = ngettext("%d guide is reviewed.", "%d guides are reviewed.", len(guides))
        messages.success(request, words % len(guides))

    @method_decorator(require_POST)
    @method_decorator(permission_required("guides.change_guide", raise_exception=True))
    def review(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.reviewed_today(request, Guide.objects.filter(pk=pk))
        return redirect("admin:guides_guide_change", pk)

    # ------------------------------------------------------------------ all pages at once
    @action(description=gettext_lazy("Checks"), icon="fact_check", permissions=["view"])
    def checks(self, request: HttpRequest) -> HttpResponse:
        return checks(request)

    @action(
        description=gettext_lazy("Differences from the files"),
        icon="difference",
        permissions=["view"],
    )
    def differences(self, request: HttpRequest) -> HttpResponse:
        return differences(request)

    # ------------------------------------------------------------------ looking at it
    @action(
        description=gettext_lazy("Preview"),
        icon="visibility",
        url_path="preview",
        permissions=["view"],
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page as readers would get it, published or not."""
        guides = Guide.objects.select_related("brand", "car_model__brand")
        guide = get_object_or_404(guides, pk=object_id)
        others = [each for each in published(guide.brand.slug) if each != guide]
        context = page(guide, [*others, guide]) | {
            "template": "guides/guide.html" if guide.car_model else "guides/brand.html",
            "is_unpublished": not guide.is_published,
            "edit_url": reverse("admin:guides_guide_change", args=[guide.pk]),
        }
        response = render(request, "guides/preview.html", context)
        response["X-Robots-Tag"] = "noindex"
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        guides = Guide.objects.filter(pk=object_id) if object_id.isdecimal() else []
        state = {
            "is_state_shown": True,
            "problems": check_pages(guides),
            "due_before": timezone.localdate() - REVIEW_EVERY,
        }
        response: HttpResponse = super().change_view(
            request, object_id, form_url, state | (extra_context or {})
        )
        return response
