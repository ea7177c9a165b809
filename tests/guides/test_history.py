"""Who changed a page, when and what; and the way back."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from guides.loading.guides import load_guides
from guides.models import CarModel, Fact, Guide, LegalText, Procedure, Question
from tests.steps.guide_files import CAR_MODEL, write_acme
from tests.steps.guide_pages import as_a_browser_sends_it, roadster, save, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("acme")]


@pytest.fixture
def terms(tmp_path: Path) -> LegalText:
    (tmp_path / "terms.md").write_text("# Terms\n\nOne.\n")
    load_guides([tmp_path / "terms.md"])
    text = LegalText.objects.get()
    text.body = "Two."
    text.save()
    return text


def history(client: Client) -> str:
    return " ".join(client.get(url("history")).content.decode().split())


def version(row: Any, number: int) -> str:
    """The address of one of its former versions: 0 is the newest."""
    record = row.history.all()[number]
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_simple_history"
    return reverse(name, args=[row.pk, record.pk])


def put_row_back(client: Client, record: Any) -> Any:
    args = [roadster().pk, record.instance_type._meta.model_name, record.pk]
    return client.post(reverse("admin:guides_guide_put_row_back", args=args))


def make_reader(client: Client, *permissions: str) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)


def test_a_load_is_told_from_staffs_changes(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path, car_model=CAR_MODEL.replace("It waits.", "It sleeps."))])
    newest, first = roadster().symptoms.get().history.all()
    assert (newest.answer, newest.history_type) == ("It sleeps.", "~")
    assert (first.answer, first.history_type) == ("It waits.", "+")
    assert newest.history_change_reason == "loaded from its file" and not newest.history_user


def test_a_load_that_changes_nothing_leaves_no_trace(tmp_path: Path) -> None:
    load_guides([tmp_path])
    assert roadster().history.count() == 1
    assert Procedure.objects.get(guide=roadster()).history.count() == 2  # with its generations


def test_a_save_shows_who_and_what(staff: Client) -> None:
    save(staff, title="A better title")
    page = history(staff)
    assert "<td>staff</td>" in page
    assert "<del>Acme radio code</del> <ins>A better title</ins>" in page


def test_a_save_that_changes_nothing_shows_nothing(staff: Client) -> None:
    save(staff)
    rows = [*roadster().questions.all(), *roadster().procedures.all()]
    assert not [row for row in rows if row.history.exclude(history_user=None).exists()]


def test_the_rows_of_a_page_stand_in_its_history(staff: Client) -> None:
    changes: dict[str, Any] = {"questions-0-answer": "Ask Bob.", "symptoms-0-DELETE": "on"}
    save(staff, **changes)
    page = history(staff)
    assert "<del>Yes.</del> <ins>Ask Bob.</ins>" in page
    assert "Deleted: symptom “CODE”" in page
    fact = Fact.objects.get(key="acme.roadster.power.1")
    fact.says = "something else"
    fact.save()
    assert "<ins>something else</ins>" in history(staff)


def test_generations_stand_in_the_history_of_their_car_model(staff: Client) -> None:
    car_model = CarModel.objects.get()
    address = reverse("admin:guides_carmodel_change", args=[car_model.pk])
    values = as_a_browser_sends_it(staff.get(address)) | {"generations-1-overlaps": ["r1"]}
    staff.post(address, values)
    page = staff.get(reverse("admin:guides_carmodel_history", args=[car_model.pk]))
    assert "<ins>[r1]</ins>" in page.content.decode()


def test_a_former_version_is_put_back(staff: Client) -> None:
    save(staff, title="A better title")
    address = version(roadster(), 1)
    form = as_a_browser_sends_it_alone(staff.get(address))
    assert form["title"] == "Acme radio code"
    staff.post(address, form)
    assert roadster().title == "Acme radio code"


def as_a_browser_sends_it_alone(page: Any) -> dict[str, Any]:
    """The fields of a history form, which has no rows."""
    fields = page.context["adminform"].form
    values = {field.html_name: field.value() for field in fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_a_deleted_row_is_put_back_with_its_links(staff: Client) -> None:
    changes: dict[str, Any] = {"procedures-0-DELETE": "on", "questions-0-answer": "Ask Bob."}
    save(staff, **changes)
    last = Procedure.history.filter(guide=roadster(), history_type="~").first()
    assert put_row_back(staff, last).status_code == 302
    procedure = roadster().procedures.get()
    assert [each.key for each in procedure.generations.all()] == ["r1"]
    put_row_back(staff, Question.history.filter(guide=roadster()).last())
    assert roadster().questions.get().answer == "Yes."
    assert "staff" in {str(each.history_user) for each in procedure.history.all()}


def test_a_row_of_another_page_is_not_put_back(staff: Client) -> None:
    record = Question.history.filter(guide__key="acme").last()
    assert put_row_back(staff, record).status_code == 404


def test_a_deleted_page_has_its_history_still(staff: Client) -> None:
    address = url("history")
    roadster().delete()
    page = staff.get(address)
    assert "Deleted: guide “Acme radio code”" in " ".join(page.content.decode().split())


# ------------------------------------------------------------------ who may
def test_history_needs_the_right_to_view(client: Client) -> None:
    make_reader(client, "view_brand")
    assert client.get(url("history")).status_code == 403
    assert client.get(version(roadster(), 0)).status_code == 403
    User.objects.all().delete()
    make_reader(client, "view_guide")
    assert client.get(url("history")).status_code == 200
    assert client.get(version(roadster(), 0)).status_code == 200


def test_who_may_only_view_puts_nothing_back(client: Client, terms: LegalText) -> None:
    make_reader(client, "view_guide", "view_legaltext", "view_question", "change_guide")
    values = {"title": "Terms", "body": "One."}
    page = client.get(version(terms, 1)).content.decode()
    assert "Revert" not in page
    assert client.post(version(terms, 1), values).status_code == 403
    assert put_row_back(client, Question.history.first()).status_code in (403, 404)
    record = Question.history.filter(guide=roadster()).first()
    assert put_row_back(client, record).status_code == 403
    terms.refresh_from_db()
    assert terms.body == "Two."


def test_a_row_is_put_back_by_who_may_change_its_page_too(client: Client) -> None:
    record = Question.history.filter(guide=roadster()).first()
    make_reader(client, "view_guide", "change_question")
    assert put_row_back(client, record).status_code == 403
    User.objects.all().delete()
    make_reader(client, "view_guide", "change_question", "change_guide")
    assert put_row_back(client, record).status_code == 302


def test_legal_texts_are_put_back_by_who_may_change_them(client: Client, terms: LegalText) -> None:
    make_reader(client, "view_legaltext", "change_legaltext")
    assert client.post(version(terms, 1), {"title": "Terms", "body": "One."}).status_code == 302
    terms.refresh_from_db()
    assert terms.body == "One."


def test_a_deleted_guide_comes_back_only_by_who_may_add_one(client: Client) -> None:
    guide = roadster()
    address = version(guide, 0)
    make_reader(client, "view_guide", "change_guide")
    form = as_a_browser_sends_it_alone(client.get(address))
    guide.delete()
    assert client.post(address, form).status_code == 403
    assert not Guide.objects.filter(key="acme/roadster").exists()
    user = User.objects.get()
    user.user_permissions.add(Permission.objects.get(codename="add_guide"))
    assert client.post(address, form | {"facts": ""}).status_code == 302  # they went with it
    assert roadster().title == "Acme radio code"


def test_the_rows_of_a_deleted_page_come_back_one_by_one(staff: Client) -> None:
    guide = roadster()
    address = version(guide, 0)
    form = as_a_browser_sends_it_alone(staff.get(address))
    guide.delete()
    staff.post(address, form | {"facts": ""})
    for model in (Fact, Question):
        put_row_back(staff, model.history.filter(guide=roadster(), history_type="-").get())
    assert roadster().questions.get().answer == "Yes."
    assert roadster().known_facts.get().key == "acme.roadster.power.1"


@pytest.mark.parametrize("path", ["x/history/", "*/history/1/", "1/history/x/", "9999/history/1/"])
def test_an_odd_address_is_not_found(staff: Client, path: str) -> None:
    assert staff.get(f"/admin/guides/guide/{path}").status_code == 404
