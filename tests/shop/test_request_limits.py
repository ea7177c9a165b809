"""Request limits: counted by all processes together, without waiting for Redis."""

import itertools
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from orders.lib.redis import LocalStore
from shop.http import limits
from tests.steps.factories import make_fallback_radio, make_radio
from tests.steps.silence import connections_to, silent_server

FIND = "/orders/find/"
ANOTHER_PROCESS = """
import sys, django
django.setup()
from django.test import Client
client = Client(REMOTE_ADDR=sys.argv[1])
print([client.get("/orders/find/").status_code for _ in range(3)])
"""
places = itertools.count(1)


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 2)


@pytest.fixture
def place() -> str:
    """An address that asked for nothing yet."""
    return f"198.51.100.{next(places)}"


def codes(paths: list[str], **headers: str) -> list[int]:
    client = Client(headers=headers.pop("headers", None), **headers)  # type: ignore[arg-type]
    return [client.get(path).status_code for path in paths]


def refused(path: str, place: str, **headers: Any) -> Any:
    """The first answer that is one too many."""
    client = Client(REMOTE_ADDR=place, headers=headers)
    answers = [client.get(path) for _ in range(3)]
    assert [each.status_code == 429 for each in answers] == [False, False, True]
    return answers[-1]


def test_the_page_says_when_to_come_back(place: str) -> None:
    answer = refused(FIND, place)
    assert answer["Retry-After"] == "30"  # two a minute
    page = " ".join(answer.content.decode().split())
    assert "Try again in 30 seconds." in page
    assert "Any order you placed continues without this page." in page
    assert answer["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_the_page_says_that_a_refused_form_costs_nothing(place: str) -> None:
    client = Client(REMOTE_ADDR=place)
    page = [client.post(FIND).content.decode() for _ in range(3)][-1]
    assert "nothing was ordered and nothing was charged" in page


@pytest.mark.django_db
def test_each_kind_has_a_count_of_its_own(place: str) -> None:
    make_radio()
    make_fallback_radio()
    paths = ["/", FIND, "/search/?q=x", "/order/nissan/", "/orders/RC-1/t/status/"]
    assert 429 not in codes(paths * 2, REMOTE_ADDR=place)
    assert codes(paths, REMOTE_ADDR=place) == [429] * len(paths)


@pytest.mark.django_db
def test_webhooks_and_health_checks_are_not_counted(place: str) -> None:
    client = Client(REMOTE_ADDR=place)
    events = [client.post("/stripe/webhook/", {}, "application/json") for _ in range(4)]
    assert [each.status_code for each in events] == [400] * 4
    assert [client.get("/healthz/").status_code for _ in range(4)] == [200] * 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/metricsx/", "/healthz/a/", "/readyz", "/stripe/webhook/x/", "/mail/webhook/a/b/"]
)
def test_similar_paths_are_counted(path: str, place: str) -> None:
    assert codes([path] * 3, REMOTE_ADDR=place)[-1] == 429


def test_a_forged_header_does_not_change_the_client_network(settings: Any, place: str) -> None:
    settings.TRUSTED_PROXIES = 1
    asked = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{n}, {place}"}).get(FIND) for n in range(3)
    ]
    assert [each.status_code for each in asked] == [200, 200, 429]


def test_networks_are_counted_apart() -> None:
    homes = ["2001:db8:9:1::1", "2001:db8:9:1::2", "2001:db8:9:1:a::3", "2001:db8:9:2::1"]
    asked = [Client(REMOTE_ADDR=home).get(FIND).status_code for home in homes]
    assert asked == [200, 200, 429, 200]


@pytest.mark.django_db
def test_htmx_gets_a_part_where_it_looks_for_one(place: str) -> None:
    make_radio()
    make_fallback_radio()
    client = Client(REMOTE_ADDR=place, headers={"HX-Request": "true"})
    part = [client.post("/order/nissan/serial/", {"serial": "B"}) for _ in range(3)][-1]
    assert (part.status_code, part["Retry-After"]) == (429, "30")
    assert part.content.decode().strip().startswith('<div id="serial-reading"')
    assert b"<html" not in part.content


@pytest.mark.django_db
def test_a_page_that_waits_stays_as_it_is(place: str) -> None:
    answer = refused("/orders/RC-1/t/status/", place, **{"HX-Request": "true"})
    assert answer["HX-Reswap"] == "none"


@pytest.mark.django_db
@pytest.mark.slow
def test_five_pages_that_wait_behind_one_gateway_are_answered(settings: Any, place: str) -> None:
    """Each asks once a second at first."""
    example = (settings.BASE_DIR / ".env.example").read_text()
    [shipped] = re.findall(r"^REQUESTS_PER_MINUTE=.*\bstatus=(\d+)", example, re.MULTILINE)
    settings.REQUESTS_PER_MINUTE |= {"status": int(shipped)}
    assert set(codes(["/orders/RC-1/t/status/"] * 5 * 60, REMOTE_ADDR=place)) == {404}


def test_two_processes_count_together(place: str) -> None:
    environment = os.environ | {"REQUESTS_PER_MINUTE": "orders=2"}
    # with DEBUG, files need not be collected first
    environment |= {"DJANGO_SETTINGS_MODULE": "shop.settings", "DEBUG": "true"}
    assert codes([FIND], REMOTE_ADDR=place) == [200]
    said = subprocess.run(
        [sys.executable, "-c", ANOTHER_PROCESS, place], cwd=django_settings.BASE_DIR,
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == [200, 429, 429]
    assert codes([FIND], REMOTE_ADDR=place) == [429]


def test_a_silent_redis_is_asked_once_and_the_process_counts_by_itself(
    place: str, settings: Any
) -> None:
    with silent_server() as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        assert codes([FIND] * 4, REMOTE_ADDR=place) == [200, 200, 429, 429]
        assert connections_to(server) == 1


@pytest.mark.django_db
def test_pages_in_memory_never_ask_redis(place: str, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert codes(["/"] * 3, REMOTE_ADDR=place) == [200, 200, 429]
    assert limits.shared.retry_at == 0


def test_the_oldest_networks_are_dropped_from_memory(place: str) -> None:
    own = LocalStore()
    for number in range(20_100):
        own.take(str(number), 2, limits.MINUTE)
    assert len(own.values) == 20_000
