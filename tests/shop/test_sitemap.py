"""sitemap.xml and robots.txt."""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from guides.models import Guide, LegalText, Question
from tests.steps.factories import make_brand, make_car_model

pytestmark = pytest.mark.django_db
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def make_pages() -> None:
    Guide.objects.create(
        brand=make_brand(), title="Nissan", description="d", intro="i", last_reviewed="2026-11-01"
    )
    make_car_model()
    LegalText.objects.create(slug="terms", title="Terms", body="Text.")


def sitemap(client: Client) -> dict[str, datetime]:
    """Each page's path and when it last changed; long ago, where the map does not say."""
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    root = ElementTree.fromstring(response.content)  # noqa: S314 (our own)
    return {
        url.findtext("s:loc", "", NAMES).removeprefix("http://testserver"): datetime.fromisoformat(
            url.findtext("s:lastmod", "2026-01-01", NAMES)
        )
        for url in root.findall("s:url", NAMES)
    }


def test_it_names_every_public_page(client: Client) -> None:
    make_pages()
    assert sitemap(client).keys() == {
        "/", "/before-the-battery/", "/nissan/", "/nissan/micra/", "/terms/",
    }  # fmt: skip


@pytest.mark.parametrize("left_out", [{"is_thin": True}, {"is_published": False}])
def test_it_leaves_out_what_helps_nobody(client: Client, left_out: dict[str, Any]) -> None:
    make_pages()
    Guide.objects.exclude(car_model=None).update(**left_out)
    assert "/nissan/micra/" not in sitemap(client)


def test_addresses_start_as_the_settings_say(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://shop.example.com"
    make_pages()
    assert (
        b"<loc>https://shop.example.com/nissan/micra/</loc>" in client.get("/sitemap.xml").content
    )
    assert b"testserver" not in client.get("/robots.txt").content


def all_changed_long_ago() -> None:
    Guide._base_manager.update(updated_at="2026-01-01T12:00Z")
    LegalText.objects.get().save()  # shows that something was edited


@pytest.mark.parametrize(
    ("edited", "changed"),
    [("micra", {"/", "/nissan/micra/"}), (None, {"/", "/nissan/", "/nissan/micra/"})],
)
def test_a_page_changes_with_its_rows_and_its_brands(
    client: Client, edited: str | None, changed: set[str]
) -> None:
    make_pages()
    all_changed_long_ago()
    guide = Guide.objects.get(car_model__slug=edited)
    Question.objects.create(guide=guide, question="q", answer="a")
    dates = sitemap(client)
    assert {path for path, date in dates.items() if date.month != 1} == changed | {"/terms/"}


def test_robots_keep_to_the_public_pages(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert {"Disallow: /order/", "Disallow: /orders/"} <= set(lines)
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert settings.ADMIN_PATH not in response.content.decode()


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt"])
def test_they_come_from_memory_without_cookies(client: Client, path: str) -> None:
    make_pages()
    first = client.get(path)
    assert not first.cookies
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304
