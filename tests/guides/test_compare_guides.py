"""Where database and files differ, page by page."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guides.loading.guides import load_guides
from guides.models import Question
from tests.steps.guide_files import CAR_MODEL, write_acme
from tests.steps.guide_pages import roadster

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


def diff(folder: Path) -> str:
    out = StringIO()
    call_command("load_guides", str(folder), "--diff", stdout=out, no_color=True)
    return out.getvalue()


def edit() -> None:
    question = Question.objects.get(guide=roadster())
    question.answer = "Yes. Ask Bob."
    question.save()


def test_it_says_that_nothing_differs(tmp_path: Path) -> None:
    assert diff(tmp_path).strip() == "the database is what the files say"


def test_it_shows_what_staff_edited(tmp_path: Path) -> None:
    edit()
    shown = diff(tmp_path)
    assert "acme/roadster: edited by staff\n" in shown
    assert "    -- answer: Yes. Ask Bob.\n    +- answer: Yes.\n" in shown


def test_it_shows_what_is_newer_in_the_file(tmp_path: Path) -> None:
    write_acme(tmp_path, car_model=CAR_MODEL.replace("It waits.", "It sleeps."))
    shown = diff(tmp_path)
    assert "acme/roadster: newer in the file\n" in shown
    assert "    +- answer: It sleeps.\n" in shown


def test_it_names_pages_that_are_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "terms.md").write_text("# Terms\n\nOne.\n")
    assert diff(tmp_path).strip() == "legal/terms: not loaded"


@pytest.mark.slow
def test_the_admin_shows_the_same_and_writes_nothing(staff: Client) -> None:
    load_guides()
    edit()
    with CaptureQueriesContext(connection) as queries:
        page = staff.get(reverse("admin:guides_guide_differences"))
    assert page.status_code == 200
    asked = [query["sql"] for query in queries if "guides_" in query["sql"]]
    assert asked and all(sql.startswith("SELECT") for sql in asked)
    assert not [sql for sql in asked if "FOR UPDATE" in sql or "FOR NO KEY" in sql]
