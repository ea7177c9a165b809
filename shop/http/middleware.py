import traceback

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation
from django.core.paginator import InvalidPage
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.deprecation import MiddlewareMixin

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SafeHeadersMiddleware(MiddlewareMixin):
    """Adds the headers of SAFE_HEADERS, for which Django has no settings."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        for name, value in settings.SAFE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class NulByteError(SuspiciousOperation):
    """Its log record has a name of its own: see DowngradeClientErrors."""


class RejectNulBytesMiddleware(MiddlewareMixin):
    """Answers 400 to NUL bytes, which PostgreSQL cannot store, in address, cookies or form.

    In the admin also to keys of rows and names of fields that do not exist.
    """

    def process_request(self, request: HttpRequest) -> None:
        cookies = "".join(request.COOKIES.values())  # "\000" in one is decoded to a NUL
        if "\0" in request.path or "\0" in cookies or has_nul(request.GET):
            raise NulByteError("A NUL in an address or a cookie")

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> None:
        """Check forms, now that uploads were bounded. A webhook's body is read only once, by its
        own view."""
        is_form = request.content_type in FORMS and not getattr(view, "csrf_exempt", False)
        if is_form and has_nul(request.POST):
            raise NulByteError("A NUL in a form")

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Turn errors of queries that Django's admin builds from the address into a 400.

        They are logged with their traceback, since the fault may be ours."""
        is_admin = request.path_info.startswith(f"/{settings.ADMIN_PATH}/")
        if is_admin and is_fault_of_address(exception):
            raise SuspiciousOperation from exception


def is_fault_of_address(exception: Exception) -> bool:
    """Tell by its kind, or by Django's query builder having raised it."""
    if isinstance(exception, (DataError, InvalidPage)):
        return True
    *_, (frame, _line) = traceback.walk_tb(exception.__traceback__)
    is_of_query = frame.f_globals["__name__"].startswith("django.db.models.")
    return is_of_query and isinstance(exception, (ValueError, FieldDoesNotExist))


def has_nul(data: QueryDict) -> bool:
    return any("\0" in text for key, values in data.lists() for text in (key, *values))


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Sends the strict policy everywhere, and below the admin the one that Unfold needs."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(f"/{settings.ADMIN_PATH}/"):
            parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts
