"""Brands that are ordered from before they have a page, makes without a brand, and Mazda."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from guides.loading.guides import CONTENT as GUIDES
from guides.loading.guides import load_guides
from guides.loading.pages import Outcome
from guides.models import Brand, Guide, LoadedPage
from orders.desk.label_photos import begin_photo, keep_photo
from orders.models import ANOTHER_MAKE, Order, Payment, Radio
from orders.radio_files import CONTENT, load_radios, read_radios
from orders.serials import Kind, Reading
from tests.steps.content import loaded
from tests.steps.order_form import answers, hidden_fields
from tests.steps.photos import jpeg
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db

FILES = {file.path.stem: file.content for file in read_radios([CONTENT])}
NEW = {slug: content for slug, content in FILES.items() if content.brand}
SOLD = sorted(slug for slug, content in NEW.items() if content.radios)
NOT_SOLD = sorted(NEW.keys() - set(SOLD))
WIDE = {"alpine-5", "erc"}  # that much else fits too
FORM = f"/order/{ANOTHER_MAKE}/"


def content() -> None:
    """All radios, and the pages of the brands whose radios' file names no brand."""
    load_guides([path for path in GUIDES.iterdir() if path.stem not in NEW])
    load_radios()


@pytest.fixture(autouse=True)
def shop(settings: Any) -> None:
    settings.PELOCK_API_KEY = "key"
    loaded(content)


def text(response: Any) -> str:
    return unescape(response.content.decode())


def checked(client: Client, slug: str, serial: str) -> tuple[Reading, Radio]:
    """What the live check makes of a serial."""
    response = client.post(f"/order/{slug}/serial/", {"serial": serial})
    return response.context["reading"], response.context["radio"]


# ------------------------------------------------------------------ each brand's form
@pytest.mark.parametrize("slug", SOLD)
def test_its_form_takes_its_serials_and_refuses_its_traps(client: Client, slug: str) -> None:
    for radio in NEW[slug].radios:
        if not radio.is_fallback:
            reading, taker = checked(client, slug, radio.example)
            kind = Kind.TO_CONFIRM if radio.key in WIDE else Kind.RECOGNISED
            assert (reading.kind, taker.key) == (kind, radio.key)
    traps = [entry.example for entry in NEW[slug].not_serials]
    for typed in (*traps, "WF0ABCD1234567890", "7612830042", "SAFE"):
        assert checked(client, slug, typed)[0].kind == Kind.NOT_A_SERIAL


def test_a_shape_that_makes_share_is_known_on_each_form(client: Client) -> None:
    for serial, slugs in {
        "VWZ1Z2A1234567": ["volkswagen", "skoda", "seat"],
        "SKZ1Z2A1234567": ["volkswagen", "skoda"],
        "SEZ1Z2A1234567": ["volkswagen", "seat"],
        "BP123412345678": ["nissan", "fiat", "alfa-romeo", "lancia", "skoda", "seat", "bmw-mini"],
        "815CM1234A1234567": ["nissan", "fiat", "alfa-romeo", "lancia"],
        "A2C1234567890123456": ["fiat", "alfa-romeo", "lancia", "chrysler-jeep-dodge"],
        "M123456": ["ford", "fiat", "jaguar", "land-rover"],
        "J220": ["renault-dacia", "nissan", "vauxhall-opel", "mercedes-benz"],
    }.items():
        for slug in slugs:
            assert checked(client, slug, serial)[0].kind == Kind.RECOGNISED, (slug, serial)


def test_the_supplier_is_asked_for_its_part_of_a_serial(client: Client) -> None:
    for slug, typed, asked in (
        ("chrysler-jeep-dodge", "TM91234A125678", "5678"),
        ("chrysler-jeep-dodge", "TVPQN1234A56B8", "56B8"),
        ("chrysler-jeep-dodge", "T00AM1234T5678", "T00AM1234T5678"),
        ("chrysler-jeep-dodge", "TQNAA1234A5678", "TQNAA1234A5678"),
        ("chrysler-jeep-dodge", "TZ1AA1234T5678", None),
        ("jaguar", "12345", "12345"),
        ("toyota-lexus", "ABCD1234EFGH5678", "ABCD1234EFGH5678"),
        ("fiat", "A1234", "1234"),
        ("fiat", "A2C1234567890123456", "3456"),
        ("fiat", "A2C123456789", None),  # not whole: staff check it
        ("fiat", "M123456", "123456"),
        ("nissan", "J220", "J220"),
        ("vauxhall-opel", "J220", "J220"),
    ):
        radio = checked(client, slug, typed)[1]
        part = radio.serial_for_supplier(typed) if radio.supplier_model else None
        assert part == asked, (slug, typed)


