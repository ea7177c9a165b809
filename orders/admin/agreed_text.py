# mypy: allow-subclassing-any
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from orders.admin.read_only import ReadOnlyAdmin
from orders.models import AgreedText


@admin.register(AgreedText)
class AgreedTextAdmin(ReadOnlyAdmin):
    """The terms of orders: who may see orders reads them."""

    list_display = ["page", "id", "created_at"]
    fields = ["page", "created_at", "text"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.view_order")
