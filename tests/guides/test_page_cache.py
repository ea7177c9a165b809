"""Public pages from memory: an edit shows at once everywhere, and nobody makes a page twice."""

import gzip
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brotli
import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries

from guides import content_version
from guides.content_version import EDITED, KEY, LEASE, ContentVersion
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
from guides.page_cache import Memory, Page, choose_encoding, public_page
from tests.steps.factories import make_brand, make_car_model, make_radio

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]
threads_meet = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh_redis() -> Iterator[Any]:
    client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    client.delete(KEY)
    yield client
    client.close()


@pytest.fixture
def redis_away(settings: Any) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    content_version._client.cache_clear()
    content_version._leased = ("", 0.0)
    yield
    content_version._client.cache_clear()
    content_version._quiet_until = 0.0


def make_nissan() -> Guide:
    return Guide.objects.create(
        brand=make_brand(), title="Nissan radio code", description="d", intro="i",
        last_reviewed="2026-11-01",
    )  # fmt: skip


def title(client: Client, path: str = "/nissan/") -> str:
    text = client.get(path).content.decode()
    return text.partition("<h1>")[2].partition("</h1>")[0]


# ------------------------------------------------------------------ from memory
@threads_meet
def test_the_second_request_asks_the_database_nothing(
    client: Client, fresh_redis: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_nissan()
    fresh_redis.delete(KEY)
    client.get("/nissan/")
    with django_assert_num_queries(0):
        assert title(client) == "Nissan radio code"


def test_while_an_edit_is_fresh_the_database_is_asked_one_thing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_nissan()
    client.get("/nissan/")
    with django_assert_num_queries(1):
        client.get("/nissan/")


def test_the_query_does_not_make_another_page(client: Client) -> None:
    make_nissan()
    client.get("/nissan/")
    with connection.execute_wrapper(refuse_all_but_the_version):
        assert client.get("/nissan/?utm_source=x").status_code == 200


def refuse_all_but_the_version(execute: Any, sql: str, *rest: Any) -> Any:
    assert "guides_contentversion" in sql, sql
    return execute(sql, *rest)


def test_what_is_not_there_is_not_kept(client: Client) -> None:
    assert client.get("/nissan/").status_code == 404
    make_nissan()
    assert client.get("/nissan/").status_code == 200


def test_memory_keeps_what_was_asked_for_last() -> None:
    memory = Memory(most=2)
    for path in ("/a/", "/b/", "/a/", "/c/"):
        memory.get_or_make(path, HttpResponse)
    assert list(memory.pages) == ["/a/", "/c/"]


# ------------------------------------------------------------------ edits
def edit_by_saving(guide: Guide, title: str = "Other") -> None:
    guide.title = title
    guide.save(update_fields=["title"])


def edit_by_update(guide: Guide) -> None:
    Guide.objects.filter(pk=guide.pk).update(title="Other")


def edit_by_bulk_update(guide: Guide) -> None:
    guide.title = "Other"
    Guide.objects.bulk_update([guide], ["title"])


@pytest.mark.parametrize("edit", [edit_by_saving, edit_by_update, edit_by_bulk_update])
def test_an_edit_shows_at_once(client: Client, edit: Any) -> None:
    guide = make_nissan()
    assert title(client) == "Nissan radio code"
    edit(guide)
    assert title(client) == "Other"


@pytest.mark.parametrize(
    "make",
    [
        lambda guide: Passage.objects.create(guide=guide, section="free", text="NEW"),
        lambda guide: guide.questions.create(question="NEW", answer="a"),
        lambda guide: Question.objects.bulk_create(
            [Question(guide=guide, question="NEW", answer="a")]
        ),
        lambda guide: guide.known_facts.create(key="x.1", confidence="low", says="NEW"),
        lambda guide: make_radio(price=98765),
    ],
)
def test_a_row_that_comes_or_goes_shows_at_once(client: Client, make: Any) -> None:
    guide = make_nissan()
    before = client.get("/nissan/").content
    made = make(guide)
    after = client.get("/nissan/").content
    assert b"NEW" in after or b"987.65" in after
    (made[0] if isinstance(made, list) else made).delete()
    assert client.get("/nissan/").content == before


def test_the_generations_of_a_procedure_show_at_once(client: Client) -> None:
    micra = make_car_model()
    k13 = Generation.objects.create(car_model=micra, key="k13", name="Micra IV", code="K13")
    assert '<span class="tag">K13</span>' not in client.get("/nissan/micra/").content.decode()
    Procedure.objects.get().generations.add(k13)
    assert '<span class="tag">K13</span>' in client.get("/nissan/micra/").content.decode()


@threads_meet
def test_an_edit_is_seen_by_another_process_at_once(client: Client) -> None:
    """Two memories that share Redis and the database are two processes, or two machines."""
    make_nissan()
    memories = Memory(9), Memory(9)

    def titles() -> set[Any]:
        def make() -> HttpResponse:
            return HttpResponse(Guide.objects.get().title)

        pages = [memory.get_or_make("/", make) for memory in memories]
        return {page.body for page in pages if isinstance(page, Page)}

    assert titles() == {b"Nissan radio code"}
    for number in range(5):
        Guide.objects.update(title=f"Edit {number}")
        assert titles() == {b"Edit %d" % number}


@threads_meet
def test_an_edit_by_another_process_shows_at_once(client: Client, fresh_redis: Any) -> None:
    guide = make_nissan()
    fresh_redis.delete(KEY)
    assert title(client) == "Nissan radio code"
    assert fresh_redis.get(KEY) not in (None, EDITED)  # Redis vouches for what is in memory
    database = connection.settings_dict
    code = (
        "import django; from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}; django.setup(); "
        "from guides.models import Guide; "
        f"Guide.objects.filter(pk={guide.pk}).update(title='Edited elsewhere')"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "shop.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert title(client) == "Edited elsewhere"


@threads_meet
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


def test_an_edit_that_is_taken_back_leaves_no_trace(client: Client) -> None:
    make_nissan()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Guide.objects.update(title="Other")
        assert title(client) == "Other"
        raise ZeroDivisionError
    assert title(client) == "Nissan radio code"


@threads_meet
def test_a_slow_reader_cannot_cover_up_an_edit(fresh_redis: Any) -> None:
    """It read the old version before the edit, and comes to Redis after it."""
    make_nissan()
    Guide.objects.update(title="Other")
    assert fresh_redis.set(KEY, "the old version", nx=True, ex=5) is None
    assert fresh_redis.get(KEY) == EDITED


@threads_meet
def test_nobody_trusts_the_old_version_when_an_edit_commits(fresh_redis: Any) -> None:
    """A reader that learnt it just before the edit trusts it for LEASE; the edit waits for that."""
    make_nissan()
    fresh_redis.delete(KEY)
    ContentVersion.current()  # leaves it in Redis
    asked_at = time.monotonic()
    assert fresh_redis.get(KEY) == ContentVersion.current()
    with transaction.atomic():
        Guide.objects.update(title="Other")
        assert time.monotonic() > asked_at + LEASE
        assert fresh_redis.get(KEY) == EDITED


def test_one_transaction_waits_once(fresh_redis: Any) -> None:
    guide = make_nissan()
    began = time.monotonic()
    for number in range(20):
        edit_by_saving(guide, f"Edit {number}")
    assert time.monotonic() - began < 19 * LEASE


def test_it_waits_anew_for_what_was_learnt_between_two_edits(fresh_redis: Any) -> None:
    guide = make_nissan()
    fresh_redis.delete(KEY)  # as after ten seconds
    fresh_redis.set(KEY, EDITED)  # by another process, just now
    content_version._edited = (0.0, 0.0)
    began = time.monotonic()
    edit_by_saving(guide)
    assert time.monotonic() - began >= LEASE


# ------------------------------------------------------------------ Redis and the database away
@pytest.mark.usefixtures("redis_away")
def test_without_redis_pages_are_right_and_from_memory(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_nissan()
    client.get("/nissan/")
    with django_assert_num_queries(1):
        assert title(client) == "Nissan radio code"
    Guide.objects.update(title="Other")
    assert title(client) == "Other"


@pytest.mark.usefixtures("redis_away")
def test_redis_that_is_away_is_not_asked_by_every_page(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="guides.content_version"):
        for _ in range(5):
            ContentVersion.current()
    assert len(caplog.records) == 1


def test_without_the_database_pages_in_memory_are_served(client: Client) -> None:
    make_nissan()
    client.get("/nissan/")

    def refuse(*args: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        assert title(client) == "Nissan radio code"


# ------------------------------------------------------------------ stampede
@threads_meet
def test_ten_at_once_make_a_page_once() -> None:
    memory, made = Memory(9), []

    def make() -> HttpResponse:
        made.append(1)
        time.sleep(0.05)
        return HttpResponse("page")

    def ask(_number: int) -> object:
        try:
            return memory.get_or_make("/", make)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        pages = list(threads.map(ask, range(10)))
    assert len(made) == 1
    assert len({id(page) for page in pages}) == 1


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


def test_the_head_of_a_page_is_told_without_it(client: Client) -> None:
    make_nissan()
    whole, head = client.get("/nissan/"), client.head("/nissan/")
    assert not head.content
    told = [dict(each.headers, **{"X-Request-ID": ""}) for each in (whole, head)]
    assert told[0] == told[1]


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


@pytest.mark.parametrize("path", ["/", "/nissan/", "/nissan/micra/", "/terms/"])
def test_public_pages_carry_no_cookie(client: Client, path: str) -> None:
    make_nissan()
    make_car_model()
    LegalText.objects.create(slug="terms", title="Terms", body="Text.")
    client.cookies["sessionid"] = "a-cookie-of-staff"
    for _ in range(2):
        response = client.get(path)
        assert response.status_code == 200
        assert not response.cookies
        assert response["Vary"] == "Accept-Encoding"


def test_a_page_that_depends_on_a_cookie_is_refused(rf: RequestFactory) -> None:
    @public_page
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(get_token(request))

    with pytest.raises(Exception, match="depends on a cookie"):
        view(rf.get("/a-view-of-this-test/"))


# ------------------------------------------------------------------ cold
@pytest.mark.parametrize("models", [10, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_cold_page_takes_eight_queries_however_many_models_there_are(
    client: Client,
    fresh_redis: Any,
    models: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_nissan()
    make_car_model()
    make_radio()
    many_models(models)
    for path in ("/", "/nissan/", "/nissan/micra/"):
        fresh_redis.delete(KEY)
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