def test_its_order_can_be_placed(client: Client, stripe: Stripe) -> None:
    sent = answers(serial="SKZ1Z2A1234567", car=None)
    assert client.post("/order/skoda/", sent).status_code == 303
    assert Order.objects.get().radio.key == "skz"


# ------------------------------------------------------------------ until its page exists
@pytest.mark.parametrize("slug", sorted(NEW))
def test_its_address_leads_to_its_form_with_what_to_do_first(client: Client, slug: str) -> None:
    response = client.get(f"/{slug}/")
    assert (response.status_code, response["Location"]) == (302, f"/order/{slug}/")
    page = " ".join(text(client.get(response["Location"])).split())
    assert " ".join(NEW[slug].brand.advice.split()) in page  # type: ignore[union-attr]
    assert "the guide says where" not in page


def test_its_page_takes_over(client: Client) -> None:
    brand = Brand.objects.get(slug="skoda")
    Guide.objects.create(
        brand=brand, title="Škoda radio code", description="d", intro="i",
        last_reviewed="2026-11-29",
    )  # fmt: skip
    assert client.get("/skoda/").status_code == 200
    page = text(client.get("/order/skoda/"))
    assert "the guide says where" in page and "about 2005" not in page


def test_a_page_that_was_withdrawn_stays_gone(client: Client) -> None:
    Guide.objects.filter(brand__slug="ford").update(is_published=False)
    assert client.get("/ford/").status_code == 410


def test_sitemap_and_home_leave_it_out(client: Client) -> None:
    sitemap, home = text(client.get("/sitemap.xml")), text(client.get("/"))
    for slug in NEW:
        assert f"/{slug}/</loc>" not in sitemap
        assert f'href="/{slug}/"' not in home
    assert f'href="{FORM}"' in home


def test_a_file_without_a_page_loads_once(client: Client) -> None:
    assert load_radios().summary() == "nothing changed"
    assert not LoadedPage.left().exists()


def test_advice_that_staff_changed_is_left_alone(tmp_path: Path) -> None:
    Brand.objects.filter(slug="skoda").update(advice="Ask Vera.")
    newer = tmp_path / "skoda.yaml"
    newer.write_text((CONTENT / "skoda.yaml").read_text().replace("SAFE", "SAFE!"))
    assert load_radios([newer]).outcomes["advice/skoda"] is Outcome.LEFT
    assert Brand.objects.get(slug="skoda").advice == "Ask Vera."


# ------------------------------------------------------------------ search
FOUND = {
    "skoda": ["skoda"],
    "Škoda": ["skoda"],
    "skoda octavia": ["skoda"],
    "seat ibiza": ["seat"],
    "alfa romeo 147": ["alfa-romeo"],
    "alfa": ["alfa-romeo"],
    "lancia thema": ["lancia"],
    "jeep": ["chrysler-jeep-dodge"],
    "jaguar": ["jaguar"],
    "land rover freelander": ["land-rover"],
    "toyota yaris": ["toyota-lexus"],
    "mercedes slk audio 10 code err": ["mercedes-benz"],
    "mercedes-benz": ["mercedes-benz"],
    "bmw e46": ["bmw-mini"],
    "volvo": ["volvo"],
    "mitsubitshi": ["mitsubishi"],
    "suzuki": ["suzuki"],
    "hyundai 1 CDE": ["hyundai-kia"],
    "kia": ["hyundai-kia"],
    "mazda mx-5 err": ["mazda"],
    "smart": ["smart"],
    "freelander": ["land-rover"], "yaris": ["toyota-lexus"], "audi delta": [], "z3": ["bmw-mini"],
    "mx-5": ["mazda"], "micra": [], "vw golf": [], "ford focus": [], "audi": [], "dacia": [],
    "rover 75": [],
}  # fmt: skip


def test_the_search_names_it_with_its_form(client: Client) -> None:
    for typed, slugs in FOUND.items():
        response = client.get("/search/", {"q": typed})
        found = response.context["answer"].found
        assert [brand.slug for brand in found.brands] == slugs, typed
        for brand in found.brands:
            assert f'href="/order/{brand.slug}/"' in text(response)
            pages = [*(hit.guide for hit in found.hits), *(row.guide for row in found.symptoms)]
            assert all(brand.name in page.brand.name for page in pages), typed


def test_what_nobody_knows_leads_to_the_form_for_another_make(client: Client) -> None:
    for typed in ("trabant", "nissan trabant"):
        assert f'href="{FORM}"' in text(client.get("/search/", {"q": typed}))
    assert FORM not in text(client.get("/search/", {"q": "micra"}))


