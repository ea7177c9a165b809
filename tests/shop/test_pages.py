"""Home, what machines ask for, the pages for faults, and the face that all of them share."""

import re
from datetime import date

import pytest
from django.test import Client, RequestFactory

from guides.models import Brand, CarModel, Guide, Symptom
from orders.models import Selling
from shop import views
from shop.templatetags.face import display, presets
from tests.steps.factories import make_radio


def make_nissan() -> Guide:
    brand = Brand.objects.create(slug="nissan", name="Nissan")
    return Guide.objects.create(
        brand=brand, title="t", description="d", intro="i", last_reviewed=date(2026, 11, 1)
    )


@pytest.mark.django_db
def test_home_links_to_brands_and_tells_the_promise(client: Client) -> None:
    make_nissan()
    text = client.get("/").content.decode()
    assert 'href="/nissan/"' in text
    assert "charged only when we have your code" in text


@pytest.mark.django_db
def test_home_asks_what_the_radio_shows(client: Client) -> None:
    Symptom.objects.create(guide=make_nissan(), shows="wait", title="WAIT", answer="Leave it on.")
    text = client.get("/").content.decode()
    assert 'href="#shows-wait"' in text
    assert 'id="shows-wait"' in text
    assert text.index("A timer is running") < text.index('href="/nissan/#shows-wait"')


@pytest.mark.django_db
def test_home_says_price_and_time_first_and_that_selling_is_paused(client: Client) -> None:
    make_radio(brand=make_nissan().brand)
    lede = client.get("/").content.decode().partition('class="lede"')[2].partition("</p>")[0]
    assert re.search(r"14[.,]99.*within 24 hours", lede, re.DOTALL)
    Selling.objects.create(pk=1, is_open=False, message="Back on Monday.")
    assert "Back on Monday." in client.get("/").content.decode()


@pytest.mark.django_db
def test_home_sets_no_cookie_and_holds_nothing_inline(client: Client) -> None:
    response = client.get("/")
    assert not response.cookies
    assert b"style=" not in response.content
    assert re.findall(rb"<script(?! src=| type=.application/ld)", response.content) == []


@pytest.mark.django_db
def test_an_unpublished_brand_is_not_offered(client: Client) -> None:
    Guide.objects.filter(pk=make_nissan().pk).update(is_published=False)
    assert 'href="/nissan/"' not in client.get("/").content.decode()


@pytest.mark.django_db
def test_no_page_says_no_signal_and_shows_the_brands(client: Client) -> None:
    make_nissan()
    response = client.get("/no/where/at/all/")
    assert response.status_code == 404
    assert 'aria-label="NO SIGNAL"' in response.content.decode()
    assert 'href="/nissan/"' in response.content.decode()


def test_a_fault_is_told_without_a_database(rf: RequestFactory) -> None:
    response = views.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_stale_form_is_told_kindly(rf: RequestFactory) -> None:
    response = views.csrf_failure(rf.post("/"))
    assert response.status_code == 403
    assert "reload the page" in response.content.decode()


def test_the_display_speaks_and_escapes_its_text() -> None:
    assert 'aria-label="&lt;b&gt;"' in display("<b>")
    assert 'aria-hidden="true"' in display("4805", label="")


def test_digits_are_told_apart() -> None:
    assert len({display(digit, label="") for digit in "0123456789"}) == 10


def test_a_zero_is_left_alone() -> None:
    buttons = presets("", False, [(1, 4), (2, 0)])
    assert buttons[0].spoken == "press preset 1 4 times"
    assert buttons[1].spoken == "leave preset 2 alone"
    assert not buttons[2].badge


@pytest.mark.django_db
def test_a_brand_of_many_models_lists_the_first_and_leads_to_all(client: Client) -> None:
    brand = make_nissan().brand
    for place in range(30):
        car_model = CarModel.objects.create(
            brand=brand, slug=f"model-{place}", name=f"Model {place}", position=place
        )
        Guide.objects.create(
            brand=brand, car_model=car_model, title=car_model.name, description="d", intro="i",
            last_reviewed=date(2026, 11, 1),
        )  # fmt: skip
    page = client.get("/").content.decode()
    assert "/nissan/model-23/" in page
    assert "/nissan/model-24/" not in page
    assert "All Nissan models" in page
