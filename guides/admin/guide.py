# mypy: allow-subclassing-any, allow-untyped-decorators
"""A guide's page: edited, drafted, looked at, reviewed.

"Save as draft" saves the form as ever and undoes it: what is kept is the form as it was sent, and
the page's text as it would have become. So a draft has no rows that a reader, the search or an
order could come across; opened, it is the form filled in again, and saving that form publishes it.
"""

from functools import partialmethod
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from guides import editions
from guides.admin.checks import checks, differences
from guides.admin.fields import FactsForm
from guides.admin.kept import KeptAdmin
from guides.admin.preview import preview
from guides.admin.rows import PassageInline, ProcedureInline, QuestionInline, SymptomInline
from guides.loading.differences import around_changes
from guides.models import Draft, Edition, Guide, LegalText
from guides.page_checks import REVIEW_EVERY, check_pages

SAVE_DRAFT = "guides_guide_draft"  # as Unfold names the button
NOT_KEPT = {SAVE_DRAFT, "csrfmiddlewaretoken"}


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
class GuideAdmin(KeptAdmin):
    form = FactsForm
    list_display = [
        "title", "brand", "car_model", "is_published", "is_thin", "last_reviewed", "has_draft",
    ]  # fmt: skip
    list_filter = [ReviewFilter, "is_published", "is_thin", "brand"]
    list_select_related = ["brand", "car_model", "draft"]
    search_fields = ["title", "brand__name", "car_model__name"]
    date_hierarchy = "last_reviewed"
    warn_unsaved_form = True
    actions = ["reviewed_today"]
    actions_list = ["checks", "differences"]
    actions_detail = ["preview"]
    actions_submit_line = ["draft"]
    change_form_outer_before_template = "admin/guides/_state.html"
    inlines = [PassageInline, ProcedureInline, SymptomInline, QuestionInline]
    fieldsets = [
        (None, {"fields": [("brand", "car_model"), "title", "description", "intro"]}),
        (
            gettext_lazy("The answer box"),
            {"fields": ["number_needed", "where_it_is", "code_shape", "tries"]},
        ),
        (
            gettext_lazy("Publishing"),
            {"fields": [("is_published", "is_thin"), "last_reviewed", "facts"]},
        ),
    ]

    def pages(self, row: Guide) -> list[Guide | LegalText]:
        return [row]

    @display(description=gettext_lazy("draft"), label={"draft": "warning"})
    def has_draft(self, guide: Guide) -> tuple[str, str] | None:
        return ("draft", _("Draft")) if hasattr(guide, "draft") else None

    def get_urls(self) -> list[URLPattern]:
        views = [("review", self.review), ("discard", self.discard)]
        urls: list[URLPattern] = super().get_urls()
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"guides_guide_{name}")
            for name, view in views
        ] + urls

    # ------------------------------------------------------------------ reviewing
    @admin.action(description=gettext_lazy("Reviewed today"), permissions=["change"])
    def reviewed_today(self, request: HttpRequest, queryset: QuerySet[Guide]) -> None:
        guides = list(queryset)
        for guide in guides:
            editions.review(guide, request.user)
        told = ngettext("%d guide is reviewed.", "%d guides are reviewed.", len(guides))
        messages.success(request, told % len(guides))

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
        """The draft, where there is one; `?of=page` shows the page as it stands."""
        guide = get_object_or_404(Guide, pk=object_id)
        draft = None if request.GET.get("of") == "page" else draft_of(guide)
        text = draft.text if draft else None
        return preview(request, editions.page_of(guide), text, change_url(guide, bool(draft)))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        guide = found(object_id)
        if request.method == "POST" and SAVE_DRAFT in request.POST and guide:
            return self.save_draft(request, guide, form_url)
        context = state_of(guide, is_drafting(request)) if guide else {}
        response: HttpResponse = super().changeform_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return response

    # ------------------------------------------------------------------ drafts
    @action(description=gettext_lazy("Save as draft"), permissions=["change"])
    def draft(self, request: HttpRequest, guide: Guide) -> None:
        """The button; `changeform_view` sees that it was pressed before anything is saved."""

    def save_draft(self, request: HttpRequest, guide: Guide, form_url: str) -> HttpResponse:
        """Save the form, read what the page has become, and undo it."""
        with transaction.atomic():
            response: HttpResponse = super().changeform_view(request, str(guide.pk), form_url)
            is_saved = response.status_code == 302
            text = editions.text_of(editions.page_of(guide)) if is_saved else None
            transaction.set_rollback(True)
        if text is None:
            return response  # the form, with what is wrong in it
        page = editions.page_of(guide)
        editions.keep(page, Edition.What.FOUND)
        form = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
        begun = draft_of(guide) if is_drafting(request) else None
        edition = begun.edition if begun else Edition.objects.filter(page=page).first()
        values = {"form": form, "text": text, "by": request.user, "edition": edition}
        Draft.objects.update_or_create(guide=guide, defaults=values)
        messages.success(request, _("The draft is saved. Readers do not see it yet."))
        return redirect(change_url(guide, drafting=True))

    def response_change(self, request: HttpRequest, obj: Guide) -> HttpResponse:
        if SAVE_DRAFT in request.POST:  # saved only to be undone
            return HttpResponseRedirect(change_url(obj, drafting=True))
        if is_drafting(request):
            Draft.objects.filter(guide=obj).delete()
        response: HttpResponse = super().response_change(request, obj)
        return response

    def what(self, request: HttpRequest) -> Edition.What:
        return Edition.What.DRAFT if is_drafting(request) else Edition.What.EDITED

    def get_form(
        self, request: HttpRequest, obj: Guide | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if data := drafted(request, obj):
            return type(form.__name__, (form,), {"__init__": partialmethod(form.__init__, data)})
        return form

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Guide, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        data = drafted(request, obj)
        return kwargs | {"data": data} if data else kwargs

    @method_decorator(require_POST)
    @method_decorator(permission_required("guides.change_guide", raise_exception=True))
    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        Draft.objects.filter(guide=pk).delete()
        messages.success(request, _("The draft is gone. The page is as it was."))
        return redirect("admin:guides_guide_change", pk)


def found(object_id: str | None) -> Guide | None:
    is_number = object_id is not None and object_id.isdecimal()
    return Guide.objects.filter(pk=object_id).first() if object_id and is_number else None


def change_url(guide: Guide, drafting: bool = False) -> str:
    query = {"draft": "1"} if drafting else None
    return reverse("admin:guides_guide_change", args=[guide.pk], query=query)


def is_drafting(request: HttpRequest) -> bool:
    return "draft" in request.GET


def draft_of(guide: Guide) -> Draft | None:
    return Draft.objects.filter(guide=guide).select_related("by", "edition").first()


def drafted(request: HttpRequest, guide: Guide | None) -> QueryDict | None:
    """The draft's form, where it is opened; what is sent is never mixed with it."""
    draft = draft_of(guide) if guide and request.method == "GET" and is_drafting(request) else None
    if draft is None:
        return None
    data = QueryDict(mutable=True)
    for name, values in draft.form.items():
        data.setlist(name, values)
    return data


def state_of(guide: Guide, drafting: bool) -> dict[str, Any]:
    """What the change page says above the form."""
    page = editions.page_of(guide)
    draft = draft_of(guide)
    last = Edition.objects.filter(page=page).select_related("by").first()
    return {
        "problems": check_pages([guide]),
        "last_edition": last,
        "draft": draft,
        "is_drafting": bool(draft and drafting),
        "is_overtaken": bool(draft and last and draft.edition_id != last.pk),
        "draft_lines": around_changes(editions.text_of(page) or "", draft.text)
        if draft and drafting
        else [],
        "is_due": guide.last_reviewed < timezone.localdate() - REVIEW_EVERY,
    }
