"""Files under /static/, as production serves them: named by content, packed, kept for ever."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils.functional import empty

MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"
ELSEWHERE = ["admin", "unfold", "*.png", "*.woff2", "*.js"]  # which would take long to pack


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Collected as a release does it."""
    folder = tmp_path_factory.mktemp("static")
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": MANIFEST}}
    with override_settings(STATIC_ROOT=str(folder), STORAGES=storages):
        forget_storage()  # made anew, as in a process that starts
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=[*ELSEWHERE])
        yield folder
    forget_storage()


def forget_storage() -> None:
    staticfiles_storage._wrapped = empty  # type: ignore[attr-defined]  # it is a LazyObject


def url(name: str) -> str:
    return str(staticfiles_storage.url(name))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_they_are_named_by_content_packed_and_kept_for_ever(folder: Path) -> None:
    assert re.fullmatch(r"/static/shop/site\.[0-9a-f]{12}\.css", url("shop/site.css"))
    plain = Client().get(url("shop/site.css"))
    zipped = Client().get(url("shop/site.css"), headers={"Accept-Encoding": "gzip"})
    best = Client().get(url("shop/site.css"), headers={"Accept-Encoding": "gzip, br"})
    assert (zipped["Content-Encoding"], best["Content-Encoding"]) == ("gzip", "br")
    assert gzip.decompress(body(zipped)) == body(plain)
    for answer in (plain, zipped, best):
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer["Vary"] == "Accept-Encoding"


def test_a_cached_file_is_answered_with_304(folder: Path) -> None:
    tag = Client().get(url("shop/site.css"))["ETag"]
    answer = Client().get(url("shop/site.css"), headers={"If-None-Match": tag})
    assert (answer.status_code, body(answer)) == (304, b"")


def test_files_of_another_release_are_served_though_they_came_later(folder: Path) -> None:
    client = Client()
    css = "body{}" * 99
    assert client.get("/static/shop/site.0123456789ab.css").status_code == 404
    (folder / "shop" / "site.0123456789ab.css").write_text(css)
    answer = client.get("/static/shop/site.0123456789ab.css")
    assert (answer.status_code, body(answer)) == (200, css.encode())
    assert answer["Content-Type"] == "text/css"
    assert "immutable" in answer["Cache-Control"]


def test_nothing_outside_the_folder_is_served(folder: Path) -> None:
    (folder.parent / "secret.0123456789ab.css").write_text("secret")
    secret = "../secret.0123456789ab.css"
    for path in (secret, f"shop/../{secret}", "/etc/passwd", "shop/"):
        assert Client().get(f"/static/{path}").status_code == 404, path
