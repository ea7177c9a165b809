"""A brand's page, a car model's guide and the legal texts, as a reader gets them."""

import html
import re
from datetime import date
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guides.models import (
    Brand,
    CarModel,
    Fact,
    Generation,
    Guide,
    LegalText,
    Passage,
    Procedure,
    Question,
    Symptom,
)

pytestmark = pytest.mark.django_db


def make_guide(brand: Brand, car_model: CarModel | None = None, **fields: Any) -> Guide:
    values = {"title": "Radio code", "description": "d", "intro": "i", **fields}
    return Guide.objects.create(
        brand=brand, car_model=car_model, last_reviewed=date(2026, 11, 1), **values
    )


def make_micra(**fields: Any) -> Guide:
    brand = Brand.objects.create(slug="nissan", name="Nissan")
    make_guide(brand, title="Nissan radio code")
    micra = CarModel.objects.create(brand=brand, slug="micra", name="Micra")
    return make_guide(brand, micra, title="Nissan Micra radio code", **fields)


def page(client: Client, path: str = "/nissan/micra/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_a_guide_answers_first(client: Client) -> None:
    make_micra(number_needed="The serial", where_it_is="On the label", tries="Two at most")
    text = page(client)
    assert text.index("The serial") < text.index("On the label") < text.index("Two at most")


def test_a_guide_shows_its_rows(client: Client) -> None:
    guide = make_micra()
    Passage.objects.create(guide=guide, section="free", text="Look at the card.")
    Symptom.objects.create(guide=guide, shows="wait", title="WAIT", answer="Leave it on.")
    Question.objects.create(guide=guide, question="How long is it?", answer="Four digits.")
    text = page(client)
    for words in ("Look at the card.", 'id="shows-wait"', "Leave it on.", "Four digits."):
        assert words in text


def test_a_procedure_names_the_generations_it_serves(client: Client) -> None:
    guide = make_micra()
    micra = CarModel.objects.get(slug="micra")
    k12 = Generation.objects.create(car_model=micra, code="K12", name="Micra III")
    procedure = Procedure.objects.create(
        guide=guide, kind="find", title="Hold 1 and 6", steps=["Hold."], drawing="hold-1-6"
    )
    procedure.generations.add(k12)
    text = page(client)
    assert '<span class="tag">K12</span>' in text
    assert "hold button 6" in text


DRAWINGS = [name for name in Procedure.Drawing.values if name]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_every_drawing_is_drawn(client: Client, drawing: str) -> None:
    Procedure.objects.create(
        guide=make_micra(), kind="enter", title="Enter", steps=["Do."], drawing=drawing
    )
    assert "<svg" in page(client).partition('id="enter"')[2]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_drawing_is_small_and_described(drawing: str) -> None:
    drawn = render_to_string(f"guides/drawings/{drawing}.html")
    assert len(re.sub(r"\s+", " ", drawn).encode()) < 4096
    for svg in re.findall(r"<svg[^>]*>", drawn):
        assert re.search(r'role="img"\s+aria-label="[^"]+"', svg)


def test_what_a_guide_lacks_comes_from_its_brand(client: Client) -> None:
    brands = Guide.objects.get(brand=make_micra().brand, car_model=None)
    Symptom.objects.create(guide=brands, shows="secure", title="SECURE", answer="A dealer.")
    assert "A dealer." in page(client)


def test_its_own_row_replaces_the_brands(client: Client) -> None:
    guide = make_micra()
    brands = Guide.objects.get(brand=guide.brand, car_model=None)
    Symptom.objects.create(guide=brands, shows="wait", title="WAIT", answer="An hour.")
    Symptom.objects.create(guide=guide, shows="wait", title="WAIT", answer="Half an hour.")
    text = page(client)
    assert "Half an hour." in text
    assert "An hour." not in text


def test_a_weak_source_is_told(client: Client) -> None:
    guide = make_micra()
    Fact.objects.create(key="nissan.note.1", guide=guide, confidence="low", sources=["x"])
    Passage.objects.create(guide=guide, section="free", text="Ask.", facts=["nissan.note.1"])
    assert "Weakly sourced" in page(client)


def test_a_manual_is_named_only_where_all_is_from_it(client: Client) -> None:
    guide = make_micra()
    values = {"guide": guide, "confidence": "medium", "sources": ["x"]}
    Fact.objects.create(key="nissan.note.1", is_from_maker=True, **values)
    Fact.objects.create(key="nissan.note.2", **values)
    row = Passage.objects.create(guide=guide, section="free", text="Ask.", facts=["nissan.note.1"])
    assert (
        "From a manufacturer's manual" in html.unescape(page(client)).partition('id="sources"')[0]
    )
    Passage.objects.filter(pk=row.pk).update(facts=["nissan.note.1", "nissan.note.2"])
    shown = html.unescape(page(client)).partition('id="sources"')[0]
    assert "From a manufacturer's manual" not in shown
    assert "From one source" in shown


def test_a_source_without_address_is_named(client: Client) -> None:
    guide = make_micra()
    Fact.objects.create(
        key="nissan.note.1", guide=guide, says="s", confidence="medium", sources=["an old copy"]
    )
    assert "an old copy" in page(client).partition('id="sources"')[2]


def test_a_thin_page_says_what_is_not_known(client: Client) -> None:
    guide = make_micra(is_thin=True)
    Passage.objects.create(guide=guide, section="radios", text="Which buttons it has.")
    shown = page(client).partition('id="unknown"')[2].partition("</section>")[0]
    assert "We know little" in shown
    assert "Which buttons it has." in shown


def test_a_thin_page_is_not_for_search_engines(client: Client) -> None:
    make_micra(is_thin=True)
    assert '<meta name="robots" content="noindex">' in page(client)


def test_an_unpublished_guide_is_not_found(client: Client) -> None:
    make_micra(is_published=False)
    assert client.get("/nissan/micra/").status_code == 404
    assert "Micra" not in page(client, "/nissan/")


def test_an_unknown_brand_is_not_found(client: Client) -> None:
    assert client.get("/nobody/").status_code == 404


def test_pages_set_no_cookie_and_may_be_kept(client: Client) -> None:
    make_micra()
    for path in ("/nissan/", "/nissan/micra/"):
        response = client.get(path)
        assert not response.cookies
        assert "public" in response["Cache-Control"]
        assert "Cookie" not in response.get("Vary", "")


def test_a_guide_takes_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    guide = make_micra()
    micra = CarModel.objects.get(slug="micra")
    for code in ("K12", "K13", "K14"):
        generation = Generation.objects.create(car_model=micra, key=code, code=code, name=code)
        row = Procedure.objects.create(guide=guide, kind="find", title=code, steps=["x"])
        row.generations.add(generation)
    with django_assert_max_num_queries(8):
        page(client)


def test_a_brand_lists_its_models(client: Client) -> None:
    make_micra()
    assert 'href="/nissan/micra/"' in page(client, "/nissan/")


def test_a_legal_text_has_headings_and_no_markup_of_its_own(client: Client) -> None:
    LegalText.objects.create(slug="terms", title="Terms", body="# Price\n\nWith <b>VAT</b>.")
    text = page(client, "/terms/")
    assert "<h2>Price</h2>" in text
    assert "&lt;b&gt;VAT" in text
