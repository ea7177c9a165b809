"""What search engines and those who share a link get to see of a guide."""

import json
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from guides import offers
from guides.models import CarModel, Fact, Generation, Guide, LegalText, Passage, Question
from tests.steps import schema_org
from tests.steps.content import load_all, loaded
from tests.steps.factories import make_brand, make_car_model, make_fallback_radio, make_radio

pytestmark = pytest.mark.django_db
SITE = "http://testserver"


class Head(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.addresses: set[str] = set()  # of all that a browser loads by itself
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and "content" in values:
            self.meta[values.get("property") or values.get("name", "")] = values["content"]
        if tag == "link":
            self.links[values["rel"]] = values["href"]
        if tag == "link" and values["rel"] in ("stylesheet", "icon"):
            self.addresses.add(values["href"])
        if "src" in values:
            self.addresses.add(values["src"])


def make_page(**values: Any) -> Guide:
    return Guide.objects.create(**{
        "brand": make_brand(), "title": "Nissan radio code", "description": "Find it.",
        "intro": "i", "last_reviewed": "2026-11-01",
    } | values)  # fmt: skip


def make_micra() -> Guide:
    make_page()
    guide = make_car_model().guide
    Question.objects.create(
        guide=guide, question="How long is <it> & why?", answer="Four </script>"
    )
    return guide


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def things(text: str) -> dict[str, Any]:
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    assert block
    data = json.loads(block[1])
    assert data["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in data["@graph"]}


# ------------------------------------------------------------------ the head
@pytest.mark.parametrize("path", ["/", "/nissan/", "/nissan/micra/", "/terms/"])
def test_each_page_names_itself(client: Client, path: str) -> None:
    make_micra()
    LegalText.objects.create(slug="terms", title="Terms", body="Text.")
    head = Head(text_of(client, path))
    assert head.links["canonical"] == head.meta["og:url"] == f"{SITE}{path}"
    for name in ("description", "og:title", "og:description", "og:site_name", "og:image:alt"):
        assert head.meta[name]
    picture = head.meta["og:image"]
    assert picture.startswith(f"{SITE}/")
    assert client.get(picture.removeprefix(SITE))["Content-Type"] == "image/png"


def test_the_canonical_address_takes_no_query(client: Client) -> None:
    make_micra()
    head = Head(text_of(client, "/nissan/micra/?utm_source=x"))
    assert head.links["canonical"] == f"{SITE}/nissan/micra/"


def test_crumbs_lead_up_to_the_brand(client: Client) -> None:
    make_micra()
    crumbs = text_of(client, "/nissan/micra/").partition('class="crumbs"')[2].partition("</nav>")[0]
    assert crumbs.index('href="/"') < crumbs.index('href="/nissan/"') < crumbs.index("Micra")
    assert '<span aria-current="page">Micra</span>' in crumbs


def test_the_first_visit_weighs_less_than_40_kb_and_asks_nobody_else(client: Client) -> None:
    loaded(load_all)
    response = client.get("/nissan/micra/", headers={"accept-encoding": "br"})
    weight = len(response.content)
    for address in Head(brotli.decompress(response.content).decode()).addresses:
        assert address.startswith("/static/"), address
        file = Path(settings.BASE_DIR / "shop/static" / address.removeprefix("/static/"))
        weight += len(brotli.compress(file.read_bytes()))
    assert weight < 40_000


# ------------------------------------------------------------------ structured data
def test_all_words_are_schema_orgs(client: Client) -> None:
    make_micra()
    make_radio()
    for path in ("/", "/nissan/", "/nissan/micra/"):
        for thing in things(text_of(client, path)).values():
            assert list(schema_org.faults(thing)) == []
    assert things(text_of(client, "/nissan/micra/")).keys() == {"BreadcrumbList", "Product"}


def test_home_names_the_seller(client: Client) -> None:
    assert things(text_of(client, "/"))["Organization"] == {
        "@type": "Organization", "name": "Encore", "legalName": "Encore Test Shop",
        "url": f"{SITE}/", "logo": f"{SITE}/static/shop/favicon.svg",
        "address": "1 Example Street, 00000 Example Town", "vatID": "XX000000000",
        "email": "hello@encore.example", "telephone": "+00 000 000000",
    }  # fmt: skip


@pytest.mark.slow
def test_all_words_of_all_pages_are_schema_orgs(client: Client) -> None:
    loaded(load_all)
    for guide in Guide.objects.select_related("brand", "car_model__brand"):
        for thing in things(text_of(client, guide.get_absolute_url())).values():
            assert list(schema_org.faults(thing)) == []


def test_a_wrong_word_would_be_found() -> None:
    wrong = {
        "@type": "Product",
        "name": "x",
        "image": "/x",
        "prize": 1,
        "offers": {"@type": "Brand"},
    }
    assert len(list(schema_org.faults(wrong))) == 5


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("BreadcrumbList", {"itemListElement"}),
        ("ListItem", {"position", "name", "item"}),
        ("Product", {"name", "description", "image", "brand", "offers"}),
        ("Offer", {"price", "priceCurrency", "availability", "url", "seller"}),
        ("AggregateOffer", {"lowPrice", "highPrice", "offerCount", "priceCurrency"}),
        ("Organization", {"name", "url"}),
    ],
)
def test_each_thing_that_lacks_a_field_would_be_found(kind: str, fields: set[str]) -> None:
    missing = {f"{kind} lacks {name}" for name in fields}
    assert set(schema_org.faults({"@type": kind})) == missing


