import traceback
from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, QueryDict


class SafeHeadersMiddleware:
    """What Django has no setting for. Constant lines: no library is needed to say them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in settings.SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class NonsenseError(SuspiciousOperation):
    """Logged under its own name, unlike Django's own: see shop/observability/logs.py."""


class RefuseNonsenseMiddleware:
    """400 for what nobody types and no page can answer: a NUL, which PostgreSQL cannot store, in
    the address, a cookie or a form; in the admin, keys of rows and names of fields that are none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        cookies = "".join(request.COOKIES.values())  # "\000" in one is decoded to a NUL
        if "\0" in request.path or "\0" in cookies or has_nul(request.GET):
            raise NonsenseError("A NUL in an address or a cookie")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> None:
        """Not earlier: a file that comes with a form is taken from some users only. What machines
        send is no form, whatever they call it, and can be read only once."""
        is_form = request.content_type in FORMS and not getattr(view, "csrf_exempt", False)
        if is_form and has_nul(request.POST):
            raise NonsenseError("A NUL in a form")

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Django's admin hands what it is sent to its queries unread, and they raise. It is logged
        with all the lines that led there, lest it be a fault of ours."""
        is_admin = request.path_info.startswith(f"/{settings.ADMIN_PATH}/")
        if is_admin and isinstance(exception, (ValueError, FieldDoesNotExist)):
            *_, (frame, _line) = traceback.walk_tb(exception.__traceback__)
            if frame.f_globals["__name__"].startswith("django.db.models."):
                raise SuspiciousOperation from exception


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def has_nul(data: QueryDict) -> bool:
    return any("\0" in text for key, values in data.lists() for text in (key, *values))


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy everywhere; below the admin the one that Unfold can live with."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(f"/{settings.ADMIN_PATH}/"):
            parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts
