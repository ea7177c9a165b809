# mypy: allow-untyped-decorators
"""Lists of codes: uploaded, watched while a worker reads them, undone."""

import csv
from itertools import chain
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from guides.models import Brand
from orders.admin.read_only import ReadOnlyAdmin
from orders.admin.receipt import Line
from orders.code_book.importing import accept_upload, check_upload, too_long
from orders.code_book.rows import BadListError
from orders.forms.photos import TOO_BIG
from orders.models import Import, ImportStatus, Remark

STATUS = {
    ImportStatus.READING: "info",
    ImportStatus.READ: "success",
    ImportStatus.STOPPED: "danger",
    ImportStatus.UNDOING: "info",
    ImportStatus.UNDONE: "warning",
}
MAY_ADD, MAY_UNDO = "orders.add_codebookentry", "orders.delete_codebookentry"
LOOK_AGAIN = 2  # seconds
MOST_SHOWN = 100  # remarks on the page; all of them are in the report


class ListForm(forms.Form):
    """A list of codes to read into the book."""

    file = forms.FileField(
        label=gettext_lazy("List of codes"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), up to 10,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose the file with the codes."),
            "empty": gettext_lazy("This file is empty."),
        },
    )
    brand = forms.ModelChoiceField(
        Brand.objects.all(),
        required=False,
        label=gettext_lazy("Brand, where the list names none"),
        empty_label=gettext_lazy("Told by each serial"),
    )
    pads_codes = forms.BooleanField(
        required=False,
        label=gettext_lazy("Put back leading zeros of codes"),
        help_text=gettext_lazy(
            "Only if you know that a spreadsheet dropped them. Otherwise 307 is refused where a "
            "code has four digits: it may be a slip."
        ),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            check_upload(file.read())
        except BadListError as error:
            raise forms.ValidationError(str(error)) from error
        return file


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "rows", "added", "broken", "conflicts", "by", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["by"]
    search_fields = ["name"]
    change_form_template = "admin/orders/import.html"
    actions_list = ["upload_list"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        may_see = request.user.has_perm("orders.view_code")
        return [name for name in self.list_display if may_see or name != "conflicts"]

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS)
    def state(self, job: Import) -> tuple[str, str]:
        return job.status, job.get_status_display()

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_ADD)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload), name="orders_import_upload"),
            path("<int:pk>/progress/", view(self.progress), name="orders_import_progress"),
            path("<int:pk>/report/", view(self.report), name="orders_import_report"),
            path("<int:pk>/undo/", view(self.undo), name="orders_import_undo"),
            *super().get_urls(),
        ]

    @action(
        description=gettext_lazy("Read in a list"),
        icon="upload_file",
        url_path="add-list",
        permissions=["upload"],
    )
    def upload_list(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:orders_import_upload")

    @method_decorator(permission_required(MAY_ADD, raise_exception=True))
    def upload(self, request: HttpRequest) -> HttpResponse:
        is_sent = request.method == "POST"
        form = ListForm(request.POST, request.FILES) if is_sent else ListForm()
        if TOO_BIG in request.META:
            form.fields["file"].error_messages["required"] = str(too_long())
        if form.is_valid():
            job = accept_upload(**form.cleaned_data, by=request.user)
            return redirect("admin:orders_import_change", job.pk)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "title": _("Read a list into the code book"),
            "form": form,
        }
        status = 422 if is_sent else 200
        return render(request, "admin/orders/import_codes.html", context, status=status)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> HttpResponse:
        context |= context_of(request, kwargs["obj"])
        return super().render_change_form(request, context, **kwargs)  # type: ignore[no-any-return]

    @method_decorator(permission_required("orders.view_import", raise_exception=True))
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that asks for itself until the work is done."""
        job = get_object_or_404(Import, pk=pk)
        return render(request, "admin/orders/_import.html", context_of(request, job))

    @method_decorator(permission_required("orders.view_import", raise_exception=True))
    def report(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Every remark, as CSV. None of them holds a serial or a code."""
        job = get_object_or_404(Import, pk=pk)
        remarks = shown_remarks(request, job).iterator(chunk_size=2_000)
        rows = ([each.line or "", each.get_kind_display(), each.text] for each in remarks)
        line = csv.writer(Line()).writerow
        return StreamingHttpResponse(
            # by which Excel knows UTF-8
            chain(["\ufeff", line(["line", "what", "why"])], map(line, rows)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="list-{pk}-report.csv"'},
        )

    @method_decorator(permission_required(MAY_UNDO, raise_exception=True))
    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A second look first: what goes, and what stays."""
        job = get_object_or_404(Import, pk=pk)
        if request.method != "POST":
            context = self.admin_site.each_context(request) | {
                "title": _("Undo %(name)s") % {"name": job.name},
                "job": job,
                "entries": job.entries.count(),
            }
            return render(request, "admin/orders/undo_import.html", context)
        if job.undo(by=request.user):  # type: ignore[arg-type]
            self.log_change(request, job, _("Undone."))
        else:
            messages.info(
                request, _("Nothing to undo: %(state)s.") % {"state": job.get_status_display()}
            )
        return redirect("admin:orders_import_change", pk)


def shown_remarks(request: HttpRequest, job: Import) -> QuerySet[Remark]:
    """Conflicts only for who may see codes: a guessed line without one would be right."""
    remarks = job.remarks.all()
    if request.user.has_perm("orders.view_code"):
        return remarks
    return remarks.exclude(kind=Remark.Kind.CONFLICT)


def context_of(request: HttpRequest, job: Import) -> dict[str, Any]:
    remarks = list(shown_remarks(request, job)[: MOST_SHOWN + 1])
    return {"job": job, "title": job.name, "remarks": remarks, "look_again": LOOK_AGAIN}