def test_a_number_of_no_known_make_goes_along_to_that_form(client: Client) -> None:
    page = text(client.post("/start/", {"q": "RG349FV1086259"}))
    assert f'action="{FORM}filled/"' in page
    page = text(client.post(f"{FORM}filled/", {"serial": "RG349FV1086259"}))
    assert 'value="RG349FV1086259"' in page and "Make of the car" in page


def test_its_form_offers_the_form_of_the_make_that_has_such_serials(client: Client) -> None:
    response = client.post(f"{FORM}serial/", {"serial": "TQDAA091892814"})
    assert "/order/chrysler-jeep-dodge/filled/" in text(response)


# ------------------------------------------------------------------ another make
def rover(**changes: Any) -> dict[str, Any]:
    sent = {"make_typed": "Rover", "model_typed": " 75,  2003 ", "serial": "RG349FV1086259"}
    return answers(car=None, **(sent | changes))


def order_of_rover(client: Client, **changes: Any) -> Any:
    """Sends the form; what is questioned is sent again, as its page asks."""
    sent = rover(**changes)
    photo = begin_photo(sent["form_key"], "")
    keep_photo(photo, [jpeg()])
    response = client.post(FORM, sent)
    if response.status_code == 422:
        response = client.post(FORM, sent | hidden_fields(response.content.decode()))
    return response


def test_its_form_says_plainly_how_it_works(client: Client) -> None:
    page = text(client.get(FORM))
    for words in ("by hand", "No code, no charge", "Make of the car", "a photo of the label"):
        assert words in page
    assert "Order for another make" not in page
    assert 'href="/order/skoda/"' in page


def test_make_and_model_are_kept_and_staff_look(client: Client, stripe: Stripe) -> None:
    assert order_of_rover(client).status_code == 303
    order = Order.objects.get()
    assert (order.make, order.car, order.radio.sources) == ("Rover", "Rover 75, 2003", ["desk"])
    assert order.radio.needs == ["photo"]


def test_the_make_must_be_named(client: Client) -> None:
    response = client.post(FORM, rover(make_typed=" "))
    assert response.status_code == 422
    assert "Type the make of the car." in text(response)


def test_only_what_can_be_authorized_is_offered(
    client: Client, stripe: Stripe, settings: Any
) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    assert "iDEAL" not in text(client.get(FORM))
    order_of_rover(client)
    assert Payment.objects.get().params["allowed_payment_method_types"] == ["card"]


@pytest.mark.parametrize(
    ("make", "slug"), [("skoda", "skoda"), ("VW", "volkswagen"), ("Mercedes", "mercedes-benz")]
)
def test_a_make_with_a_form_leads_there_with_what_was_typed(
    client: Client, make: str, slug: str
) -> None:
    response = client.post(FORM, rover(make_typed=make, serial="SKZ1Z2A1234567"))
    assert (response.status_code, response["Location"]) == (307, f"/order/{slug}/filled/")
    page = text(client.post(response["Location"], rover(serial="SKZ1Z2A1234567")))
    assert "SKZ1Z2A1234567" in page and "anna@example.com" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("make", ["Mazda", "smart"])
def test_what_no_seller_can_help_with_is_said(client: Client, make: str) -> None:
    page = text(client.post(FORM, rover(make_typed=make)))
    assert "dealer" in page and "no serial leads to it" in page or "Grundig" in page
    assert not Order.objects.exists()


@pytest.mark.parametrize("shows", ["secure", "new"])
def test_a_radio_that_lost_its_car_is_not_sold_for(client: Client, shows: str) -> None:
    assert client.post(FORM, rover(shows=shows)).status_code == 422
    assert not Order.objects.exists()


def test_other_forms_keep_no_make(client: Client, stripe: Stripe) -> None:
    sent = answers(serial="SKZ1Z2A1234567", car=None, make_typed="Rover")
    client.post("/order/skoda/", sent)
    assert Order.objects.get().make_typed == ""


# ------------------------------------------------------------------ makes that sell nothing
@pytest.mark.parametrize("slug", NOT_SOLD)
def test_it_says_why_and_who_can_help(client: Client, slug: str) -> None:
    response = client.get(f"/order/{slug}/")
    assert "We sell no code for" in text(response) and "dealer" in text(response)
    assert "<input" not in text(response).partition("<main")[2]
    assert client.post(f"/order/{slug}/", answers()).status_code == 200
    assert not Order.objects.exists() and not Radio.objects.filter(brand__slug=slug).exists()


def test_they_are_mazda_and_smart() -> None:
    assert NOT_SOLD == ["mazda", "smart"]
