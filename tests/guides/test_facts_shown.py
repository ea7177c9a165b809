"""Everything that is known, and not merely guessed at, is loaded and stands on a page."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from guides.models import Fact, Guide
from tests.steps.content import load_all, loaded

FACT_IDS: dict[str, str] = yaml.safe_load(
    (Path(__file__).parent / "data" / "fact_ids.yaml").read_text()
)
pytestmark = pytest.mark.django_db
SURE = {key for key, confidence in FACT_IDS.items() if confidence != "low"}

# Sure, and on no page all the same: the reason, by the beginning of the fact's id or the whole.
ON_NO_PAGE = {
    "other.supplier_models.2": "what a supplier takes for Chrysler, which has no page",
    "other.supplier_models.3": "the same for Chrysler and Dodge",
    "other.supplier_models.10": "the same for Toyota",
    "other.supplier_models.11": "the same for Jeep",
    "other.supplier_models.12": "a number for Nissan's immobiliser, which is no radio code",
    "other.supplier_models.13": "the same for Eclipse, no maker of cars",
    "other.supplier_models.14": "the same for Jaguar, which has no page",
}
SHOWN_TEXTS = ("text", "title", "answer", "question", "caution", "serves", "radio", "makers")


def is_excepted(key: str) -> bool:
    return any(key == each or each.endswith(".") and key.startswith(each) for each in ON_NO_PAGE)


def words(text: str) -> str:
    """What a reader sees of a page: without markup, white space as one space."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def shown_facts(client: Client, guide: Guide) -> set[str]:
    """The facts of the page's rows whose every text is on the page."""
    page = words(client.get(guide.get_absolute_url()).content.decode())
    rows: list[Any] = [
        *guide.passages.all(),
        *guide.procedures.all(),
        *guide.symptoms.all(),
        *guide.questions.all(),
    ]
    if guide.car_model:
        rows += guide.car_model.generations.all()
    shown = set(guide.facts) if words(guide.intro) in page else set()
    for row in rows:
        texts = [getattr(row, name, "") for name in SHOWN_TEXTS] + getattr(row, "steps", [])
        if all(words(html.escape(text)) in page for text in texts):
            shown |= set(row.facts)
    return shown


@pytest.fixture(scope="module")
def shown(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> set[str]:
    """The facts on all pages, which are made once; the database is left as it was."""
    client = Client()
    with django_db_blocker.unblock(), transaction.atomic():
        loaded(load_all)
        known = set(Fact.objects.values_list("key", flat=True))
        found = {fact for guide in Guide.objects.all() for fact in shown_facts(client, guide)}
        transaction.set_rollback(True)
    return found & known


def test_every_sure_fact_is_loaded_and_shown(shown: set[str]) -> None:
    assert {key for key in SURE - shown if not is_excepted(key)} == set()


def test_no_exception_is_out_of_date(shown: set[str]) -> None:
    for each in ON_NO_PAGE:
        assert any(key == each or key.startswith(each) for key in SURE - shown), each
    assert {key for key in shown if is_excepted(key)} == set()
