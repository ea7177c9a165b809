"""The first load after the update from version 0.9.0, which noted edits in another way."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guides.loading.guides import load_guides
from guides.models import (
    Brand,
    CarModel,
    Fact,
    Generation,
    Guide,
    Loaded,
    LoadedPage,
    Passage,
    Procedure,
    Question,
    Symptom,
)
from tests.steps.guide_files import CAR_MODEL, write_acme
from tests.steps.guide_pages import roadster

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]
LOADED: dict[type[Loaded], list[str]] = {
    Guide: ["title", "intro", "last_reviewed", "is_published"],
    Question: ["question", "answer", "facts", "position"],
    Procedure: ["title", "steps", "generations"],
    Generation: ["code", "year_from", "position"],
    Fact: ["says", "sources"],
}


@pytest.fixture(autouse=True)
def loaded_by_the_old_version(acme: None) -> None:
    """Rows as version 0.9.0 left them after a load: each with what its file gave."""
    LoadedPage.objects.all().delete()
    models: list[type[Loaded]] = [*LOADED, Brand, CarModel, Passage, Symptom]
    for model in models:
        for row in model._default_manager.all():
            values = {name: plain(row, name) for name in LOADED.get(model, ["key"])}
            model._default_manager.filter(pk=row.pk).update(loaded=values)


def plain(row: Any, name: str) -> Any:
    value = getattr(row, name)
    if name == "generations":
        return sorted(each.key for each in value.all())
    return str(value) if name == "last_reviewed" else value


def old_revision(what: str, text: str = "title: Acme") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO guides_edition (page, text, what, at) VALUES (%s, %s, %s, %s)",
            ["acme/roadster", text, what, "2026-11-01 12:00:00+00:00"],
        )


def load(tmp_path: Path) -> str:
    """What becomes of the Roadster's page, whose file is newer."""
    files = write_acme(tmp_path, car_model=CAR_MODEL.replace("It waits.", "It sleeps."))
    return load_guides([files]).outcomes["acme/roadster"].value


def test_a_page_that_nobody_edited_is_replaced(tmp_path: Path) -> None:
    old_revision("loaded")
    assert load(tmp_path) == "replaced"


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Guide, {"title": "Another"}),
        (Guide, {"is_published": False}),
        (Question, {"answer": "Ask Bob."}),
        (Procedure, {"steps": ["Read it."]}),
        (Generation, {"year_from": 1991}),
        (Fact, {"says": "so"}),
    ],
)
def test_a_page_that_staff_edited_is_left_alone(
    tmp_path: Path, model: type[Loaded], values: dict[str, Any]
) -> None:
    model._default_manager.update(**values)
    assert load(tmp_path) == "edited by staff, left alone"
    assert load(tmp_path) == "edited by staff, left alone"


def test_a_row_that_staff_made_is_an_edit(tmp_path: Path) -> None:
    Passage.objects.create(guide=roadster(), section="note", text="Ours.")
    assert load(tmp_path) == "edited by staff, left alone"


def test_generations_that_staff_chose_are_an_edit(tmp_path: Path) -> None:
    roadster().procedures.get().generations.set(Generation.objects.all())
    assert load(tmp_path) == "edited by staff, left alone"


def test_a_row_that_staff_deleted_is_an_edit(tmp_path: Path) -> None:
    old_revision("loaded", "title: Acme\n  last_reviewed: 2026-11-01\nquestions: one")
    old_revision("edited", "title: Acme\n  last_reviewed: 2026-11-01")
    assert load(tmp_path) == "edited by staff, left alone"


def test_a_page_that_staff_deleted_stays_away(tmp_path: Path) -> None:
    old_revision("loaded")
    old_revision("deleted")
    roadster().delete()
    assert load(tmp_path) == "edited by staff, left alone"
    assert not Guide.objects.filter(key="acme/roadster").exists()


def test_a_review_is_no_edit(tmp_path: Path) -> None:
    old_revision("loaded", "title: Acme\n  last_reviewed: 2026-11-01\n")
    old_revision("edited", "title: Acme\n  last_reviewed: 2026-11-29\n")
    Guide.objects.update(last_reviewed="2026-11-29")
    assert load(tmp_path) == "replaced"
