"""Public pages from memory: an edit shows within two seconds, and no page is made twice."""

import gzip
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brotli
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path as address
from pytest_django import DjangoAssertNumQueries

from guides import content_version
from guides.content_version import ContentVersion, Kept
from guides.models import (
    Brand,
    CarModel,
    Generation,
    Guide,
    LegalText,
    Passage,
    Procedure,
    Question,
)
from guides.page_cache import choose_encoding, place_of, public_page
from tests.steps.content import the_version_was_just_read
from tests.steps.factories import make_brand, make_car_model, make_radio

pytestmark = pytest.mark.django_db
# Inside a transaction, as an ordinary test is, no page is kept.
committed = pytest.mark.django_db(transaction=True)


def make_nissan() -> Guide:
    return Guide.objects.create(
        brand=make_brand(), title="Nissan radio code", description="d", intro="i",
        last_reviewed="2026-11-01",
    )  # fmt: skip


def title(client: Client, path: str = "/nissan/") -> str:
    text = client.get(path).content.decode()
    return text.partition("<h1>")[2].partition("</h1>")[0]


def a_second_passes() -> None:
    content_version._known = (content_version._known[0], 0.0)


def ten_minutes_pass() -> None:
    kept = place_of("/nissan/")[1]
    assert kept.made
    kept.made = (kept.made[0], 0.0, kept.made[2])


# ------------------------------------------------------------------ from memory
@committed
def test_the_version_is_read_once_a_second_and_else_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_nissan()
    client.get("/nissan/")
    the_version_was_just_read()
    with django_assert_num_queries(0):
        assert title(client) == "Nissan radio code"
        assert client.get("/nissan/?utm_source=x").status_code == 200
    a_second_passes()
    with django_assert_num_queries(1):
        client.get("/nissan/")
    assert content_version._known[1] <= time.monotonic() + 1


def test_what_is_not_there_is_not_kept(client: Client) -> None:
    assert client.get("/nissan/").status_code == 404
    make_nissan()
    assert client.get("/nissan/").status_code == 200


def test_memory_keeps_what_was_asked_for_last() -> None:
    first, second = place_of("/a/"), place_of("/b/")
    for number in range(300):
        place_of(f"/brand-{number}/")
        place_of("/a/")
    assert place_of("/a/") is first
    assert place_of("/b/") is not second


# ------------------------------------------------------------------ edits
def edit_by_saving(guide: Guide, title: str = "Other") -> None:
    guide.title = title
    guide.save(update_fields=["title"])


def edit_by_update(guide: Guide) -> None:
    Guide.objects.filter(pk=guide.pk).update(title="Other")


def edit_by_bulk_update(guide: Guide) -> None:
    guide.title = "Other"
    Guide.objects.bulk_update([guide], ["title"])


@pytest.mark.also_on_sqlite
@committed
@pytest.mark.parametrize("edit", [edit_by_saving, edit_by_update, edit_by_bulk_update])
def test_an_edit_shows_at_once(client: Client, edit: Any) -> None:
    guide = make_nissan()
    assert title(client) == "Nissan radio code"
    edit(guide)
    assert title(client) == "Other"


@committed
def test_a_row_that_comes_or_goes_shows_at_once(client: Client) -> None:
    guide = make_nissan()
    before = client.get("/nissan/").content
    for make in (
        lambda: Passage.objects.create(guide=guide, section="free", text="NEW"),
        lambda: guide.questions.create(question="NEW", answer="a"),
        lambda: Question.objects.bulk_create([Question(guide=guide, question="NEW", answer="a")]),
        lambda: make_radio(price=98765),
    ):
        made: Any = make()
        after = client.get("/nissan/").content
        assert b"NEW" in after or b"987.65" in after
        (made[0] if isinstance(made, list) else made).delete()
        assert client.get("/nissan/").content == before


@committed
def test_the_generations_of_a_procedure_show_at_once(client: Client) -> None:
    micra = make_car_model()
    k13 = Generation.objects.create(car_model=micra, key="k13", name="Micra IV", code="K13")
    Procedure.objects.update(serves="Some")  # names none
    assert '<span class="tag">K13</span>' not in client.get("/nissan/micra/").content.decode()
    Procedure.objects.get().generations.add(k13)
    assert '<span class="tag">K13</span>' in client.get("/nissan/micra/").content.decode()


