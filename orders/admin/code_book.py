# mypy: allow-untyped-decorators
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action

from orders.admin.exact_search import of_serial
from orders.admin.masking import copyable, masked, show_code
from orders.admin.read_only import ReadOnlyAdmin
from orders.models import CodeBookEntry

MOST_LISTED = 10_000  # staff do not page further; counting millions takes seconds


class FirstOnes(Paginator):  # type: ignore[type-arg]
    @cached_property
    def count(self) -> int:
        rows: QuerySet[CodeBookEntry] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_LISTED].count()


@admin.register(CodeBookEntry)
class CodeBookEntryAdmin(ReadOnlyAdmin):
    """Found by a whole serial only: what lies encrypted cannot be leafed through."""

    list_display = ["masked", "brand", "came_with", "origin", "added_at"]
    list_filter = ["brand", "added_at"]
    more_lookups = ["came_with"]  # the page of a list links to its entries
    list_select_related = ["brand", "came_with"]
    paginator = FirstOnes
    search_fields = ["serial_hash"]  # makes the field; what is searched for is below
    search_help_text = gettext_lazy("A whole serial")
    change_form_outer_before_template = "admin/orders/_entry.html"
    actions_list = ["import_list"]
    fields = ["brand", "serial", "note", "came_with", "origin", "added_at"]
    readonly_fields = ["serial", "note", "added_at"]

    @admin.display(description=gettext_lazy("serial"))
    def masked(self, entry: CodeBookEntry) -> str:
        return masked(entry.serial)

    @admin.display(description=gettext_lazy("serial"))
    def serial(self, entry: CodeBookEntry) -> SafeString:
        return copyable(entry.serial)

    @admin.display(description=gettext_lazy("note"))
    def note(self, entry: CodeBookEntry) -> str:
        return entry.note

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.add_codebookentry")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong entry is taken out; then the right one can be read in."""
        return request.user.has_perm("orders.delete_codebookentry")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CodeBookEntry], search_term: str
    ) -> tuple[QuerySet[CodeBookEntry], bool]:
        if not search_term.strip():
            return queryset, False
        serial = of_serial(search_term)
        return queryset.filter(serial) if serial else queryset.none(), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.code)
        page = path("<int:pk>/code/", view, name="orders_codebookentry_code")
        return [page, *super().get_urls()]

    @action(
        description=gettext_lazy("Read in a list"),
        icon="upload_file",
        url_path="import",
        permissions=["import"],
    )
    def import_list(self, request: HttpRequest) -> HttpResponseRedirect:
        return redirect("admin:orders_import_upload")

    @method_decorator(require_POST)
    @method_decorator(permission_required("orders.view_code", raise_exception=True))
    def code(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The code, to who may see it and asked; that they did is written down."""
        entry = get_object_or_404(CodeBookEntry, pk=pk)
        self.log_change(request, entry, _("Looked at the code."))
        back = reverse("admin:orders_codebookentry_change", args=[pk])
        return show_code(request, _("Code of %s") % entry, entry.code, back)
