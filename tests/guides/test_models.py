"""Car models: each has an address, a page of its own or its place on the brand's page."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils.text import slugify

from guides.models import Brand, Guide
from tests.steps.content import load_all, loaded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def content() -> None:
    loaded(load_all)


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def test_each_model_has_its_place_on_the_page_of_its_brand_and_in_the_sitemap(
    client: Client,
) -> None:
    sitemap = text(client, "/sitemap.xml")
    for brand in Brand.objects.exclude(guides=None):
        page = text(client, brand.get_absolute_url())
        ids = re.findall(r'id="([^"]+)"', page)
        for name in brand.model_names:
            slug = slugify(name)
            address = f"/{brand.slug}/#{slug}"
            assert ids.count(slug) == 1, address
            assert f"<loc>http://testserver{address}</loc>" in sitemap
            assert not Guide.objects.filter(brand=brand, car_model__slug=slug).exists()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("/volkswagen/golf/", "/volkswagen/#golf"),
        ("/renault-dacia/megane/", "/renault-dacia/#megane"),
        ("/nissan/kubistar/", "/nissan/primastar/"),
        ("/vauxhall-opel/movano/", "/vauxhall-opel/vivaro/"),
        ("/fiat/stilo/", "/fiat/bravo/"),
    ],
)
def test_each_models_address_leads_to_it(client: Client, typed: str, address: str) -> None:
    response = client.get(typed)
    assert (response.status_code, response["Location"]) == (302, address)


@pytest.mark.parametrize("address", ["/nissan/patrol/", "/toyota-lexus/corolla/"])
def test_a_model_that_no_code_helps_sells_nothing(client: Client, address: str) -> None:
    page = text(client, address)
    assert "We sell no code for this radio" in page
    assert "Order the code" not in page and "/order/" not in page.partition("<main")[2]
    assert '"Product"' not in page
    _, brand, model, _ = address.split("/")
    assert f'<option value="{model}' not in text(client, f"/order/{brand}/")


@pytest.mark.parametrize(
    ("address", "is_listed"),
    [
        ("/", True),
        ("/nissan/", True),
        ("/nissan/patrol/", True),
        ("/fiat/500/", True),
        ("/nissan/leaf/", False),  # thin
        ("/search/", False),
        ("/search/?q=micra", False),
        ("/order/nissan/", False),
        ("/order/mazda/", False),
        ("/orders/find/", False),
    ],
)
def test_pages_without_anything_of_their_own_are_not_for_search_engines(
    client: Client, address: str, is_listed: bool
) -> None:
    response = client.get(address)
    said = f"{response.get('X-Robots-Tag')} {response.content.decode()}"
    assert ("noindex" in said) is not is_listed
