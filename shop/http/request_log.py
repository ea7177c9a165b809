"""Each request has an id, a line in the log and its place in the metrics."""

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
# asked every few seconds by machines: told at DEBUG while all is well
RETRY_AFTER = {"healthz", "readyz", "metrics", "static"}
# A part of an address that no page has may be anything, typed or pasted by anybody.
TELLING_PART = re.compile(r"[^/]*(?:@|%40|\d[^/]*\d[^/]*\d[^/]*\d)[^/]*")
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}


class RequestWatchMiddleware:
    """The outermost: what the others refuse is seen as well."""

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
        # Django would log 404 and the like once more, when the request's id is forgotten
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
    """The name of what answered; empty where no page has this address."""
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return request.resolver_match.view_name if request.resolver_match else ""


def log_request(request: HttpRequest, method: str, route: str, status: int, seconds: float) -> None:
    what = {"route": route} if route else {"path": bare_path(request.path)}
    milliseconds = round(seconds * 1000)
    level = logging.DEBUG if route in RETRY_AFTER and status < 400 else logging.INFO
    logger.log(
        level, "%s %s %s %s ms", method, *what.values(), status, milliseconds,
        extra={"fields": {"method": method, **what, "status": status, "ms": milliseconds}},
    )  # fmt: skip


def bare_path(path: str) -> str:
    """Without what might be somebody's: an address, a serial, the token of an order's link."""
    return TELLING_PART.sub("***", mask(path))[:100]
