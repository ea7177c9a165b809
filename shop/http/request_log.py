"""Gives each request an id, a line in the log and its place in the metrics."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from orders.lib.log_context import add_log_fields, log_fields
from shop.observability.logs import mask
from shop.observability.metrics.requests import count_request

logger = logging.getLogger("shop.access")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # as proxies make them; else we make one
ORDER_NUMBER = re.compile(r"RC-[A-Z0-9]{4}-[A-Z0-9]{4}")
# asked every few seconds by machines: logged at DEBUG unless they fail
QUIET_ROUTES = {"healthz", "readyz", "metrics", "static"}
# Parts of unknown addresses that may be personal: an e-mail address, or four digits and more.
PERSONAL_PART = re.compile(r"[^/]*(?:@|%40|\d[^/]*\d[^/]*\d[^/]*\d)[^/]*")
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}


class RequestLogMiddleware:
    """Comes first, so that it also logs what other middleware refuses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        with log_fields(request_id=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            method = request.method if request.method in METHODS else "other"
            route = route_of(request)
            log_request(request, method or "", route, response.status_code, seconds)
            count_request(method or "", route or "none", response.status_code, seconds)
        response.headers["X-Request-ID"] = request_id
        # else Django logs 404 and the like once more, without the request's id
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> None:
        if ORDER_NUMBER.fullmatch(str(kwargs.get("number", ""))):
            add_log_fields(order=kwargs["number"])
        row = str(kwargs.get("object_id", kwargs.get("pk")))  # that a page of the admin shows
        if row.isdecimal():
            add_log_fields(row=row)


def route_of(request: HttpRequest) -> str:
    """Return the view's name, or "" if no page has this address."""
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return request.resolver_match.view_name if request.resolver_match else ""


def log_request(request: HttpRequest, method: str, route: str, status: int, seconds: float) -> None:
    what = {"route": route} if route else {"path": bare_path(request.path)}
    milliseconds = round(seconds * 1000)
    level = logging.DEBUG if route in QUIET_ROUTES and status < 400 else logging.INFO
    logger.log(
        level, "%s %s %s %s ms", method, *what.values(), status, milliseconds,
        extra={"fields": {"method": method, **what, "status": status, "ms": milliseconds}},
    )  # fmt: skip


def bare_path(path: str) -> str:
    """Mask what might be personal: an address, a serial, the token of an order's link."""
    return PERSONAL_PART.sub("***", mask(path))[:100]
