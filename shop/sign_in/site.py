# mypy: allow-subclassing-any
from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from shop.sign_in.views import second_step, set_up, sign_in


class ChoicesView(AutocompleteJsonView):
    def process_request(self, request: HttpRequest) -> Any:
        found = super().process_request(request)  # type: ignore[misc]
        if not found[2].concrete:  # rows that point here are no choices, and Django fails on them
            raise PermissionDenied
        return found

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset()
        return found if found.ordered else found.order_by("pk")


class ShopAdminSite(UnfoldAdminSite):
    """Unfold's admin, with our two-step sign-in."""

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return sign_in(request)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return ChoicesView.as_view(admin_site=self)(request)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("login/second-step/", second_step, name="second_step"),
            path("second-factor/", set_up, name="second_factor"),
        ]