@committed
def test_an_edit_by_another_process_shows_within_two_seconds(client: Client) -> None:
    guide = make_nissan()
    assert title(client) == "Nissan radio code"
    database = connection.settings_dict
    code = (
        "import django; from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}; django.setup(); "
        "from guides.models import Guide; "
        f"Guide.objects.filter(pk={guide.pk}).update(title='Edited elsewhere')"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "shop.settings"}
    assert title(client) == "Nissan radio code"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    time.sleep(1.1)
    assert title(client) == "Edited elsewhere"


@committed
def test_before_the_commit_others_see_the_old_page(client: Client) -> None:
    make_nissan()
    seen = []

    def look() -> None:
        seen.append(title(Client()))
        connection.close()

    with transaction.atomic():
        Guide.objects.update(title="Other")
        in_thread(look)
    in_thread(look)
    assert seen == ["Nissan radio code", "Other"]


def in_thread(target: Any) -> None:
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()


@committed
def test_an_edit_that_is_taken_back_leaves_no_trace(client: Client) -> None:
    make_nissan()
    before = ContentVersion.objects.get().number
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Guide.objects.update(title="Other")
        assert title(client) == "Other"
        raise ZeroDivisionError
    assert title(client) == "Nissan radio code"
    assert ContentVersion.objects.get().number == before


@committed
def test_a_page_of_old_rows_does_not_outlast_the_edit() -> None:
    """Its rows are read before the edit, and it is kept after the edit."""
    make_nissan()
    kept: Kept[str] = Kept()

    def read() -> str:
        return Guide.objects.get().title

    def read_slowly() -> str:
        found = read()
        Guide.objects.update(title="Other")
        return found

    assert kept.get(read_slowly) == "Nissan radio code"
    assert kept.get(read) == "Other"


@committed
def test_one_transaction_changes_the_version_once_after_its_commit() -> None:
    guide = make_nissan()
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        for number in range(20):
            edit_by_saving(guide, f"Edit {number}")
        assert not [query for query in queries if "contentversion" in query["sql"]]
    assert len([query for query in queries if "contentversion" in query["sql"]]) == 1


@committed
def test_an_edit_does_not_wait_for_another_editor() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    make_nissan()
    LegalText.objects.create(slug="terms", title="Terms", body="Text.")
    edited: list[int] = []

    def edit() -> None:
        edited.append(LegalText.objects.update(title="Other"))
        connection.close()

    with transaction.atomic():
        Guide.objects.update(title="Other")
        in_thread(edit)
    assert edited == [1]


@committed
def test_what_no_edit_announced_shows_after_ten_minutes(client: Client) -> None:
    """SQL that was typed by hand, or a process that died after its commit."""
    make_nissan()
    assert title(client) == "Nissan radio code"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE guides_guide SET title = 'Other'")
    assert title(client) == "Nissan radio code"
    ten_minutes_pass()
    assert title(client) == "Other"


