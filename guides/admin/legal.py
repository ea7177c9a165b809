from django.contrib import admin
from django.http import HttpRequest

from guides.admin.history import HistoryAdmin
from guides.models import LegalText


@admin.register(LegalText)
class LegalTextAdmin(HistoryAdmin):
    """The shop's addresses name these texts: staff edit them, none comes or goes here."""

    list_display = ["title", "slug", "updated_at"]
    readonly_fields = ["slug"]
    fields = ["slug", "title", "body"]

    def view_on_site(self, text: LegalText) -> str:
        return f"/{text.slug}/"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LegalText | None = None) -> bool:
        return False
