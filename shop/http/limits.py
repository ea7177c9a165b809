"""How often one place may ask, by what it asks for: REQUESTS_PER_MINUTE.

One bucket a place and kind, in Redis, so that all processes count together; while Redis is away
each process counts for itself, and nobody waits for it. Pages that lie ready in memory cost less
than the talk with Redis would: each process counts them by itself, always.

A bucket takes a minute's worth at once and runs empty evenly. Who is refused is told when to come
back, and asking on meanwhile does not put that off. Orders, payments and mails have limits of their
own (orders/limits.py), the sign-in of staff too (shop/sign_in/throttle.py).
"""

import logging
import math
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from orders.lib import crypto
from orders.lib.client_address import client_address, network_of
from orders.lib.redis import FallbackStore, LocalStore
from shop.context import shop

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
# Stripe and mail providers send what we asked for, and prove that it is them; machines ask whether
# we live.
UNLIMITED = {"stripe/webhook/", "healthz/", "readyz/", "metrics"}
SIGN_INS = ("login/", "login/second-step/", "second-factor/")  # below ADMIN_PATH
IN_MEMORY = "pages"  # the kind that each process counts by itself
FRAGMENTS = ("serials", "searches")  # kinds whose answers htmx puts into the page

shared, own = FallbackStore(), LocalStore()


def kind_of(request: HttpRequest) -> str | None:
    """The kind of a request, a key of REQUESTS_PER_MINUTE; None: as often as they like."""
    path = request.path_info.removeprefix("/")
    if request.method == "POST" and path in (f"{settings.ADMIN_PATH}/{each}" for each in SIGN_INS):
        return "sign_ins"
    match path.split("/"):
        case ["order", _, "serial", *_]:
            return "serials"
        case ["order", *_]:
            return "forms"
        case ["orders", "find", *_]:
            return "finds" if request.method == "POST" else "orders"
        case ["orders", _, _, "status", *_]:
            return "status"
        case ["orders", *_]:
            return "orders"
        case ["search", *_]:
            return "searches"
        case ["mail", "webhook", _, ""]:  # a provider's
            return None
    return None if path in UNLIMITED else IN_MEMORY


def seconds_until_next(kind: str, network: str) -> float:
    """Counts one more; 0 where that is within the limit."""
    most = settings.REQUESTS_PER_MINUTE[kind]
    if kind == IN_MEMORY:
        # a fingerprint here too, which every process makes in a way of its own
        return own.take(str(hash(network)), most, MINUTE)
    key = f"limit:{kind}:{crypto.hash_value('network', network)}"
    return shared.with_store(lambda store: store.take(key, most, MINUTE))


class LimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        kind, network = kind_of(request), network_of(client_address(request))
        if kind is None or not network:
            return self.get_response(request)
        wait = seconds_until_next(kind, network)
        if not wait:
            return self.get_response(request)
        logger.info("one place asked for more %s than REQUESTS_PER_MINUTE allows", kind)
        return too_many(request, kind, math.ceil(wait))


def too_many(request: HttpRequest, kind: str, seconds: int) -> HttpResponse:
    """429, and when to come back. Made without the database: it must cost next to nothing."""
    is_part = "HX-Request" in request.headers
    context = shop(request) | {
        "kind": kind,
        "seconds": seconds,
        "was_sent": request.method == "POST",
    }
    name = "shop/_too_many.html" if is_part else "shop/429.html"
    response = HttpResponse(render_to_string(name, context), status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    if is_part and kind not in FRAGMENTS:
        response["HX-Reswap"] = "none"  # the page that waits stays as it is, and asks again
    return response