@committed
def test_without_the_database_pages_in_memory_are_served(client: Client) -> None:
    make_nissan()
    client.get("/nissan/")

    def refuse(*args: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        assert title(client) == "Nissan radio code"
        a_second_passes()
        assert title(client) == "Nissan radio code"
        ten_minutes_pass()
        assert title(client) == "Nissan radio code"


# ------------------------------------------------------------------ stampede
@committed
def test_ten_at_once_make_a_page_once() -> None:
    kept: Kept[str] = Kept()
    made = []

    def make() -> str:
        made.append(1)
        time.sleep(0.05)
        return "page"

    def ask(_number: int) -> str:
        try:
            return kept.get(make)
        finally:
            connection.close()

    content_version.current_version()
    with ThreadPoolExecutor(10) as threads:
        pages = list(threads.map(ask, range(10)))
    assert len(made) == 1
    assert pages == ["page"] * 10


# ------------------------------------------------------------------ over the wire
def test_a_page_has_a_strong_validator_and_is_asked_for_each_time(client: Client) -> None:
    make_nissan()
    first = client.get("/nissan/", headers={"accept-encoding": "br"})
    assert first["ETag"].startswith('"')
    assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = client.get(
        "/nissan/", headers={"accept-encoding": "br", "if-none-match": first["ETag"]}
    )
    assert again.status_code == 304
    assert not again.content
    assert again["ETag"] == first["ETag"]
    assert again["Vary"] == "Accept-Encoding"
    assert again["Content-Length"] == first["Content-Length"]


def test_head_answers_with_the_headers_of_the_page(client: Client) -> None:
    make_nissan()
    whole, head = client.get("/nissan/"), client.head("/nissan/")
    assert not head.content
    headers = [dict(each.headers, **{"X-Request-ID": ""}) for each in (whole, head)]
    assert headers[0] == headers[1]


def test_an_edit_is_another_validator(client: Client) -> None:
    guide = make_nissan()
    tag = client.get("/nissan/")["ETag"]
    edit_by_saving(guide)
    assert client.get("/nissan/", headers={"if-none-match": tag}).status_code == 200


def test_each_encoding_has_a_validator_of_its_own(client: Client) -> None:
    make_nissan()
    answers = [client.get("/nissan/", headers={"accept-encoding": e}) for e in ("", "gzip", "br")]
    assert len({answer["ETag"] for answer in answers}) == 3
    plain, zipped, packed = (answer.content for answer in answers)
    assert gzip.decompress(zipped) == brotli.decompress(packed) == plain


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0.000, gzip; q=0.0", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_the_reader_says_what_it_takes(accepted: str, chosen: str) -> None:
    assert choose_encoding(accepted) == chosen


PUBLIC = ["/", "/nissan/", "/nissan/micra/", "/terms/", "/card.png", "/robots.txt", "/sitemap.xml",
          "/.well-known/security.txt"]  # fmt: skip


@pytest.mark.parametrize(
    "cookie",
    [
        "csrftoken=x",
        "csrftoken=" + "a" * 32,
        "sessionid=a-cookie-of-staff",
        "sessionid=x",
        "messages=x; csrftoken=; sessionid=",
    ],
)
def test_public_pages_are_the_same_whatever_comes_along(client: Client, cookie: str) -> None:
    make_nissan()
    make_car_model()
    LegalText.objects.create(slug="terms", title="Terms", body="Text.")
    for path in PUBLIC:
        plain = client.get(path)
        odd = client.get(
            f"{path}?q=1&p=2&csrfmiddlewaretoken=x",
            headers={"cookie": cookie, "accept-language": "de", "hx-request": "true"},
        )
        assert plain.status_code == odd.status_code == 200, path
        assert plain.content == odd.content, path
        assert not plain.cookies and not odd.cookies, path
        assert plain["Vary"] == odd["Vary"] == "Accept-Encoding", path
        assert plain["Cache-Control"] == odd["Cache-Control"], path


urlpatterns = [
    address("token/", public_page(lambda request: HttpResponse(get_token(request)))),
    address("cookie/", public_page(lambda request: with_a_cookie())),
    address("session/", public_page(lambda request: HttpResponse(request.session.session_key))),
]


def with_a_cookie() -> HttpResponse:
    response = HttpResponse()
    response.set_cookie("a", "b")
    return response


@pytest.mark.parametrize("path", ["/token/", "/cookie/"])
def test_a_page_that_depends_on_a_cookie_is_refused(
    client: Client, settings: Any, path: str
) -> None:
    settings.ROOT_URLCONF = __name__
    with pytest.raises(ImproperlyConfigured, match="depends on a cookie"):
        client.get(path)


def test_a_page_that_reads_the_session_is_refused(client: Client, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    with pytest.raises(AttributeError, match="session"):
        client.get("/session/")


# ------------------------------------------------------------------ cold
@pytest.mark.parametrize("models", [10, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_cold_page_takes_eight_queries_however_many_models_there_are(
    client: Client, models: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_nissan()
    make_car_model()
    make_radio()
    many_models(models)
    for path in ("/", "/nissan/", "/nissan/micra/"):
        with django_assert_max_num_queries(8):
            assert client.get(path).status_code == 200


def many_models(number: int) -> None:
    brands = Brand.objects.bulk_create(
        Brand(slug=f"brand-{n}", name=f"Brand {n}") for n in range(number // 10)
    )
    car_models = CarModel.objects.bulk_create(
        CarModel(brand=brands[n % len(brands)], slug=f"model-{n}", name=f"Model {n}")
        for n in range(number)
    )
    values: dict[str, Any] = {"description": "d", "intro": "i", "last_reviewed": "2026-11-01"}
    Guide.objects.bulk_create(
        [Guide(brand=brand, title=brand.name, **values) for brand in brands]
        + [Guide(brand=m.brand, car_model=m, title=m.name, **values) for m in car_models]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a server does by itself after a while: plans follow from it
