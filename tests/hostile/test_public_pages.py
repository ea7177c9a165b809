"""Public pages answer the same whatever comes along, and come with no cookie.

Within a test's transaction no page is kept, so every page here is made anew, as in a process that
has just started.
"""

from itertools import cycle
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver

from guides.models import Guide, LegalText
from tests.hostile.nasty import HEADERS, QUERY, VALUES
from tests.steps.factories import make_brand, make_car_model, make_staff

pytestmark = pytest.mark.django_db

PATHS = {
    "home": "/",
    "battery": "/before-the-battery/",
    "brand": "/nissan/",
    "guide": "/nissan/micra/",
    "guide_generation": "/nissan/micra/k12/",
    "terms": "/terms/",
    "privacy": "/privacy/",
    "refunds": "/refunds/",
    "contact": "/contact/",
    "accessibility": "/accessibility/",
    "card": "/card.png",
    "robots": "/robots.txt",
    "security_txt": "/.well-known/security.txt",
    "django.contrib.sitemaps.views.sitemap": "/sitemap.xml",
}
# which host is asked, and which form or version of the page, is the reader's to say
MEANT = {"Host", "Accept-Encoding", "If-None-Match", "If-Modified-Since"}
COOKIES = [
    *HEADERS["Cookie"], "csrftoken=x", "csrftoken=", "csrftoken=" + "a" * 32,
    "csrftoken=" + "é" * 32, "csrftoken=x; csrftoken=y", 'csrftoken="\\000"', "a=\0",
]  # fmt: skip
Answer = tuple[int, bytes, dict[str, str]]


@pytest.fixture
def pages(db: None) -> None:
    make_car_model()
    Guide.objects.create(
        brand=make_brand(), title="Nissan radio code", description="d", intro="i",
        last_reviewed="2026-11-01",
    )  # fmt: skip
    for slug in ("terms", "privacy", "refunds", "contact", "accessibility"):
        LegalText.objects.create(slug=slug, title=slug, body="Text.")


def answer(client: Client, path: str, query: str = "", **headers: str) -> Answer:
    found = client.get(path, QUERY_STRING=query, headers=headers)
    assert not found.cookies and "Set-Cookie" not in found.headers, path
    same = {name: text for name, text in found.headers.items() if name != "X-Request-ID"}
    return found.status_code, found.content, same


def plain(path: str) -> Answer:
    found = answer(Client(), path)
    assert found[0] == 200, path
    assert found[2]["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert found[2]["Vary"] == "Accept-Encoding"
    return found


def public_names() -> set[str]:
    def walk(patterns: Any) -> Any:
        for each in patterns:
            if hasattr(each, "url_patterns"):
                yield from walk(each.url_patterns)
            elif getattr(each.callback, "is_public", False):
                yield each.name

    return set(walk(get_resolver().url_patterns))


def test_every_public_page_is_tried_here() -> None:
    assert public_names() == set(PATHS)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", PATHS.values())
def test_no_cookie_changes_it(path: str) -> None:
    expected = plain(path)
    for cookie in COOKIES:
        assert answer(Client(), path, cookie=cookie) == expected, cookie


@pytest.mark.usefixtures("pages")
def test_no_header_changes_it() -> None:
    """Each value on one of the pages, which follow each other."""
    expected = {path: plain(path) for path in PATHS.values()}
    sent = [(name, value) for name in sorted(HEADERS.keys() - MEANT) for value in HEADERS[name]]
    sent += [("Content-Length", "99999999999"), ("Content-Length", "x")]
    for path, (name, value) in zip(cycle(expected), sent, strict=False):
        assert answer(Client(), path, **{name: value}) == expected[path], (path, name, value)


@pytest.mark.usefixtures("pages")
def test_no_query_changes_it() -> None:
    expected = {path: plain(path) for path in PATHS.values()}
    queries = [f"{QUERY[n % len(QUERY)]}={quote(value, errors='surrogatepass')}"
               for n, value in enumerate(VALUES)]  # fmt: skip
    queries += ["%00", "a&b=%ff", "&" * 3000, "session_id=cs_1&csrfmiddlewaretoken=x"]
    for path, query in zip(cycle(expected), queries, strict=False):
        assert answer(Client(), path, query) == expected[path], (path, query)


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("path", PATHS.values())
def test_who_is_signed_in_sees_the_same(path: str) -> None:
    expected = plain(path)
    for user in (make_staff(), User.objects.create_superuser("root")):
        client = Client()
        client.force_login(user)
        assert answer(client, path) == expected
