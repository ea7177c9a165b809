"""Request limits per client network and kind of request: REQUESTS_PER_MINUTE.

Each network has a bucket per kind in Redis, so that all processes count together; while Redis is
away, each process counts for itself. A bucket holds a minute's worth and drains evenly. A refused
request is answered with the seconds to wait, and does not count.
"""

import logging
import math
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.deprecation import MiddlewareMixin

from orders.lib import crypto
from orders.lib.client_address import client_address, network_of
from orders.lib.redis import FallbackStore, LocalStore
from shop.context import shop

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
# Stripe and mail providers sign what they send; monitoring asks whether the process is alive.
UNLIMITED = {"stripe/webhook/", "healthz/", "readyz/", "metrics"}
SIGN_INS = ("login/", "login/second-step/", "second-factor/")  # below ADMIN_PATH
PER_PROCESS = "pages"  # asking Redis would cost more than these pages, which lie in memory
FRAGMENTS = ("serials", "searches")  # kinds whose answers htmx puts into the page

shared, own = FallbackStore(), LocalStore()


def kind_of(request: HttpRequest) -> str | None:
    """Return the request's key in REQUESTS_PER_MINUTE, or None for one without a limit."""
    path = request.path_info.removeprefix("/")
    if request.method == "POST" and path in (f"{settings.ADMIN_PATH}/{each}" for each in SIGN_INS):
        return "sign_ins"
    match path.split("/"):
        case ["order", _, "serial", *_]:
            return "serials"
        case ["order", *_]:
            return "forms"
        case ["contact", "write", *_]:
            return "finds" if request.method == "POST" else "forms"
        case ["orders", "find", *_]:
            return "finds" if request.method == "POST" else "orders"
        case ["orders", _, _, "status", *_]:
            return "status"
        case ["orders", *_]:
            return "orders"
        case ["search" | "start", *_]:
            return "searches"
        case ["mail", "webhook", _, ""]:
            return None
    return None if path in UNLIMITED else PER_PROCESS


def seconds_to_wait(kind: str, network: str) -> float:
    """Count one more request and return 0, or return how long until one is allowed."""
    most = settings.REQUESTS_PER_MINUTE[kind]
    if kind == PER_PROCESS:
        return own.take(str(hash(network)), most, MINUTE)  # no addresses in memory either
    key = f"limit:{kind}:{crypto.hash_value('network', network)}"
    return shared.with_store(lambda store: store.take(key, most, MINUTE))


class RateLimitMiddleware(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        kind, network = kind_of(request), network_of(client_address(request))
        wait = seconds_to_wait(kind, network) if kind and network else 0
        if not kind or not wait:
            return None
        logger.info("one client network asked for more %s than REQUESTS_PER_MINUTE allows", kind)
        return too_many(request, kind, math.ceil(wait))


def too_many(request: HttpRequest, kind: str, seconds: int) -> HttpResponse:
    """Return a 429 with the seconds to wait. It asks no database, so that it costs little."""
    is_part = "HX-Request" in request.headers
    was_sent = request.method == "POST"
    context = shop(request) | {"kind": kind, "seconds": seconds, "was_sent": was_sent}
    page = render_to_string("shop/_too_many.html" if is_part else "shop/429.html", context)
    headers = {"Retry-After": str(seconds), "Cache-Control": "no-store"}
    if is_part and kind not in FRAGMENTS:
        headers["HX-Reswap"] = "none"  # the waiting page stays as it is, and asks again
    return HttpResponse(page, status=429, headers=headers)
