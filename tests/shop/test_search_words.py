"""The search over the guides as shipped: what owners type leads to their car's page."""

import pytest
from django.test import Client

from tests.steps.content import load_all, loaded
from tests.steps.families import make_family

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def content() -> None:
    loaded(load_all)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("duster", "/renault-dacia/#duster"),
        ("renault clio", "/renault-dacia/#clio"),
        ("megane", "/renault-dacia/#megane"),
        ("cr-v", "/honda/#cr-v"),
        ("honda civic", "/honda/civic/"),
        ("panda", "/fiat/#panda"),
        ("vw golf", "/volkswagen/#golf"),
        ("octavia", "/skoda/octavia/"),
        ("kubistar", "/nissan/primastar/"),
        ("206", "/peugeot-citroen/#206"),
        ("a3", "/audi/#a3"),
        ("vivaro", "/vauxhall-opel/vivaro/"),
        ("nv200", "/nissan/#nv200"),
        ("ford focus 6000cd", "/ford/#focus"),
        ("travelpilot", "/ford/"),
        ("pre-code", "/renault-dacia/"),
        ("precode", "/renault-dacia/"),
        ("land rover freelander", "/land-rover/#freelander"),
        ("toyota yaris", "/toyota-lexus/#yaris"),
        ("jaguar", "/jaguar/"),
        ("mitsubishi", "/mitsubishi/"),
        ("nissan qashqai 2014", "/nissan/qashqai/"),
    ],
)
def test_a_car_or_a_radio_leads_to_its_page(client: Client, typed: str, address: str) -> None:
    answer = client.get("/search/", {"q": typed}).context["answer"]
    assert answer.found.is_exact
    assert answer.found.hits[0].get_absolute_url() == address


def test_the_page_of_the_brand_has_the_model(client: Client) -> None:
    assert '<li id="golf">Golf</li>' in client.get("/volkswagen/").content.decode()


@pytest.mark.parametrize(
    ("typed", "brand"),
    [
        ("S/N BP538469512132", "nissan"),
        ("FDMCAICM140687", "ford"),
        ("V123456", "ford"),
        ("281155216RT V323", "renault-dacia"),
    ],
)
def test_the_likeliest_car_of_a_serial_comes_first(client: Client, typed: str, brand: str) -> None:
    make_family("nissan_bp", "released")
    make_family("ford_m", "released")
    make_family("renault_precode", "released")
    answer = client.post("/start/", {"q": typed}, follow=False)
    if answer.status_code == 307:
        assert answer["Location"] == f"/order/{brand}/filled/"
    else:
        assert answer.context["answer"].candidates[0].brand.slug == brand


@pytest.mark.parametrize("typed", ["safe 2", "no sound", "saab 9-5"])
def test_it_takes_no_car_for_another(client: Client, typed: str) -> None:
    assert client.get("/search/", {"q": typed}).context["answer"].found.hits == []


@pytest.mark.parametrize(
    ("typed", "brand", "code_helps"),
    [
        ("hyundai 1 cde", "hyundai-kia", "yes"),
        ("mercedes slk audio 10 code err", "mercedes-benz", "later"),
        ("mazda mx-5 err", "mazda", "no"),
        ("audi safe", "audi", "yes"),
        ("10 safe", "vauxhall-opel", "yes"),
    ],
)
def test_what_the_display_shows_is_answered_for_that_brand(
    client: Client, typed: str, brand: str, code_helps: str
) -> None:
    first = client.get("/search/", {"q": typed}).context["answer"].found.symptoms[0]
    assert (first.guide.brand.slug, first.code_helps) == (brand, code_helps)
