"""What the order form promises of a serial before it is paid: seconds, staff, or the usual."""

import re
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guides.models import Guide
from orders.models import Licence, Radio
from orders.retrieval.answers import Broken, TryAgain
from orders.retrieval.availability import MEMORY, promise
from orders.retrieval.supplier import CIRCUIT
from sandbox.supplier import SupplierStandIn
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code,
    make_code_book_entry,
    make_fallback_radio,
    make_order,
    make_supplied_radio,
)
from tests.steps.families import MICRA, make_family, make_micra_radio

pytestmark = pytest.mark.django_db

NISSAN, RENAULT = "/order/nissan/", "/order/renault-dacia/"
PRE_CODE = "K482"
SECONDS = "Your code comes within seconds of your payment."
PERSON = USUAL = "One of us looks up your code within 24 hours."
USUALLY = "Your code usually comes within seconds. If not, one of us looks it up within 24 hours."


def kept() -> dict[str, int]:
    """What Redis counts, and for how many seconds."""
    store = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    return {key: store.ttl(key) for key in store.scan_iter("availability:*")}


@pytest.fixture(autouse=True)
def no_earlier_questions() -> None:
    """Other tests did."""
    MEMORY.with_redis(lambda store: store.delete("none", *kept()))


@pytest.fixture
def supplied(supplier: SupplierStandIn) -> Radio:
    return make_supplied_radio()


def check(client: Client, serial: str = SERIAL, url: str = NISSAN, **extra: Any) -> str:
    """What the live answer says beside the button."""
    page = client.post(url + "serial/", {"serial": serial, "shows": "code"}, **extra)
    assert page.status_code == 200
    return beside_the_button(page.content.decode())


def beside_the_button(page: str) -> str:
    delivery = page.partition("<dt>Delivery</dt>")[2].partition("</dd>")[0]
    return " ".join(delivery.replace("<dd>", "").split())


def serial(number: int) -> str:
    return f"BP{number:012}"


def serial_in_book(number: int) -> str:
    make_code_book_entry(serial(number))
    return serial(number)


# ------------------------------------------------------------------ the code book
def test_what_the_code_book_has_comes_in_seconds(client: Client, in_code_book: None) -> None:
    assert SECONDS in check(client)
    assert SECONDS in check(client, "bp 1234-5678 9012")


def test_what_was_sold_before_comes_in_seconds(client: Client, on_sale: None) -> None:
    make_code(make_order(status="delivered"))
    assert SECONDS in check(client)


def test_what_no_source_has_is_looked_for_by_a_person(client: Client, on_sale: None) -> None:
    make_code_book_entry("BP999999999999")
    assert PERSON in check(client)


def test_working_hours_are_told_as_such(client: Client, on_sale: None, settings: Any) -> None:
    settings.DESK_HOURS, settings.DESK_OPEN = 9, ["Mon-Fri 09:00-18:00"]
    assert "within 9 working hours, Mon–Fri 09:00–18:00" in check(client)


def test_the_form_without_scripts_says_the_same(client: Client, in_code_book: None) -> None:
    page = client.get(f"{NISSAN}?serial={SERIAL}").content.decode()
    assert SECONDS in beside_the_button(page)
    sent = client.post(NISSAN, {"serial": SERIAL, "shows": "code"})  # the address is missing
    assert SECONDS in beside_the_button(sent.content.decode())


def test_the_reading_says_what_the_button_says(client: Client, in_code_book: None) -> None:
    page = client.post(NISSAN + "serial/", {"serial": SERIAL, "shows": "code"}).content.decode()
    assert page.count(SECONDS) == 3  # and the box


def test_the_code_itself_is_told_to_nobody(client: Client, in_code_book: None) -> None:
    assert CODE not in client.get(f"{NISSAN}?serial={SERIAL}").content.decode()


@pytest.mark.parametrize("typed", ["", "BP12345678", "ZZ99QQ88WW77", "7612830042"])
def test_of_what_is_not_recognised_nothing_is_told(
    client: Client, on_sale: None, typed: str
) -> None:
    make_code_book_entry(typed or SERIAL)
    assert SECONDS not in check(client, typed)


# ------------------------------------------------------------------ the supplier
@pytest.mark.usefixtures("supplied")
def test_what_the_supplier_calculates_usually_comes_in_seconds(
    client: Client, supplier: SupplierStandIn
) -> None:
    assert USUALLY in check(client, PRE_CODE, RENAULT)
    assert supplier.asked == []


@pytest.mark.usefixtures("supplied")
def test_without_a_key_a_person_looks(client: Client, settings: Any) -> None:
    settings.PELOCK_API_KEY = ""
    assert PERSON in check(client, PRE_CODE, RENAULT)


def test_what_the_supplier_does_not_take_a_person_looks_for(
    client: Client, supplier: SupplierStandIn
) -> None:
    make_supplied_radio(pattern=r"^[A-Z]\d{5}$", length=6, example="K12345")
    assert PERSON in check(client, "K12345", RENAULT)


@pytest.mark.usefixtures("supplied")
def test_while_its_circuit_is_open_a_person_looks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.circuit_breaker.CIRCUIT_LIMIT", 1)
    CIRCUIT.record(TryAgain(why="HTTP 500"))
    assert PERSON in check(client, PRE_CODE, RENAULT)


@pytest.mark.usefixtures("supplied")
def test_after_the_circuits_pause_nobody_knows(client: Client, settings: Any) -> None:
    settings.CIRCUIT_LASTS = timedelta(milliseconds=1)
    CIRCUIT.record(Broken("no licence", for_all=True))
    assert USUALLY in check(client, PRE_CODE, RENAULT)
    assert CIRCUIT.refusal() is None  # looking has not taken the one try


