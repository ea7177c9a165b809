"""The guides that the shop comes with: complete, and no surer than their facts."""

import re
from pathlib import Path

import pytest
import yaml
from django.db import transaction
from pytest_django import DjangoDbBlocker

from guides.loading.guides import CONTENT, load_guides
from guides.models import Fact, Guide, LegalText, Procedure, Shows
from tests.steps.content import load_all, loaded

FACT_IDS: dict[str, str] = yaml.safe_load(
    (Path(__file__).parent / "data" / "fact_ids.yaml").read_text()
)
ROWS = ["passages", "procedures", "symptoms", "questions"]


@pytest.fixture(scope="module")
def guides(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Guide]:
    """All guides with their rows, loaded once; the database is left as it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        loaded(load_all)
        found = Guide.objects.select_related("car_model", "brand").prefetch_related(
            *ROWS, "known_facts", "car_model__generations"
        )
        by_key = {guide.key: guide for guide in found}
        transaction.set_rollback(True)
    return by_key


def rests_on(guide: Guide) -> set[str]:
    rows = [row for name in ROWS for row in getattr(guide, name).all()]
    if guide.car_model:
        rows += guide.car_model.generations.all()
    return set(guide.facts) | {fact for row in rows for fact in row.facts}


def sure_facts(prefix: str) -> set[str]:
    return {key for key, sure in FACT_IDS.items() if key.startswith(prefix) and sure != "low"}


@pytest.mark.django_db
@pytest.mark.slow
def test_a_second_load_changes_nothing() -> None:
    loaded(load_all)
    report = load_guides()
    assert (list(report.lines()), report.summary()) == ([], "nothing changed")


def test_the_micra_page_holds_every_sure_fact_of_the_micra(guides: dict[str, Guide]) -> None:
    assert sure_facts("nissan.micra.") <= rests_on(guides["nissan/micra"])


def test_the_nissan_page_holds_every_sure_fact_of_the_brand(guides: dict[str, Guide]) -> None:
    slugs = [key.partition("/")[2] for key in guides if key.startswith("nissan/")]
    of_models = tuple(f"nissan.{slug.replace('-', '_')}." for slug in slugs)
    of_brand = {key for key in sure_facts("nissan.") if not key.startswith(of_models)}
    assert of_brand <= rests_on(guides["nissan"])


@pytest.mark.parametrize(
    "section", ["free_places_first", "display_states", "label_reading", "brand_disagreements"]
)
def test_the_micra_page_answers_without_the_brands_page(
    guides: dict[str, Guide], section: str
) -> None:
    assert sure_facts(f"nissan.{section}.") <= rests_on(guides["nissan/micra"])


def test_every_sure_fact_of_a_brand_with_a_page_is_on_it(guides: dict[str, Guide]) -> None:
    published = {fact for guide in guides.values() for fact in rests_on(guide)}
    slugs = {guide.brand.slug.replace("-", "_") for guide in guides.values()}
    wanted = sure_facts("nissan.").union(*(sure_facts(f"other.{slug}.") for slug in slugs))
    assert wanted <= published


def test_facts_are_as_sure_as_the_list_says(guides: dict[str, Guide]) -> None:
    facts: list[Fact] = [fact for guide in guides.values() for fact in guide.known_facts.all()]
    assert {fact.key: fact.confidence for fact in facts}.items() <= FACT_IDS.items()


def test_no_code_is_sold_for_secure_new_or_a_final_lock(guides: dict[str, Guide]) -> None:
    symptoms = [row for guide in guides.values() for row in guide.symptoms.all()]
    final = (Shows.SECURE, Shows.NEW, Shows.UNPAIRED, Shows.FINAL)
    hopeless = [row for row in symptoms if row.shows in final]
    assert {row.code_helps for row in hopeless} == {"no"}
    assert {row.shows for row in hopeless} == set(final)


def pages_shown(guides: dict[str, Guide], guide: Guide) -> list[Guide]:
    """The page, and its brand's, whose rows it shows where it has none."""
    return [guide] if guide.sells_nothing else [guide, guides[guide.brand.key]]


def test_every_page_says_where_a_free_code_may_be(guides: dict[str, Guide]) -> None:
    for guide in guides.values():
        rows = [row for page in pages_shown(guides, guide) for row in page.passages.all()]
        assert any(row.section == "free" for row in rows), guide


def test_every_page_tells_how_to_find_the_serial(guides: dict[str, Guide]) -> None:
    for guide in guides.values():
        rows = [row for page in pages_shown(guides, guide) for row in page.procedures.all()]
        needs_it = bool(guide.number_needed)  # a page that sends owners elsewhere needs no number
        assert not needs_it or any(row.kind == Procedure.Kind.FIND for row in rows), guide


def test_a_page_that_sells_nothing_says_so_for_every_display(guides: dict[str, Guide]) -> None:
    none = {key: guide for key, guide in guides.items() if guide.sells_nothing}
    assert none.keys() == {"mazda", "smart", "nissan/patrol", "toyota-lexus/corolla"}
    for guide in none.values():
        assert {row.code_helps for row in guide.symptoms.all()} == {"no"}
        assert not guide.number_needed


def test_no_source_is_a_bare_number_on_the_net(guides: dict[str, Guide]) -> None:
    facts = [fact for guide in guides.values() for fact in guide.known_facts.all()]
    for source in {source for fact in facts for source in fact.sources}:
        assert not re.match(r"https?://[\d.:]+(/|$)", source)


@pytest.mark.django_db
def test_the_legal_texts_are_there() -> None:
    load_guides([CONTENT / "legal"])
    slugs = set(LegalText.objects.values_list("slug", flat=True))
    assert slugs == {"accessibility", "terms", "privacy", "refunds", "contact"}


def test_no_text_raises_its_voice() -> None:
    for file in [*CONTENT.rglob("*.yaml"), *CONTENT.rglob("*.md")]:
        assert "!" not in file.read_text().partition("\nsources:")[0], file


ON_DISPLAYS = re.compile(
    r"\b(?:10 SAFE|RADIO SAFE|DISPLAY SAFE|SAFE|CODE WAIT|CODE ERR|CODE OK|COdE|WAIT"
    r"|LOCK(?:ED)? ?1\d|LOCKED|LOCK|SECURE|NEW|ERR|Err|CANCHECK|OFF|HELP|SEC|ERC|[12] CDE"
    r"|Incorrect PIN)\b"
)


def test_each_display_that_a_fact_names_is_answered_by_its_brand(guides: dict[str, Guide]) -> None:
    named: dict[str, set[str]] = {}
    answered: dict[str, str] = {}
    for key, guide in guides.items():
        brand = key.partition("/")[0]
        for fact in guide.known_facts.all():
            words = {word.replace("LOCKED 1", "LOCKED1") for word in ON_DISPLAYS.findall(fact.says)}
            named.setdefault(brand, set()).update(words)
        titles = [row.title for row in guide.symptoms.all()]
        answered[brand] = f"{answered.get(brand, '')} {titles}"
    assert sum(map(len, named.values())) > 30
    missing = {(brand, word) for brand in named for word in named[brand]
               if word not in answered[brand]}  # fmt: skip
    assert missing == set()
