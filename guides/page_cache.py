"""Public pages, kept in each process's memory as they go over the wire.

A page is kept under its path and the version of all content. An edit moves the version, so that
each process, on whichever machine, makes the page anew at the next request; nothing has to be told
or thrown away. The request's query and cookies play no part: these pages are alike for all readers.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from hashlib import blake2b
from threading import Lock
from typing import Any

import brotli
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch
from django.utils.cache import get_conditional_response
from django.utils.http import parse_header_parameters

from guides.content_version import ContentVersion

View = Callable[..., HttpResponse]

# Whoever keeps a copy asks each time whether it still holds: an edit shows at once.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
# Level 5 makes a guide a seventh of its size in 3 ms; 11 gains a further tenth in 200 ms.
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: bytes(brotli.compress(body, quality=5)),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


# Most readers come with none of these, and are not kept waiting for a look at them.
CONDITIONS = frozenset(
    f"HTTP_IF_{name}" for name in ("MATCH", "NONE_MATCH", "MODIFIED_SINCE", "UNMODIFIED_SINCE")
)


@dataclass(frozen=True)
class Page:
    version: str
    body: bytes
    content_type: str
    headers: dict[str, str]
    digest: str
    match: ResolverMatch | None  # the address it was made for
    packed: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, version: str, response: HttpResponse, match: ResolverMatch | None = None) -> "Page":
        body = bytes(response.content)
        headers = dict(response.items())
        content_type = headers.pop("Content-Type")
        digest = blake2b(body, digest_size=12).hexdigest()
        page = cls(version, body, content_type, headers, digest, match)
        if content_type.startswith(("text/", "application/xml")):
            page.packed.update({name: pack(body) for name, pack in ENCODINGS.items()})
        return page

    def answer(self, request: HttpRequest) -> HttpResponse:
        encoding = choose_encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        packed = self.packed.get(encoding)
        body = packed or self.body
        etag = f'"{self.digest}-{encoding}"' if packed else f'"{self.digest}"'
        # the length is told in answers without a body too: to HEAD, and to who has the page
        length = str(len(body))
        headers = {**self.headers, "ETag": etag, "Cache-Control": CACHE_CONTROL}
        if self.packed:
            headers["Vary"] = "Accept-Encoding"
        if packed:
            headers["Content-Encoding"] = encoding
        is_head = request.method == "HEAD"
        response = HttpResponse(b"" if is_head else body, self.content_type, headers=headers)
        answer = response
        if not CONDITIONS.isdisjoint(request.META):
            answer = get_conditional_response(request, etag, None, response) or response
        if answer.status_code != 412:
            answer["Content-Length"] = length
        return answer


@lru_cache(maxsize=256)
def choose_encoding(accepted: str) -> str:
    """The best of what the reader takes; "" for none."""
    for name in ENCODINGS:
        for part in accepted.lower().split(","):
            coding, parameters = parse_header_parameters(part)
            if coding == name and parameters.get("q", "1").strip("0.") != "":
                return name
    return ""


class Memory:
    """The pages asked for last."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.lock = Lock()
        # of pages being made: one of many, lest each path that was ever asked for leave a lock
        self.making = [Lock() for _number in range(64)]

    def get(self, path: str, version: str) -> Page | None:
        with self.lock:
            page = self.pages.get(path)
            if page is None or page.version != version:
                return None
            self.pages.move_to_end(path)
            return page

    def keep(self, path: str, page: Page) -> None:
        with self.lock:
            self.pages[path] = page
            self.pages.move_to_end(path)
            while len(self.pages) > self.most:
                self.pages.popitem(last=False)

    def get_or_make(
        self, path: str, make: Callable[[], HttpResponse], match: ResolverMatch | None = None
    ) -> Page | HttpResponse:
        """However many ask for a page at once, one makes it, and the others wait for that."""
        try:
            version = ContentVersion.current()
        except DatabaseError:  # nobody can edit either: what is here holds
            if page := self.pages.get(path):
                return page
            raise
        if page := self.get(path, version):
            return page
        with self.making[hash(path) % len(self.making)]:
            if page := self.get(path, version):
                return page
            response = make()
            if response.status_code != 200:
                return response
            page = Page.of(version, response, match)
            self.keep(path, page)
            return page

    def clear(self) -> None:
        with self.lock:
            self.pages.clear()


memory = Memory(most=256)  # at about 150 kB each


def public_page(view: View) -> View:
    """Of a view whose page depends on its path and the content alone."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.DEBUG:  # whoever writes a template wants to see it
            return view(request, *args, **kwargs)

        def make() -> HttpResponse:
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            if touches_cookies(request):
                raise ImproperlyConfigured(f"{request.path} is public, but depends on a cookie.")
            return response

        found = memory.get_or_make(request.path, make, request.resolver_match)
        return found.answer(request) if isinstance(found, Page) else found

    return answer


class KeptPagesMiddleware:
    """What lies ready in memory is answered here: for it nobody is looked up by a session, and no
    view by its address. Whatever is not there as it should be, is its view's to answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if page := self.kept(request):
            request.resolver_match = page.match  # for the log, which names what answered
            return page.answer(request)
        return self.get_response(request)

    @staticmethod
    def kept(request: HttpRequest) -> Page | None:
        is_read = request.method in ("GET", "HEAD")
        if not is_read or request.path not in memory.pages or settings.DEBUG:
            return None
        version = ContentVersion.leased()
        return memory.get(request.path, version) if version else None


def touches_cookies(request: HttpRequest) -> bool:
    session = getattr(request, "session", None)
    return "CSRF_COOKIE_NEEDS_UPDATE" in request.META or (session is not None and session.accessed)
