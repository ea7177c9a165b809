"""Changes of a published guide that readers do not see yet."""

from typing import Any

import pytest
from django.test import Client

from guides.admin.guide import SAVE_DRAFT
from guides.models import Draft, Edition, Question
from tests.steps.guide_pages import as_a_browser_sends_it, roadster, save, url

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("acme"),
]
NEW_ROW: dict[str, Any] = {
    "questions-TOTAL_FORMS": "2",
    "questions-1-question": "Is it free?",
    "questions-1-answer": "It may be.",
    "questions-1-facts": "acme.power.1",
    "questions-1-position": "1",
}


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_draft_changes_nothing_that_readers_see(staff: Client) -> None:
    before = roadster().updated_at
    save(staff, SAVE_DRAFT, title="A better title", **NEW_ROW)
    assert roadster().title == "Acme radio code"
    assert roadster().updated_at == before
    assert not Question.objects.filter(question="Is it free?").exists()
    assert "A better title" not in text(staff, "/acme/roadster/")


def test_a_draft_is_gone_on_with_where_it_was_left(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title", **NEW_ROW)
    page = text(staff, url(draft="1"))
    assert 'value="A better title"' in page
    assert "Is it free?" in page
    assert "This is a draft" in page


def test_a_second_save_as_draft_keeps_the_first_changes(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title", **NEW_ROW)
    save(staff, SAVE_DRAFT, draft=True, intro="A better intro")
    values = as_a_browser_sends_it(staff.get(url(draft="1")))
    assert (values["title"], values["intro"]) == ("A better title", "A better intro")
    assert values["questions-1-question"] == "Is it free?"
    assert Draft.objects.count() == 1


def test_the_draft_is_previewed(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title", **NEW_ROW)
    page = text(staff, url("preview"))
    assert "A better title" in page
    assert "Is it free?" in page
    assert roadster().title == "Acme radio code"


def test_saving_the_draft_publishes_it(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title", **NEW_ROW)
    save(staff, draft=True)
    assert roadster().title == "A better title"
    assert Question.objects.filter(guide=roadster(), question="Is it free?").exists()
    assert not Draft.objects.exists()


def test_publishing_is_told_in_the_history(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title")
    save(staff, draft=True)
    last = Edition.objects.filter(page="acme/roadster").first()
    assert last
    assert (last.what, last.who) == (Edition.What.DRAFT, "staff")


def test_a_draft_may_take_a_row_away(staff: Client) -> None:
    changes: dict[str, Any] = {"questions-0-DELETE": "on"}
    save(staff, SAVE_DRAFT, **changes)
    assert "Does a dealer help?" not in text(staff, url("preview"))
    assert roadster().questions.exists()
    save(staff, draft=True)
    assert not roadster().questions.exists()


def test_a_wrong_form_is_no_draft(staff: Client) -> None:
    answer = save(staff, SAVE_DRAFT, title="")
    assert answer.status_code == 200
    assert "This field is required" in answer.content.decode()
    assert not Draft.objects.exists()


def test_it_tells_when_the_page_was_changed_meanwhile(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title")
    assert "The page was changed since" not in text(staff, url(draft="1"))
    save(staff, intro="Changed by somebody else.")
    assert "The page was changed since" in text(staff, url(draft="1"))


def test_the_page_itself_is_still_edited_without_the_draft(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title")
    assert 'value="Acme radio code"' in text(staff, url())
    save(staff, intro="A better intro")
    assert Draft.objects.exists()


def test_a_draft_is_discarded(staff: Client) -> None:
    save(staff, SAVE_DRAFT, title="A better title")
    staff.post(url("discard"))
    assert not Draft.objects.exists()
    assert 'value="Acme radio code"' in text(staff, url(draft="1"))
