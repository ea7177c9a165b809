# mypy: allow-subclassing-any
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from shop.sign_in.views import second_step, set_up, sign_in


class ShopAdminSite(UnfoldAdminSite):
    """Unfold's admin, with our two-step sign-in."""

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return sign_in(request)

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("login/second-step/", second_step, name="second_step"),
            path("second-factor/", set_up, name="second_factor"),
        ]
