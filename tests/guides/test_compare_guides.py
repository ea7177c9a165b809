"""What staff changed against the files, listed row by row."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from guides.models import Edition, Passage, Question
from tests.steps.guide_pages import roadster

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


def diff(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_guides", str(folder), "--diff", *options, stdout=out, no_color=True)
    return out.getvalue()


def edit() -> None:
    question = Question.objects.get(guide=roadster())
    question.answer = "Yes. Ask Bob."
    question.save()


def test_it_tells_that_nothing_differs(tmp_path: Path) -> None:
    assert diff(tmp_path).strip() == "the database is what the files say"


def test_it_shows_both_texts(tmp_path: Path) -> None:
    edit()
    told = diff(tmp_path)
    assert "acme/roadster question 'dealer': answer was edited by staff, kept\n" in told
    assert "      Yes.\n    - Ask Bob.\n" in told


def test_it_changes_nothing(tmp_path: Path) -> None:
    edit()
    editions = Edition.objects.count()
    diff(tmp_path, "--force")
    assert Question.objects.get(guide=roadster()).answer == "Yes. Ask Bob."
    assert Edition.objects.count() == editions


def test_it_tells_what_force_would_overwrite(tmp_path: Path) -> None:
    edit()
    assert "question 'dealer': would update answer" in diff(tmp_path, "--force")


def test_it_lists_rows_that_staff_made(tmp_path: Path) -> None:
    Passage.objects.create(guide=roadster(), section="note", title="Ours", text="x")
    assert "passage 'ours': made by staff, not in the files" in diff(tmp_path)


def test_the_admin_shows_the_same(staff: Client) -> None:
    page = staff.get(reverse("admin:guides_guide_differences"))
    assert page.status_code == 200
    assert "brand &#x27;acme&#x27;: no longer in the files, left" in page.content.decode()