def test_what_is_typed_cannot_end_the_block(client: Client) -> None:
    make_micra()
    make_radio()
    Guide.objects.update(title="How long is <it> & why? </script>")
    product = things(text_of(client, "/nissan/micra/"))["Product"]
    assert product["name"] == "How long is <it> & why? </script>"


def test_breadcrumbs_are_those_of_the_page(client: Client) -> None:
    make_micra()
    crumbs = things(text_of(client, "/nissan/micra/"))["BreadcrumbList"]["itemListElement"]
    assert [(each["position"], each["name"], each["item"]) for each in crumbs] == [
        (1, "Encore", f"{SITE}/"),
        (2, "Nissan", f"{SITE}/nissan/"),
        (3, "Micra", f"{SITE}/nissan/micra/"),
    ]


def test_the_offer_has_the_price_of_the_page(client: Client) -> None:
    make_micra()
    make_radio(price=1499)
    offer = things(text_of(client, "/nissan/micra/"))["Product"]["offers"]
    assert offer["@type"] == "Offer"
    assert (offer["price"], offer["priceCurrency"]) == ("14.99", "EUR")


def test_prices_that_differ_show_the_lowest_and_the_highest(client: Client) -> None:
    make_micra()
    make_radio(price=1499)
    make_fallback_radio(price=2499)
    offer = things(text_of(client, "/nissan/"))["Product"]["offers"]
    assert offer["@type"] == "AggregateOffer"
    assert (offer["lowPrice"], offer["highPrice"], offer["offerCount"]) == ("14.99", "24.99", 2)


def test_a_guide_without_a_seller_offers_nothing(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(offers, "offer_for", lambda guide, generation: None)
    make_micra()
    make_radio()
    text = text_of(client, "/nissan/micra/")
    assert "Product" not in things(text) and "Order the code" not in text


def test_what_is_not_on_sale_is_no_product(client: Client) -> None:
    make_micra()
    make_radio(is_on_sale=False)
    assert "Product" not in things(text_of(client, "/nissan/micra/"))


# ------------------------------------------------------------------ the picture
def test_a_link_comes_with_a_picture(client: Client) -> None:
    response = client.get("/card.png")
    image = Image.open(BytesIO(response.content))
    assert image.size == (1200, 630)
    assert len(response.content) < 40_000
    assert response["ETag"]


@pytest.mark.parametrize("path", ["/nissan/card.png", "/nissan/micra/card.png"])
def test_links_shared_earlier_keep_a_picture(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (301, "/card.png")


# ------------------------------------------------------------------ pages that are not there
def test_a_withdrawn_page_is_gone_and_leads_on(client: Client) -> None:
    guide = make_micra()
    guide.is_published = False
    guide.save()
    response = client.get("/nissan/micra/")
    assert response.status_code == 410
    text = response.content.decode()
    assert 'href="/nissan/"' in text
    assert "“Micra radio code”" in text


def test_a_withdrawn_brand_is_gone_and_names_its_models(client: Client) -> None:
    make_micra()
    Guide.objects.filter(car_model=None).update(is_published=False)
    response = client.get("/nissan/")
    assert response.status_code == 410
    assert 'href="/nissan/micra/"' in response.content.decode()


def test_a_page_that_comes_back_is_found(client: Client) -> None:
    make_micra()
    for is_published, status in ((False, 410), (True, 200)):
        Guide.objects.update(is_published=is_published)
        assert client.get("/nissan/micra/").status_code == status


def test_a_page_that_was_never_published_is_not_found(client: Client) -> None:
    make_page(is_published=False)
    assert client.get("/nissan/").status_code == 404


def test_an_unknown_car_is_led_to_its_brand(client: Client) -> None:
    make_micra()
    response = client.get("/nissan/fairlady/")
    assert response.status_code == 404
    assert '<a href="/nissan/">Nissan radio code</a>' in response.content.decode()


# ------------------------------------------------------------------ when a page changed
@pytest.mark.parametrize(
    "change",
    [
        lambda guide: Passage.objects.create(guide=guide, section="free", text="New."),
        lambda guide: Question.objects.filter(guide=guide).update(answer="Five."),
        lambda guide: Question.objects.all().delete(),
        lambda guide: Question.objects.get().delete(),
        lambda guide: Fact.objects.bulk_create([Fact(key="x.1", guide=guide, confidence="low")]),
        lambda guide: Generation.objects.get().save(),
        lambda guide: CarModel.objects.update(name="March"),
        lambda guide: make_brand().save(),
        lambda guide: make_radio(),
        lambda guide: guide.procedures.get().generations.clear(),
    ],
)
def test_the_date_moves_with_every_row_of_the_page(change: Any) -> None:
    guide = make_micra()
    before = Guide.objects.get(pk=guide.pk).updated_at
    change(guide)
    assert Guide.objects.get(pk=guide.pk).updated_at > before


def test_the_date_stays_when_another_page_changes() -> None:
    guide = make_micra()
    before = Guide.objects.get(pk=guide.pk).updated_at
    make_car_model(slug="note", name="Note")
    assert Guide.objects.get(pk=guide.pk).updated_at == before
