# mypy: allow-subclassing-any, allow-untyped-decorators
"""The switch: whether the shop takes orders, and what customers read while it does not."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from guides.admin.lookups import NamedLookupsMixin
from orders.models import Selling


@admin.register(Selling)
class SellingAdmin(NamedLookupsMixin, ModelAdmin):
    fields = ["is_open", "message", ("changed_by", "changed_at")]
    readonly_fields = ["changed_by", "changed_at"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row; it is made here if it is missing."""
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]
        row, _is_new = Selling.objects.get_or_create(pk=1)
        return redirect("admin:orders_selling_change", row.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.changed_by = request.user
        super().save_model(request, obj, form, change)
        if obj.is_open:
            messages.info(request, _("The shop takes orders."))
        else:
            messages.warning(
                request, _("The shop takes no orders. Those that were placed go on as promised.")
            )

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Without Django's own sentence: `save_model` says what the switch means."""
        return redirect("admin:orders_selling_change", obj.pk)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.stop_selling")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
