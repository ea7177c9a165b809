"""The search, as a reader meets it: by car, by what the radio shows, by the radio's serial."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guides.models import Brand, CarModel, Generation, Guide, Symptom
from orders.models import Order
from tests.steps.content import the_version_was_just_read
from tests.steps.factories import SERIAL, make_fallback_radio, make_part_number, make_radio

pytestmark = pytest.mark.django_db


def make_page(brand: Brand, car_model: CarModel | None = None, **values: Any) -> Guide:
    return Guide.objects.create(
        brand=brand, car_model=car_model, title=f"{brand} {car_model or ''} radio code",
        description="d", intro="i", last_reviewed=date(2026, 11, 1), **values,
    )  # fmt: skip


def make_car(brand: Brand, name: str, *generations: tuple[str, int, int | None]) -> Guide:
    slug = name.lower().replace("é", "e").replace(" ", "-")
    car_model = CarModel.objects.create(brand=brand, name=name, slug=slug)
    for code, first, last in generations:
        Generation.objects.create(
            car_model=car_model, key=code, code=code, name=name, year_from=first, year_to=last
        )
    return make_page(brand, car_model)


@pytest.fixture(autouse=True)
def nissan() -> Brand:
    """A shop with two brands: Nissan, with guides of its cars, and Renault."""
    nissan = Brand.objects.create(slug="nissan", name="Nissan", position=1)
    make_page(nissan)
    make_car(nissan, "Micra", ("K12", 2002, 2010), ("K13", 2010, 2016))
    make_car(nissan, "Qashqai", ("J10", 2006, 2013), ("J12", 2021, None))
    make_car(nissan, "X-Trail", ("T30", 2001, 2007))
    renault = Brand.objects.create(slug="renault-dacia", name="Renault / Dacia", position=2)
    make_page(renault)
    make_car(renault, "Mégane", ("II", 2002, 2008))
    return nissan


def page(client: Client, typed: str, **headers: str) -> str:
    response = client.get("/search/", {"q": typed}, headers=headers)
    assert response.status_code == 200
    return unescape(response.content.decode())


def found(client: Client, typed: str) -> list[str]:
    """The addresses that are found, best first."""
    response = client.get("/search/", {"q": typed})
    return [hit.guide.get_absolute_url() for hit in response.context["answer"].found.hits]


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("micra", "/nissan/micra/"),
        ("Nissan Micra radio code", "/nissan/micra/"),
        ("  MICRA  ", "/nissan/micra/"),
        ("k12", "/nissan/micra/"),
        ("micra 2008", "/nissan/micra/"),
        ("mic", "/nissan/micra/"),
        ("x-trail", "/nissan/x-trail/"),
        ("xtrail", "/nissan/x-trail/"),
        ("x trail", "/nissan/x-trail/"),
        ("megane", "/renault-dacia/megane/"),
        ("Mégane", "/renault-dacia/megane/"),
        ("nissan", "/nissan/"),
        ("dacia", "/renault-dacia/"),
    ],
)
def test_it_finds_a_car_by_its_names(client: Client, typed: str, first: str) -> None:
    assert found(client, typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("micar", "/nissan/micra/"),
        ("nisan micra", "/nissan/micra/"),
        ("qashkai", "/nissan/qashqai/"),
        ("kashkai", "/nissan/qashqai/"),
        ("quashqai", "/nissan/qashqai/"),
        ("renolt", "/renault-dacia/"),
        ("magane", "/renault-dacia/megane/"),
    ],
)
def test_it_forgives_a_slip(client: Client, typed: str, first: str) -> None:
    assert found(client, typed)[0] == first


def test_a_neighbouring_number_is_no_slip(client: Client) -> None:
    assert found(client, "k14") == []


def test_more_words_narrow_it_down(client: Client) -> None:
    assert found(client, "nissan micra") == ["/nissan/micra/"]


def test_a_year_names_the_generation(client: Client) -> None:
    text = page(client, "micra 2008")
    assert "Micra (K12), 2002–2010" in text
    assert "K13" not in text


def test_a_generation_that_is_still_made_has_no_last_year(client: Client) -> None:
    assert found(client, "2026") == ["/nissan/qashqai/"]


def test_it_says_when_the_car_itself_has_no_guide(client: Client) -> None:
    text = page(client, "renault clio")
    assert "Closest match" in text
    assert 'href="/renault-dacia/"' in text


def test_a_year_alone_does_not_make_it_that_car(client: Client) -> None:
    assert found(client, "clio 2008") == []


@pytest.mark.parametrize(
    "typed",
    [
        "panda",
        "land rover",
        "cr-v",
        "lancia thema",
        "audio 10",
        "x5",
        "mike",
        "hyundai 2008",
    ],
)
def test_another_car_is_no_slip(client: Client, typed: str) -> None:
    honda = Brand.objects.create(slug="honda", name="Honda and Acura", position=3)
    make_page(honda)
    make_page(Brand.objects.create(slug="audi", name="Audi", position=4))
    make_car(honda, "Accord V", ("2", 1996, 2000))
    assert found(client, typed) == []


def test_an_unpublished_guide_is_not_found(client: Client) -> None:
    Guide.objects.filter(car_model__slug="micra").update(is_published=False)
    Symptom.objects.create(
        guide=Guide.objects.get(car_model__slug="micra"), shows="wait", title="WAIT", answer="a"
    )
    assert found(client, "micra") == []
    assert "/nissan/micra/" not in page(client, "micra wait")


def test_what_nobody_knows_leads_to_all_brands(client: Client) -> None:
    text = page(client, "toyota")
    assert "There is no guide for this yet" in text
    assert 'href="/nissan/"' in text and 'href="/renault-dacia/"' in text


def test_nothing_typed_offers_all_brands(client: Client) -> None:
    text = client.get("/search/").content.decode()
    assert 'href="/nissan/"' in text
    assert "no guide" not in text


# ------------------------------------------------------------------ what the radio shows
@pytest.fixture
def states(nissan: Brand) -> None:
    brand, micra = (Guide.objects.get(brand=nissan, car_model__slug=s) for s in (None, "micra"))
    for guide, shows, title in (
        (brand, "secure", "SECURE"),
        (brand, "wait", "WAIT, and it stays"),
        (brand, "blank", "Nothing, or no sound"),
        (brand, "other", "SAFE"),
        (micra, "wait", "WAIT on a Micra"),
    ):
        Symptom.objects.create(guide=guide, shows=shows, title=title, answer="Do this.")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("WAIT", "WAIT, and it stays"),
        ("secure", "SECURE"),
        ("secrue", "SECURE"),
        ("safe", "SAFE"),
        ("no sound", "Nothing, or no sound"),
        ("micra wait", "WAIT on a Micra"),
    ],
)
def test_it_explains_what_the_radio_shows(
    client: Client, states: None, typed: str, title: str
) -> None:
    response = client.get("/search/", {"q": typed})
    assert [row.title for row in response.context["answer"].found.symptoms] == [title]
    assert "#shows-" in response.content.decode()


def test_the_car_and_its_display_are_found_together(client: Client, states: None) -> None:
    text = page(client, "micra wait")
    assert 'href="/nissan/micra/"' in text
    assert 'href="/nissan/micra/#shows-wait"' in text
    assert "Closest match" not in text


# ------------------------------------------------------------------ a serial
@pytest.mark.parametrize("typed", [SERIAL, "bp12 3456-7890 12", "BP1234", "BPI23456789012"])
def test_a_serial_offers_the_brands_that_use_its_shape(client: Client, typed: str) -> None:
    make_radio()
    text = page(client, typed)
    assert "This looks like a serial number" in text
    assert 'action="/order/nissan/filled/"' in text
    assert "/order/renault-dacia/" not in text


def test_a_serial_stays_out_of_links_referrers_caches_and_the_history(client: Client) -> None:
    make_radio()
    response = client.post("/start/", {"q": SERIAL}, headers={"hx-request": "true"})
    assert not re.search(rf'(href|action)="[^"]*{SERIAL}', response.content.decode())
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert response["HX-Replace-Url"] == "false"


def test_a_serial_is_not_asked_of_the_database(client: Client) -> None:
    make_radio()
    asked: list[str] = []

    def listen(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        asked.append(f"{sql} {params}".upper())
        return execute(sql, params, *rest)

    with connection.execute_wrapper(listen):
        page(client, SERIAL)
        page(client, "ZZ9876543210")  # of no known radio, but surely a serial
    assert asked
    assert not any(SERIAL in line or "9876543210" in line for line in asked)


def test_a_part_number_is_not_taken_for_a_serial(client: Client) -> None:
    make_radio()
    make_part_number()
    text = page(client, "7612830042")
    assert "This looks like part number, not like a serial." in text
    assert 'href="/nissan/"' in text


def test_an_unknown_serial_is_pointed_to_the_order_form(client: Client) -> None:
    make_fallback_radio()
    assert "If it is a serial" in page(client, "ZZ9876543210")


def test_a_radio_that_is_not_on_sale_is_not_offered(client: Client) -> None:
    make_radio(is_on_sale=False)
    assert "/order/nissan/" not in page(client, SERIAL)


def test_a_serial_of_one_brand_opens_its_form_filled_in(client: Client) -> None:
    radio = make_radio()
    response = client.post("/start/", {"q": "bp12 3456-7890 12"})
    assert (response.status_code, response["Location"]) == (307, "/order/nissan/filled/")
    form = client.post(response["Location"], {"q": "bp12 3456-7890 12"})
    assert form.context["form"]["serial"].value() == "bp12 3456-7890 12"
    assert form.context["reading"].kind == "recognised"
    assert radio.name in form.content.decode()
    assert not Order.objects.exists()


def test_a_serial_of_several_brands_asks_which_car(client: Client) -> None:
    make_radio()
    fiat = Brand.objects.create(slug="fiat", name="Fiat", position=3)
    make_radio(brand=fiat, name="Fiat Blaupunkt radio", price=1299)
    response = client.post("/start/", {"q": SERIAL})
    candidates = response.context["answer"].candidates
    assert [str(each.brand) for each in candidates] == ["Nissan", "Fiat"]
    assert [each.price_text for each in candidates] == ["€14.99", "€12.99"]
    assert candidates[1].promise in unescape(response.content.decode())


def test_another_brands_form_keeps_what_was_typed_but_no_tick(client: Client) -> None:
    make_radio()
    typed = {"serial": SERIAL, "email": "owner@example.com", "shows": "code", "consent": "on"}
    form = client.post("/order/nissan/filled/", typed).context["form"]
    assert {name: form[name].value() for name in typed if name != "consent"} == {
        name: value for name, value in typed.items() if name != "consent"
    }
    assert not form["consent"].value()
    assert not form.is_bound


def test_words_go_on_as_the_address_of_their_search(client: Client) -> None:
    response = client.post("/start/", {"q": "micra wait"})
    assert (response.status_code, response["Location"]) == (303, "/search/?q=micra+wait")
    part = client.post("/start/", {"q": "micra wait"}, headers={"hx-request": "true"})
    assert part["HX-Replace-Url"] == "/search/?q=micra+wait"
    assert 'href="/nissan/micra/"' in part.content.decode()


def test_a_serial_that_nobody_knows_enters_no_address(client: Client) -> None:
    response = client.post("/start/", {"q": "ZZ9876543210"})
    assert response.status_code == 200


@pytest.mark.parametrize("address", ["/start/", "/order/nissan/filled/"])
def test_only_our_own_pages_may_send_it(address: str) -> None:
    make_radio()
    client = Client(enforce_csrf_checks=True)
    for headers in (
        {},
        {"sec-fetch-site": "same-origin", "origin": "http://testserver"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "http://testserver"},
    ):
        assert client.post(address, {"q": SERIAL}, headers=headers).status_code in (200, 307)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {"sec-fetch-site": "same-origin", "origin": "http://elsewhere.example"},
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
    ):
        assert client.post(address, {"q": SERIAL}, headers=headers).status_code == 403
    assert client.get(address).status_code == 405


def test_the_start_sets_no_cookie(client: Client) -> None:
    make_radio()
    assert not client.post("/start/", {"q": SERIAL}).cookies
    assert not client.post("/start/", {"q": "micra"}).cookies


# ------------------------------------------------------------------ the page itself
@pytest.mark.parametrize(
    "typed",
    [
        "x" * 10_000,
        "🚗📻",
        "нисан",
        "%_\\'\"",
        "\u202e\ufeff",
        "1 " * 500,
        "ﷺ",
    ],
)
def test_odd_input_gets_a_clear_page(client: Client, typed: str) -> None:
    assert "Find your guide" in page(client, typed)


def test_endless_input_is_cut_and_says_so(client: Client) -> None:
    text = page(client, "micra " + "x" * 10_000)
    assert "too long for a search" in text
    assert "x" * 100 not in text
    assert 'href="/nissan/micra/"' in text


def test_what_was_typed_is_escaped(client: Client) -> None:
    text = client.get("/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_it_sets_no_cookie_and_is_no_page_for_search_engines(client: Client) -> None:
    response = client.get("/search/", {"q": "micra"})
    assert not response.cookies
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_while_typing_only_the_answer_is_sent(client: Client) -> None:
    text = page(client, "micar", **{"hx-request": "true"})
    assert 'href="/nissan/micra/"' in text
    assert "1 guide." in text
    assert "<html" not in text


@pytest.mark.parametrize("typed", ["micar 2008", "nissan wait", SERIAL, "toyota", ""])
def test_it_asks_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, typed: str
) -> None:
    make_radio()
    for number in range(20):
        make_car(Brand.objects.get(slug="nissan"), f"Nota{number}", ("E11", 2005, 2012))
    with django_assert_max_num_queries(7):
        page(client, typed)


def test_every_page_has_a_way_to_search(client: Client) -> None:
    for path in ("/", "/nissan/"):
        assert 'action="/start/"' in client.get(path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_looks_in_memory_until_the_content_changes(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_radio()
    assert found(client, "note") == []
    page(client, SERIAL)
    the_version_was_just_read()
    with django_assert_num_queries(0):
        assert found(client, "micra") == ["/nissan/micra/"]
        page(client, SERIAL)
    make_car(Brand.objects.get(slug="nissan"), "Note")
    assert found(client, "note") == ["/nissan/note/"]