@pytest.mark.usefixtures("supplied")
@pytest.mark.parametrize(
    ("licence", "says"),
    [
        ({"status": "active"}, USUALLY),
        ({"status": "unknown"}, USUALLY),
        ({"status": "ended"}, PERSON),
        ({"status": "active", "ends_on": timezone.localdate() - timedelta(days=2)}, PERSON),
    ],
)
def test_a_licence_that_ended_serves_nobody(
    client: Client, licence: dict[str, Any], says: str
) -> None:
    Licence.objects.create(pk=1, **licence)
    assert says in check(client, PRE_CODE, RENAULT)


def test_where_no_person_looks_none_is_promised(client: Client, on_sale: None) -> None:
    Radio.objects.update(sources=["code_book"])
    assert "If we have your code, it comes within seconds. If not, you pay nothing." in check(
        client
    )


# ------------------------------------------------------------------ who asks too much
def test_beyond_the_limit_a_place_is_told_the_usual(
    client: Client, in_code_book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.availability.AVAILABILITY_PER_ADDRESS_HOUR", 3)
    said = [check(client, serial_in_book(number)) for number in range(5)]
    assert [SECONDS in each for each in said] == [True, True, True, False, False]
    assert USUAL in check(client)
    assert SECONDS in check(client, REMOTE_ADDR="192.0.2.7")


def test_the_same_serial_again_counts_once(
    client: Client, in_code_book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.availability.AVAILABILITY_PER_ADDRESS_HOUR", 1)
    for _ in range(3):
        assert SECONDS in check(client)
    other = serial_in_book(1)
    for _ in range(2):  # asking twice is no way around
        assert USUAL in check(client, other)
    assert SECONDS in check(client)


def test_many_places_together_are_limited_too(
    client: Client, in_code_book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.availability.AVAILABILITY_PER_HOUR", 3)
    said = [check(client, serial_in_book(n), REMOTE_ADDR=f"2001:db8:{n}::1") for n in range(5)]
    assert [SECONDS in each for each in said] == [True, True, True, False, False]


def test_it_is_counted_for_an_hour_without_serial_or_address(
    client: Client, in_code_book: None
) -> None:
    check(client, REMOTE_ADDR="192.0.2.7")
    assert len(kept()) == 3
    assert all(0 < seconds <= 3600 for seconds in kept().values())
    assert not [key for key in kept() if SERIAL in key or "192.0.2.7" in key]


def test_without_redis_nothing_is_told(client: Client, in_code_book: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert USUAL in check(client)


def queries(client: Client, serial: str) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        check(client, serial)
    return [re.sub(r"[0-9a-f]{40}|BP\d{12}", "…", query["sql"]) for query in asked]


def test_known_or_not_the_same_is_asked(client: Client, in_code_book: None) -> None:
    make_code(make_order(status="delivered", serial=serial(1)))
    in_book, sold, unknown = (queries(client, each) for each in (SERIAL, serial(1), serial(2)))
    assert in_book == sold == unknown
    assert sum("orders_codebookentry" in query for query in unknown) == 1


def test_beyond_the_limit_nothing_is_looked_up(
    client: Client, in_code_book: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.availability.AVAILABILITY_PER_HOUR", 1)
    check(client, serial(1))
    assert not any("codebookentry" in query for query in queries(client, SERIAL))


# ------------------------------------------------------------------ what is computed
@pytest.fixture
def micra() -> Radio:
    make_family(state="released")
    return make_micra_radio()


def test_a_released_code_comes_in_seconds(client: Client, micra: Radio) -> None:
    assert SECONDS in check(client, MICRA)


@pytest.mark.parametrize("state", ["off", "trial"])
def test_one_on_trial_is_looked_up(client: Client, micra: Radio, state: str) -> None:
    make_family(state=state)
    assert PERSON in check(client, MICRA)


def test_a_serial_with_an_x_is_looked_up(client: Client, micra: Radio) -> None:
    assert PERSON in check(client, "BP5384X9512132")


def test_beyond_the_limit_it_still_comes_in_seconds(
    client: Client, micra: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.retrieval.availability.AVAILABILITY_PER_HOUR", 0)
    assert SECONDS in check(client, MICRA)


def test_without_redis_it_usually_does(client: Client, micra: Radio, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert USUALLY in check(client, MICRA)


# ------------------------------------------------------------------ one promise everywhere
def test_guide_home_form_and_box_promise_the_same(client: Client, micra: Radio) -> None:
    make_fallback_radio()
    Guide.objects.create(
        brand=micra.brand, title="Nissan", description="d", intro="i", last_reviewed="2026-11-01",
        is_published=True,
    )  # fmt: skip
    form = client.get(NISSAN).content.decode()
    for page in (form, *(client.get(url).content.decode() for url in ("/nissan/", "/"))):
        assert USUALLY in " ".join(page.split())
    assert USUALLY in beside_the_button(form)


def test_the_box_follows_the_serial(client: Client, micra: Radio) -> None:
    make_fallback_radio()
    for typed, says in (
        ("", USUALLY),
        ("BP5384", USUALLY),
        (MICRA, SECONDS),
        ("ZZ99QQ88WW77", PERSON),
    ):
        page = client.post(NISSAN + "serial/", {"serial": typed, "shows": "code"}).content.decode()
        box = page.partition('id="promise" data-hx-swap-oob="true">')[2].partition("</span>")[0]
        assert box == says, typed
        assert says in beside_the_button(page)


def test_guides_promise_seconds_only_while_the_family_is_released(client: Client) -> None:
    make_micra_radio()
    radios = list(Radio.objects.all())
    make_family(state="trial")
    assert promise(radios) == PERSON
    make_family(state="released")
    assert promise(radios) == SECONDS
