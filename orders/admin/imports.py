# mypy: allow-untyped-decorators
"""Lists of codes: brought in, watched while a worker reads them, undone."""

import csv
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from guides.models import Brand
from orders.admin.read_only import ReadOnlyAdmin
from orders.code_book.lists import check_kind
from orders.code_book.rows import BadListError
from orders.code_book.uploads import LARGEST, EncryptedUpload, accept
from orders.models import Import, ImportStatus

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
        help_text=gettext_lazy(
            "CSV up to 32 MB, or Excel (.xlsx) up to 200,000 rows; save a longer one as CSV."
        ),
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

    def clean_file(self) -> EncryptedUpload:
        file: EncryptedUpload = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                _("This list is too long for a web page. Split it, or use manage.py import_codes.")
            )
        try:
            check_kind(file.head)
        except BadListError as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def save(self, request: HttpRequest) -> Import:
        data = self.cleaned_data
        return accept(
            data["file"], brand=data["brand"], pads_codes=data["pads_codes"], by=request.user
        )


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ["name", "state", "rows", "added", "broken", "conflicts", "by", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["by"]
    search_fields = ["name"]
    change_form_template = "admin/orders/import.html"
    actions_list = ["upload_list"]

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
        if form.is_valid():
            return redirect("admin:orders_import_change", form.save(request).pk)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "title": _("Read a list into the code book"),
            "form": form,
        }
        status = 422 if is_sent else 200
        return render(request, "admin/orders/import_codes.html", context, status=status)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = extra_context or {}
        if object_id.isdecimal() and (job := Import.objects.filter(pk=object_id).first()):
            context |= self._context(request, job)
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def _context(self, request: HttpRequest, job: Import) -> dict[str, Any]:
        return {
            "job": job,
            "title": job.name,
            "remarks": job.remarks.all()[:MOST_SHOWN],
            "has_more": job.remarks.count() > MOST_SHOWN,
            "may_undo": job.may_be_undone and request.user.has_perm(MAY_UNDO),
            "tally": tally(job),
            "look_again": LOOK_AGAIN,
        }

    @method_decorator(permission_required("orders.view_import", raise_exception=True))
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes: it asks for itself as long as it does."""
        job = get_object_or_404(Import, pk=pk)
        return render(request, "admin/orders/_import.html", self._context(request, job))

    @method_decorator(permission_required("orders.view_import", raise_exception=True))
    def report(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Every remark, as CSV. None of them holds a serial or a code."""
        job = get_object_or_404(Import, pk=pk)
        response = StreamingHttpResponse(report_lines(job), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="list-{job.pk}-report.csv"'
        return response

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
            messages.info(request, _("Nothing to undo: %(state)s.") % {"state": state_of(job)})
        return redirect("admin:orders_import_change", pk)


def tally(job: Import) -> list[tuple[str, int, bool]]:
    """What became of its rows, and whether a person should look at them."""
    counts = [
        (_("Rows read"), job.rows, False),
        (_("New"), job.added, False),
        (_("Known already"), job.known, False),
        (_("Twice in the list"), job.repeated, False),
        (_("In conflict"), job.conflicts, True),
        (_("Not used"), job.broken, True),
    ]
    if job.pads_codes:
        counts.append((_("Put right"), job.repaired, False))
    if job.status in (ImportStatus.UNDOING, ImportStatus.UNDONE):
        counts += [(_("Taken out"), job.removed, False), (_("Kept: sold"), job.kept, False)]
    return counts


def state_of(job: Import) -> str:
    return job.get_status_display()


def report_lines(job: Import) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff"  # by which Excel knows UTF-8
    yield writer.writerow(["line", "what", "why"])
    for remark in job.remarks.iterator(chunk_size=2_000):
        yield writer.writerow([remark.line or "", remark.get_kind_display(), remark.text])


class Echo:
    """A file that hands back what is written, for `csv.writer` to return it."""

    def write(self, text: str) -> str:
        return text
