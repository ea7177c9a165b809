"""A brand's page, a car model's guide and the legal texts, as a reader gets them."""

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
from tests.steps.content import load_all, loaded
from tests.steps.factories import make_radio
from tests.steps.words_shown import words_shown

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


def test_what_rests_on_a_weak_fact_has_one_mark(client: Client) -> None:
    guide = make_micra()
    values = {"guide": guide, "sources": ["x"]}
    Fact.objects.create(key="nissan.note.1", confidence="low", **values)
    Fact.objects.create(key="nissan.note.2", confidence="medium", **values)
    Passage.objects.create(guide=guide, section="free", text="Ask.", facts=["nissan.note.1"])
    Passage.objects.create(guide=guide, section="free", text="Look.", facts=["nissan.note.2"])
    assert page(client).count("Not certain for every radio") == 1


def test_the_ledger_is_on_no_page(client: Client) -> None:
    guide = make_micra()
    Fact.objects.create(
        key="nissan.note.1", guide=guide, says="the fact", confidence="medium", sources=["a copy"]
    )
    Passage.objects.create(guide=guide, section="differ", text="Three, or ten.")
    text = page(client)
    for words in ("nissan.note.1", "the fact", "a copy", "Three, or ten."):
        assert words not in text
    assert "Checked on 1 November 2026." in text


def test_the_label_shows_the_example_of_the_page_or_its_brand(client: Client) -> None:
    guide = make_micra()
    brands = Guide.objects.get(brand=guide.brand, car_model=None)
    Guide.objects.filter(pk=brands.pk).update(label_serial="T1[A123]", label_other="92 057")
    Procedure.objects.create(guide=guide, kind="find", title="L", steps=["x"], drawing="label")
    assert ">A123</text>" in page(client) and ">92 057</text>" in page(client)
    guide.label_serial = "S/N [BP12]"
    guide.save()
    assert ">BP12</text>" in page(client)
    Guide.objects.update(label_other="")
    assert "not this" not in page(client)


def test_a_state_that_no_code_helps_hides_the_bar(client: Client) -> None:
    guide = make_micra()
    Symptom.objects.create(guide=guide, shows="new", title="NEW", answer="x", code_helps="no")
    Symptom.objects.create(guide=guide, shows="code", title="CODE", answer="x", code_helps="yes")
    assert re.findall(r'class="card advice hopeless"\s+id="shows-(\w+)"', page(client)) == ["new"]


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


def make_generations() -> None:
    guide = make_micra(
        where_it_is="K12: on the display. K13: in the menu. All: on the label.",
        number_needed="The serial",
    )
    micra = CarModel.objects.get(slug="micra")
    codes = ("K12", "K13")
    generations = [Generation.objects.create(car_model=micra, code=c, name=c) for c in codes]
    for title, serves in (("Hold 1 and 6", generations[:1]), ("The menu", generations[1:])):
        row = Procedure.objects.create(
            guide=guide, kind="find", title=title, steps=["x"], caution="Stop. A K13 shows less."
        )
        row.generations.set(serves)
    Procedure.objects.create(guide=guide, kind="enter", title="Of 1993", serves="K11", steps=["x"])
    Question.objects.create(guide=guide, question="Why does my K13 ask?", answer="It must.")
    Question.objects.create(guide=guide, question="Why?", answer="As a K13 does.")


def test_the_path_of_a_generation_hides_what_is_for_the_others(client: Client) -> None:
    make_generations()
    whole, k12 = page(client), page(client, "/nissan/micra/k12/")
    for words in (
        "The menu",
        "in the menu.",
        "Why does my K13 ask?",
        "Of 1993",
        "A K13 shows less",
    ):
        assert words in whole
        assert words not in k12
    for words in ("Hold 1 and 6", "K12: on the display. All: on the label.", "As a K13 does."):
        assert words in k12
    for text in (whole, k12):
        assert 'rel="canonical" href="http://testserver/nissan/micra/"' in text
        assert 'href="/nissan/micra/k13/"' in text
    assert re.search(r'href="/nissan/micra/k12/"\s+aria-current="page"', k12)
    assert client.get("/nissan/micra/k14/").status_code == 404
    assert "k12" not in client.get("/sitemap.xml").content.decode()


def test_steps_for_a_radio_of_no_generation_are_folded_last(client: Client) -> None:
    make_generations()
    assert page(client).index("Other radios") < page(client).index("Of 1993")


def test_an_order_from_a_generations_path_names_the_generation(client: Client) -> None:
    make_generations()
    make_radio(brand=Brand.objects.get())
    text = page(client, "/nissan/micra/k12/")
    assert "/order/nissan/?model=micra&amp;generation=k12" in text


def test_the_micras_guide_is_short(client: Client) -> None:
    loaded(load_all)
    for path in ("/nissan/micra/", "/nissan/micra/k12/"):
        assert 300 < len(words_shown(page(client, path))) <= 600
