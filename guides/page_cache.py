"""Public pages, kept in each process's memory as they go over the wire.

They are made from a bare request, before any middleware that knows cookies: no query, header or
cookie of the reader's changes a page, and no page comes with a cookie.
"""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import urlsplit

import brotli
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import get_conditional_response

from guides.content_version import Kept

V = TypeVar("V", bound=Callable[..., Any])

# Browsers and proxies ask each time whether their copy still holds.
HEADERS = {"Cache-Control": "public, max-age=0, must-revalidate", "Vary": "Accept-Encoding"}
# Level 5 makes a guide a seventh of its size in 3 ms; 11 gains a further tenth in 200 ms.
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "": bytes,
}
REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


def public_page(view: V) -> V:
    """Mark a view whose page depends on its path and the content alone."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


@lru_cache(maxsize=256)  # at about 150 kB each
def place_of(path: str) -> tuple[ResolverMatch, Kept["Page"]]:
    """The view of a public page, and where the page is kept; Resolver404 for other addresses."""
    match = resolve(path)
    if not getattr(match.func, "is_public", False):
        raise Resolver404
    return match, Kept()


class Page:
    def __init__(self, path: str, match: ResolverMatch) -> None:
        request = HttpRequest()
        request.method, request.path, request.path_info = "GET", path, path
        request.get_host = lambda: urlsplit(settings.SITE_URL).netloc  # type: ignore[method-assign]
        response = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        if response.cookies or "CSRF_COOKIE_NEEDS_UPDATE" in request.META:
            raise ImproperlyConfigured(f"{path} is public, but depends on a cookie.")
        self.status = response.status_code
        self.encoded: dict[str, tuple[bytes, dict[str, str]]] = {}
        digest = blake2b(response.content, digest_size=12).hexdigest()
        for encoding, encode in ENCODINGS.items():
            body = encode(response.content)
            own = {"ETag": f'"{digest}{encoding}"', "Content-Length": str(len(body))}
            if encoding:
                own["Content-Encoding"] = encoding
            self.encoded[encoding] = body, {**response.headers, **HEADERS, **own}

    def answer(self, request: HttpRequest) -> HttpResponse:
        body, headers = self.encoded[choose_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))]
        body = b"" if request.method == "HEAD" else body
        response = HttpResponse(body, status=self.status, headers=headers)
        answer = get_conditional_response(request, headers["ETag"], None, response) or response
        if answer.status_code == 304:
            answer["Content-Length"] = headers["Content-Length"]
        return answer


@lru_cache(maxsize=256)
def choose_encoding(accepted: str) -> str:
    parts = [part for part in accepted.lower().split(",") if not REFUSED.search(part)]
    taken = {part.partition(";")[0].strip() for part in parts}
    return next((name for name in ENCODINGS if name in taken), "")


class PublicPagesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD") or settings.DEBUG:
            return self.get_response(request)
        try:
            match, kept = place_of(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match  # for the log, which names what answered
        return kept.get(lambda: Page(request.path_info, match)).answer(request)
