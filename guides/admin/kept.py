# mypy: allow-subclassing-any
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from guides import editions
from guides.admin.lookups import NamedLookupsMixin
from guides.models import Edition, Guide, LegalText

What = Edition.What


class KeptAdmin(NamedLookupsMixin, ModelAdmin):
    """An admin of rows that stand on pages: each save keeps an edition of these pages."""

    def pages(self, row: Any) -> list[Guide | LegalText]:
        """The pages on which this row stands."""
        raise NotImplementedError

    def what(self, request: HttpRequest) -> Edition.What:
        return What.EDITED

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.keep(self.pages(type(obj)._default_manager.get(pk=obj.pk)), What.FOUND)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.keep(self.pages(form.instance), self.what(request), request.user)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        by: Any = request.user
        before = {name: editions.text_of(name) for name in map(editions.page_of, self.pages(obj))}
        self.keep(self.pages(obj), What.FOUND)
        super().delete_model(request, obj)
        for name, text in before.items():
            if editions.text_of(name) is None:
                Edition.objects.create(page=name, text=text or "", what=What.DELETED, by=by)
            editions.keep(name, What.EDITED, by)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def keep(self, pages: Iterable[Guide | LegalText], what: Edition.What, by: Any = None) -> None:
        for page in pages:
            editions.keep(editions.page_of(page), what, by)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The editions of the page tell more than Django's list of who saved what form."""
        row = self.get_object(request, object_id)
        pages = self.pages(row) if row else []
        if not pages:
            return super().history_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        return redirect(editions_url(editions.page_of(pages[0])))


def editions_url(page: str) -> str:
    return f"{reverse('admin:guides_edition_changelist')}?page={page}"
