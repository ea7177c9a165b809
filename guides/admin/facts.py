# mypy: allow-subclassing-any
from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from guides.admin.fields import SourcesField
from guides.admin.history import HistoryAdmin
from guides.loading.schema import FACT_ID
from guides.models import Fact
from guides.templatetags.guides import host


class FactForm(forms.ModelForm):  # type: ignore[type-arg]
    sources = SourcesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["says"].required = True
        if "key" in self.fields:
            words = _("Parts of small letters, digits and _, joined by points.")
            self.fields["key"].validators.append(RegexValidator(FACT_ID, words))
            self.fields["key"].help_text = _("Such as nissan.micra.lockout.2. It is never changed.")


@admin.register(Fact)
class FactAdmin(HistoryAdmin):
    """Where a row rests on a fact that was deleted, the checks tell it. An id is given once."""

    form = FactForm
    list_display = ["key", "says", "confidence", "hosts", "is_from_maker", "guide"]
    list_filter = ["confidence", "is_from_maker", "guide__brand"]
    list_select_related = ["guide"]
    search_fields = ["key", "says", "sources"]
    autocomplete_fields = ["guide"]
    fields = ["key", "says", ("confidence", "is_from_maker"), "guide", "sources", "source_links"]
    readonly_fields = ["source_links"]

    def get_readonly_fields(self, request: HttpRequest, obj: Fact | None = None) -> list[str]:
        return [*self.readonly_fields, "key"] if obj else [*self.readonly_fields]

    def has_view_permission(self, request: HttpRequest, obj: Fact | None = None) -> bool:
        """The ledger is on no page: those who edit pages read it here."""
        may_edit_pages: bool = request.user.has_perm("guides.change_guide")
        return may_edit_pages or bool(super().has_view_permission(request, obj))

    @admin.display(description=_("sources"))
    def hosts(self, fact: Fact) -> str:
        return ", ".join(dict.fromkeys(host(source) for source in fact.sources))

    @admin.display(description=_("look at them"))
    def source_links(self, fact: Fact) -> SafeString:
        return format_html_join("", "{}", ((shown(source),) for source in fact.sources or []))


def shown(source: str) -> SafeString:
    if not source.startswith(("http://", "https://")):
        return format_html('<span class="source">{}</span>', source)
    return format_html(
        '<a class="source" href="{0}" rel="noreferrer" target="_blank">{0}</a>', source
    )
