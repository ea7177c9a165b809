# mypy: allow-subclassing-any, allow-untyped-decorators
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from guides import editions
from guides.admin.kept import editions_url
from guides.admin.lookups import NamedLookupsMixin
from guides.admin.preview import preview
from guides.loading import ContentError
from guides.loading.differences import around_changes
from guides.models import Edition
from guides.putting_back import put_back

What = Edition.What
COLOURS = {
    What.EDITED: "info",
    What.DRAFT: "info",
    What.LOADED: "",
    What.RESTORED: "warning",
    What.DELETED: "danger",
    What.FOUND: "warning",
}


@admin.register(Edition)
class EditionAdmin(NamedLookupsMixin, ModelAdmin):
    """Who changed a page, when and what; and the way back."""

    list_display = ["page", "what_happened", "who", "at"]
    list_filter = ["what", "at"]
    list_select_related = ["by"]
    search_fields = ["page", "by__username"]
    date_hierarchy = "at"
    more_lookups = ["page"]  # a guide's page links to its editions
    actions_detail = ["preview"]
    change_form_outer_before_template = "admin/guides/_edition.html"
    fields = [("page", "what_in_words"), ("who", "at")]
    readonly_fields = ["page", "what_in_words", "who", "at"]

    @display(description=gettext_lazy("what"), ordering="what", label=COLOURS)
    def what_happened(self, edition: Edition) -> tuple[str, str]:
        return edition.what, edition.get_what_display()

    @admin.display(description=gettext_lazy("what"))
    def what_in_words(self, edition: Edition) -> str:
        return edition.get_what_display()

    @admin.display(description=gettext_lazy("who"), ordering="by__username")
    def who(self, edition: Edition) -> str:
        return edition.who

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.put_back)
        return [
            path("<int:pk>/put-back/", view, name="guides_edition_put_back"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        edition = Edition.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        context: dict[str, Any] = {}
        if edition:
            before, today = edition.before, editions.text_of(edition.page)
            context = {
                "changed": around_changes(before.text if before else "", edition.text),
                "is_first": before is None,
                "since": around_changes(edition.text, today or ""),
                "is_gone": today is None,
                "may_put_back": request.user.has_perm("guides.change_guide"),
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

    @action(
        description=gettext_lazy("Preview"),
        icon="visibility",
        url_path="preview",
        permissions=["view"],
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        edition = get_object_or_404(Edition, pk=object_id)
        back = reverse("admin:guides_edition_change", args=[edition.pk])
        try:
            return preview(request, edition.page, edition.text, back)
        except ContentError as error:
            messages.error(request, _("This edition can no longer be read: %s") % error)
            return redirect(back)

    @method_decorator(require_POST)
    @method_decorator(permission_required("guides.change_guide", raise_exception=True))
    def put_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = get_object_or_404(Edition, pk=pk)
        try:
            put_back(edition, request.user)
        except ContentError as error:
            messages.error(request, _("This edition can no longer be read: %s") % error)
            return redirect("admin:guides_edition_change", pk)
        messages.success(request, _("%s is what it was.") % edition.page)
        return redirect(editions_url(edition.page))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(editions_url(get_object_or_404(Edition, pk=object_id).page))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
