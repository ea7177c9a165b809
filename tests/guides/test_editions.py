"""Who changed a page, when and what; and the way back."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guides.loading.guides import load_guides
from guides.models import Edition, Fact, Guide, LegalText, Question
from tests.steps.guide_files import CAR_MODEL, write_acme
from tests.steps.guide_pages import as_a_browser_sends_it, roadster, save, url

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.also_on_sqlite,
    pytest.mark.usefixtures("acme"),
]


def history(page: str = "acme/roadster") -> list[tuple[str, str]]:
    return [(each.what, each.who) for each in Edition.objects.filter(page=page)]


def put_back(client: Client, edition: Edition) -> Any:
    return client.post(reverse("admin:guides_edition_put_back", args=[edition.pk]))


def first() -> Edition:
    edition = Edition.objects.filter(page="acme/roadster").last()
    assert edition
    return edition


def test_a_load_keeps_an_edition() -> None:
    assert history() == [("loaded", "its file")]
    assert "question: Does a dealer help?" in first().text


def test_a_load_that_changes_nothing_keeps_none(tmp_path: Path) -> None:
    load_guides([tmp_path])
    assert len(history()) == 1


def test_a_load_keeps_what_it_changed(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path, car_model=CAR_MODEL.replace("It waits.", "It sleeps."))])
    assert history() == [("loaded", "its file"), ("loaded", "its file")]
    assert len(history("acme")) == 1


def test_a_save_tells_who(staff: Client) -> None:
    save(staff, title="A better title")
    assert history()[0] == ("edited", "staff")


def test_a_save_that_changes_nothing_keeps_none(staff: Client) -> None:
    save(staff)
    assert len(history()) == 1


def test_what_no_form_changed_is_noticed(staff: Client) -> None:
    Question.objects.filter(guide=roadster()).update(answer="Ask Bob.")
    save(staff, title="A better title")
    assert [what for what, _who in history()] == ["edited", "found", "loaded"]


def test_a_fact_belongs_to_its_page(staff: Client) -> None:
    fact = Fact.objects.get(key="acme.roadster.power.1")
    address = reverse("admin:guides_fact_change", args=[fact.pk])
    staff.post(address, as_a_browser_sends_it(staff.get(address)) | {"says": "something else"})
    assert history()[0] == ("edited", "staff")


def test_generations_belong_to_their_cars_page(staff: Client) -> None:
    car_model = roadster().car_model
    assert car_model
    address = reverse("admin:guides_carmodel_change", args=[car_model.pk])
    values = as_a_browser_sends_it(staff.get(address)) | {"generations-1-overlaps": ["r1"]}
    staff.post(address, values)
    assert history()[0] == ("edited", "staff")
    assert "overlaps: [r1]" in Edition.objects.filter(page="acme/roadster")[0].text


def test_the_difference_is_readable(staff: Client) -> None:
    save(staff, title="A better title")
    edition = Edition.objects.filter(page="acme/roadster").first()
    assert edition
    page = staff.get(reverse("admin:guides_edition_change", args=[edition.pk])).content.decode()
    assert "<del>−   title: Acme radio code</del>" in page
    assert "<ins>+   title: A better title</ins>" in page


def test_a_page_is_put_back_whole(staff: Client) -> None:
    changes: dict[str, Any] = {"questions-0-DELETE": "on", "passages-0-title": "Why"}
    save(staff, title="A better title", **changes)
    assert not Question.objects.filter(guide=roadster()).exists()
    put_back(staff, first())
    assert roadster().title == "Acme radio code"
    assert Question.objects.get(guide=roadster()).answer == "Yes."
    assert history()[0] == ("restored", "staff")
    assert Edition.objects.filter(page="acme/roadster")[0].text == first().text


def test_putting_back_is_undone_by_putting_back(staff: Client) -> None:
    save(staff, title="A better title")
    later = Edition.objects.filter(page="acme/roadster")[0]
    put_back(staff, first())
    put_back(staff, later)
    assert roadster().title == "A better title"


def test_what_is_put_back_is_an_edit_of_staffs(staff: Client, tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path, car_model=CAR_MODEL.replace("It waits.", "It sleeps."))])
    put_back(staff, first())
    report = load_guides([tmp_path])
    assert roadster().symptoms.get().answer == "It waits."
    assert "answer was edited by staff, kept" in "".join(report.lines())


def test_an_address_that_staff_changed_is_not_put_back(staff: Client) -> None:
    car_model = roadster().car_model
    assert car_model
    car_model.slug = "roadster-mk1"
    car_model.save()
    save(staff, title="A better title")
    put_back(staff, first())
    car_model.refresh_from_db()
    assert (car_model.slug, roadster().title) == ("roadster-mk1", "Acme radio code")


def test_a_deleted_guide_is_put_back(staff: Client) -> None:
    staff.post(url("delete"), {"post": "yes"})
    assert not Guide.objects.filter(key="acme/roadster").exists()
    assert history()[0] == ("deleted", "staff")
    put_back(staff, Edition.objects.filter(page="acme/roadster")[0])
    assert roadster().questions.count() == 1


def test_an_edition_is_previewed(staff: Client) -> None:
    save(staff, title="A better title")
    page = staff.get(reverse("admin:guides_edition_preview", args=[first().pk])).content.decode()
    assert "<h1>Acme radio code</h1>" in page
    assert roadster().title == "A better title"


def test_an_edition_that_cannot_be_read_changes_nothing(staff: Client) -> None:
    Edition.objects.update(text="no guide")
    put_back(staff, first())
    assert roadster().questions.exists()


def test_legal_texts_have_editions_too(staff: Client, tmp_path: Path) -> None:
    (tmp_path / "terms.md").write_text("# Terms\n\nOne.\n")
    load_guides([tmp_path / "terms.md"])
    terms = LegalText.objects.get()
    address = reverse("admin:guides_legaltext_change", args=[terms.pk])
    staff.post(address, {"title": "Terms", "body": "Two."})
    assert history("legal/terms") == [("edited", "staff"), ("loaded", "its file")]
    put_back(staff, Edition.objects.filter(page="legal/terms")[1])
    terms.refresh_from_db()
    assert terms.body == "One."


def test_the_history_button_leads_to_the_editions(staff: Client) -> None:
    answer = staff.get(url("history"))
    assert answer["Location"] == "/admin/guides/edition/?page=acme/roadster"
    assert staff.get(answer["Location"]).status_code == 200


def test_nobody_rewrites_history(staff: Client) -> None:
    assert staff.post(f"/admin/guides/edition/{first().pk}/delete/").status_code == 403
