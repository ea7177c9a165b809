# mypy: allow-untyped-decorators
import io
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import action

from guides.models import Brand
from orders import crypto
from orders.admin.read_only import ReadOnlyAdmin
from orders.admin.shown import copyable, show_code
from orders.code_book import Report, import_rows
from orders.models import CodeBookEntry, canonical_of_any_radio
from orders.serials import normalise

LARGEST = 1_000_000  # bytes, some 30,000 rows; a longer list would keep the web process busy


class ListForm(forms.Form):
    """A list of codes to read into the book."""

    file = forms.FileField(
        label=gettext_lazy("List of codes"),
        help_text=gettext_lazy("CSV in UTF-8. The first line names the columns: brand,serial,code"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": gettext_lazy("Choose the file with the codes.")},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                _("This list is too long for a web page. Split it, or use manage.py import_codes.")
            )
        return file

    def save(self) -> Report:
        """Bytes that are no UTF-8 spoil their own row and no other."""
        file = self.cleaned_data["file"]
        lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace")
        return import_rows(lines, origin=file.name or "")


@admin.register(CodeBookEntry)
class CodeBookEntryAdmin(ReadOnlyAdmin):
    """Found by a whole serial only: what lies encrypted cannot be leafed through."""

    list_display = ["__str__", "brand", "origin", "added_at"]
    list_filter = ["brand", "added_at"]
    list_select_related = ["brand"]
    search_fields = ["origin"]
    search_help_text = gettext_lazy("A whole serial, or where it came from")
    change_form_outer_before_template = "admin/orders/_entry.html"
    actions_list = ["import_list"]
    fields = ["brand", "serial", "origin", "added_at"]
    readonly_fields = ["serial", "added_at"]

    @admin.display(description=gettext_lazy("serial"))
    def serial(self, entry: CodeBookEntry) -> SafeString:
        return copyable(entry.serial)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.add_codebookentry")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A wrong entry is taken out; then the right one can be read in."""
        return request.user.has_perm("orders.delete_codebookentry")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[CodeBookEntry], search_term: str
    ) -> tuple[QuerySet[CodeBookEntry], bool]:
        serial = normalise(search_term)
        ways = {serial, canonical_of_any_radio(serial)}
        brands = Brand.objects.values_list("pk", flat=True) if serial else []
        hashes = [
            each for brand in brands for way in ways for each in crypto.hashes_of_serial(brand, way)
        ]
        if found := queryset.filter(serial_hash__in=hashes):
            return found, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"may_see_code": request.user.has_perm("orders.view_code")}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))  # type: ignore[no-any-return]

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
    def import_list(self, request: HttpRequest) -> HttpResponse:
        """The report is the answer to the upload: sent twice, the same list changes nothing."""
        is_sent = request.method == "POST"
        form = ListForm(request.POST, request.FILES) if is_sent else ListForm()
        report = form.save() if form.is_valid() else None
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "title": _("Read a list into the code book"),
            "form": form,
            "report": report,
        }
        status = 422 if is_sent and report is None else 200
        return render(request, "admin/orders/import_codes.html", context, status=status)

    @method_decorator(require_POST)
    @method_decorator(permission_required("orders.view_code", raise_exception=True))
    def code(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The code, to who may see it and asked; that they did is written down."""
        entry = get_object_or_404(CodeBookEntry, pk=pk)
        self.log_change(request, entry, _("Looked at the code."))
        back = reverse("admin:orders_codebookentry_change", args=[pk])
        return show_code(request, _("Code of %s") % entry, entry.code, back)
