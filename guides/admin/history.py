# mypy: allow-subclassing-any, allow-untyped-decorators
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin

from guides.admin.lookups import NamedLookupsMixin

LONGEST_SHOWN = 400  # characters of a value that was changed


class HistoryAdmin(NamedLookupsMixin, SimpleHistoryAdmin, ModelAdmin):
    """An admin that shows who changed a row and when, and puts a former version back."""

    object_history_list_template = "admin/guides/_history.html"
    # rows that are edited on this one's page, with the field that leads to it
    rows_on_page: ClassVar[list[tuple[Any, str]]] = []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.put_row_back)
        name = f"{self.opts.app_label}_{self.opts.model_name}_put_row_back"
        address = "<int:pk>/history/<slug:kind>/<int:version>/"
        return [path(address, view, name=name), *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, *args: Any) -> HttpResponse:
        refuse_words(object_id)
        return super().history_view(request, object_id, *args)  # type: ignore[no-any-return]

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, *args: Any
    ) -> HttpResponse:
        """Saves a former version. The library asks for the right to view; this, to change."""
        refuse_words(object_id, version_id)
        if request.method == "POST" and not self.may_put_back(request, object_id):
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, *args)  # type: ignore[no-any-return]

    def may_put_back(self, request: HttpRequest, pk: Any) -> bool:
        is_there = self.model._default_manager.filter(pk=pk).exists()
        may_change: bool = self.has_change_permission(request)
        return may_change and (is_there or self.has_add_permission(request))

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or not self.may_put_back(request, obj.pk)

    # ------------------------------------------------------------------ rows on the page
    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> Any:
        own = super().get_history_queryset(request, history_manager, pk_name, object_id)
        if not self.model._default_manager.filter(pk=object_id).exists():
            return own
        found = list(own)
        for model, parent in self.rows_on_page:
            found += model.history.filter(**{parent: object_id}).select_related("history_user")
        return sorted(found, key=lambda record: record.history_date, reverse=True)

    def set_history_delta_changes(
        self,
        request: HttpRequest,
        historical_records: Sequence[Any],
        foreign_keys_are_objs: bool = True,
    ) -> None:
        for record in historical_records:
            options = record.instance_type._meta
            record.kind, record.words = options.model_name, options.verbose_name
            record.is_own = record.instance_type is self.model
            before = record.prev_record if record.history_type == "~" else None
            if before:
                delta = record.diff_against(before, foreign_keys_are_objs=foreign_keys_are_objs)
                helper = HistoricalRecordContextHelper(
                    record.instance_type, record, max_displayed_delta_change_chars=LONGEST_SHOWN
                )
                record.history_delta_changes = helper.context_for_delta_changes(delta)

    @method_decorator(require_POST)
    def put_row_back(self, request: HttpRequest, pk: int, kind: str, version: int) -> HttpResponse:
        kinds = {model._meta.model_name: (model, parent) for model, parent in self.rows_on_page}
        if kind not in kinds:
            raise Http404
        model, parent = kinds[kind]
        record = get_object_or_404(model.history, history_id=version, **{parent: pk})
        row = record.instance
        is_there = model._default_manager.filter(pk=row.pk).exists()
        may_change_page = self.has_change_permission(request)
        if not may_change_page or not request.user.has_perm(
            f"guides.{'change' if is_there else 'add'}_{kind}"
        ):
            raise PermissionDenied
        row._state.adding = not is_there
        try:
            row.full_clean()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            row.save()
            for field in record._history_m2m_fields:
                linked = getattr(record, field.name).values(field.m2m_reverse_field_name())
                getattr(row, field.name).set(field.related_model.objects.filter(pk__in=linked))
            messages.success(request, _("“%s” is what it was.") % row)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", pk)


def refuse_words(*numbers: str) -> None:
    if not all(number.isdecimal() for number in numbers):
        raise Http404
