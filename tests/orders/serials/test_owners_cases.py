"""What owners typed, through the order form, its live check and the search."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guides.models import Brand
from orders.models import Order
from orders.serials import normalise
from tests.steps import content
from tests.steps.order_form import answers, hidden_fields
from tests.steps.photos import png
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db
TABLE = yaml.safe_load((Path(__file__).parent / "owners_cases.yaml").read_text())
CASES: list[dict[str, Any]] = TABLE["cases"]
BRANDS = list(dict.fromkeys(case["at"] for case in CASES))
# What radios ask for beside the serial, so that only the serial decides.
BESIDE = {"device_number": "7612830042", "date_on_screen": "12.05.2011", "car": ""}


@pytest.fixture(autouse=True)
def open_shop(settings: Any) -> None:
    settings.ORDERS_PER_ADDRESS_HOUR = settings.REQUESTS_PER_MINUTE["serials"] = 10_000
    settings.REQUESTS_PER_MINUTE["forms"] = settings.REQUESTS_PER_MINUTE["searches"] = 10_000
    content.loaded(content.load_all)


@pytest.mark.parametrize("slug", BRANDS)
def test_each_case_is_read_rightly(client: Client, stripe: Stripe, slug: str) -> None:
    cases = [case for case in CASES if case["at"] == slug]
    wrong = [f"{case['id']} {case['typed']}: {fault}" for case in cases
             if (fault := fault_of(client, case))]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def fault_of(client: Client, case: dict[str, Any]) -> str:
    """Return what differs from the right reading; empty if nothing does."""
    url, typed = f"/order/{case['at']}/", case["typed"]
    checked = client.post(f"{url}serial/", {"serial": typed, "shows": "code"})
    reading = checked.context["reading"]
    serial = case.get("serial", normalise(typed))
    offers = [f"{offer.slug}:{offer.serial}" if offer.slug else offer.serial
              for offer in reading.offers]  # fmt: skip
    if (reading.kind, reading.serial) != (case["is"], serial):
        return f"is {reading.kind} {reading.serial}"
    if offers != case.get("offers", []):
        return f"offers {offers}"
    page = " ".join(re.sub(r"<[^>]+>", " ", checked.content.decode()).split())
    if case.get("about", "") not in page:
        return f"says nothing of {case['about']}: {page}"
    sent = client.post(url, answers(serial=typed, **BESIDE))
    if sent.status_code == 422 and set(sent.context["form"].errors) == {"label_photo"}:
        photo = SimpleUploadedFile("label.png", png(), "image/png")
        sent = client.post(url, answers(serial=typed, label_photo=photo, **BESIDE))
    if (sent.status_code == 303) != (case["is"] == "recognised"):
        return f"is answered {sent.status_code}: {sent.context['form'].errors}"
    if sent.status_code != 303:
        seen = hidden_fields(sent.content.decode()).get("serial_seen", typed)
        sent = client.post(url, answers(serial=typed, serial_seen=seen, **BESIDE))
        if (sent.status_code != 303) != case.get("never", False):
            return f"sent again, it is answered {sent.status_code}"
    if sent.status_code == 303:
        order = Order.objects.latest("pk")
        if (order.radio.key, order.serial) != (case.get("radio", "another"), serial):
            return f"ordered as {order.radio.key} {order.serial}"
    return ""


def test_each_search_leads_where_it_should(client: Client) -> None:
    by_model = [{"id": "2.3", "typed": typed, "under": f"/{slug}/"}
                for slug, models in TABLE["models"].items() for typed in models]  # fmt: skip
    cases = [*TABLE["searches"], *by_model]
    wrong = [f"{case['id']} {case['typed']}: {fault}" for case in cases
             if (fault := search_fault_of(client, case))]  # fmt: skip
    assert not wrong, "\n".join(wrong)


def search_fault_of(client: Client, case: dict[str, Any]) -> str:
    """Return what the search's page lacks, or has and should not; empty if it is right."""
    page = client.get("/search/", {"q": case["typed"]}).content.decode()
    page = page.partition('id="found"')[2].partition("<h2>All brands")[0]
    links = [unescape(link) for link in re.findall(r'(?:href|action)="(/[^"]*)"', page)]
    first = next(iter(links), "")
    if first != case.get("first", first) or not first.startswith(case.get("under", "")):
        return f"leads to {first or 'nothing'}"
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    if ("Closest match" in words) != case.get("near", False):
        return f"is {'' if case.get('near') else 'not '}exact"
    if case.get("says", "") not in words:
        return f"says {words}"
    named = {link.split("/")[2 if link.startswith("/order/") else 1] for link in links}
    if missing := set(case.get("brands", [])) - named:
        return f"nothing of {missing}"
    return f"names {wrong}" if (wrong := named & set(case.get("never", []))) else ""


@pytest.mark.parametrize(
    ("at", "offer"), [(case["at"], offer) for case in CASES for offer in case.get("offers", [])]
)
def test_an_offer_opens_the_form_filled_in(client: Client, at: str, offer: str) -> None:
    slug, _, serial = offer.rpartition(":")
    slug = slug or at
    sent = answers(use=serial, serial="what was typed", email="anna@example.com")
    page = client.post(f"/order/{slug}/filled/", sent, headers={"sec-fetch-site": "same-origin"})
    assert page.status_code == 200
    assert page.context["brand"] == Brand.objects.get(slug=slug)
    assert page.context["form"]["serial"].value() == serial
    assert page.context["form"]["email"].value() == "anna@example.com"
    assert not Order.objects.exists()
