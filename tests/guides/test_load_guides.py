from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from guides.loading.checking import read_guides
from guides.loading.guides import GuidePage, left_the_files, page_values
from guides.loading.pages import hashed, without_new
from guides.models import Brand, CarModel, Fact, Generation, Guide, LoadedPage, Passage, Question
from tests.steps.guide_files import BRAND, CAR_MODEL, write_acme

pytestmark = pytest.mark.django_db
OFTEN = CAR_MODEL.replace('"Yes."', "Often.")


def load(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_guides", str(folder), *options, stdout=out)
    return out.getvalue()


def dealer() -> Question:
    return Question.objects.get(key="dealer", guide__car_model__slug="roadster")


def edit_answer(text: str) -> None:
    question = dealer()
    question.answer = text
    question.save()


def test_it_stores_brand_car_model_and_rows(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    guide = Guide.objects.get(car_model__slug="roadster", brand__slug="acme")
    procedure = guide.procedures.get()
    assert procedure.steps == ["Take it out.", "Read it."]
    assert [generation.code for generation in procedure.generations.all()] == ["R1"]
    assert Fact.objects.get(key="acme.power.1").sources == ["https://example.com/manual"]


def test_it_changes_nothing_when_run_again(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    touched = Guide.objects.get(key="acme").updated_at
    assert load(tmp_path).strip() == "nothing changed"
    assert Guide.objects.get(key="acme").updated_at == touched


def test_it_stores_nothing_when_one_file_is_wrong(tmp_path: Path) -> None:
    wrong = CAR_MODEL.replace("section: why", "section: gossip")
    with pytest.raises(CommandError, match="nothing was loaded"):
        load(write_acme(tmp_path, car_model=wrong))
    assert not Brand.objects.exists()


def test_it_only_checks_when_asked(tmp_path: Path) -> None:
    assert "2 guides and 0 legal texts are well made" in load(write_acme(tmp_path), "--check")
    assert not Brand.objects.exists()


def test_it_refuses_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no"):
        load(tmp_path / "nowhere.yaml")


def test_it_brings_the_brand_with_a_car_models_file(tmp_path: Path) -> None:
    load(write_acme(tmp_path) / "acme" / "roadster.yaml")
    assert CarModel.objects.get().brand.slug == "acme"


def test_it_replaces_a_page_that_nobody_edited(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    output = load(write_acme(tmp_path, car_model=OFTEN))
    assert dealer().answer == "Often."
    assert output.splitlines() == ["acme/roadster: replaced", "1 replaced"]


def test_a_change_shows_in_the_guides_time(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    before = Guide.objects.get(key="acme/roadster").updated_at
    load(write_acme(tmp_path, car_model=OFTEN))
    assert Guide.objects.get(key="acme/roadster").updated_at > before


def test_a_field_that_is_new_to_a_loaded_page_is_no_edit(tmp_path: Path) -> None:
    """Version 1.0.0 stored digests that counted empty values, and knew fewer fields."""
    load(write_acme(tmp_path))
    for record in LoadedPage.objects.all():
        guide = Guide.objects.get(key=record.page)
        record.digest = hashed(without_new(page_values(guide)))
        record.save()
    load(
        write_acme(
            tmp_path, brand=BRAND.replace("slug: acme", "slug: acme, model_names: [Coupe]", 1)
        )
    )
    assert Brand.objects.get().model_names == ["Coupe"]


def test_it_deletes_a_row_that_left_the_file(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    load(write_acme(tmp_path, car_model=CAR_MODEL.replace("key: dealer", "key: garage")))
    keys = Question.objects.filter(guide__key="acme/roadster").values_list("key", flat=True)
    assert list(keys) == ["garage"]


def test_it_keeps_the_rows_that_the_file_leaves_as_they_are(tmp_path: Path) -> None:
    """Orders point at generations, and each row has its history."""
    load(write_acme(tmp_path))
    before = set(Generation.objects.values_list("pk", flat=True))
    load(write_acme(tmp_path, car_model=OFTEN.replace("name: First", "name: The first")))
    assert set(Generation.objects.values_list("pk", flat=True)) == before


def test_it_names_a_page_that_left_the_files(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    found = left_the_files([GuidePage("acme", read_guides([tmp_path])[0].brand.content)])
    assert list(found) == ["acme/roadster: no longer in the files, left"]


# ------------------------------------------------------------------ pages that staff edited
def test_it_leaves_a_page_that_staff_edited_and_lists_it(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    for _again in range(2):
        output = load(write_acme(tmp_path, car_model=OFTEN))
        assert dealer().answer == "Ask Bob."
        assert output.splitlines() == [
            "acme/roadster: edited by staff, left alone. "
            "Decide: --overwrite acme/roadster or --keep acme/roadster",
            "nothing changed",
        ]
    assert LoadedPage.objects.exclude(left_at=None).get().page == "acme/roadster"


def test_the_admins_first_page_lists_it(tmp_path: Path, admin_client: Client) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    assert "<li>acme/roadster</li>" not in admin_client.get("/admin/").content.decode()
    load(tmp_path)
    assert "<li>acme/roadster</li>" in admin_client.get("/admin/").content.decode()
    load(tmp_path, "--keep", "acme/roadster")
    assert "<li>acme/roadster</li>" not in admin_client.get("/admin/").content.decode()


def test_it_lists_an_edited_page_also_where_the_file_did_not_change(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    assert "acme/roadster: edited by staff, left alone" in load(tmp_path)


def test_the_other_pages_are_replaced(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    output = load(write_acme(tmp_path, BRAND.replace("Does a dealer", "Can a dealer")))
    assert "acme: replaced" in output
    assert Question.objects.get(guide__key="acme").question == "Can a dealer help?"


def test_it_takes_the_file_when_told_to_overwrite(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    Passage.objects.create(guide=Guide.objects.get(key="acme/roadster"), section="note", text="x")
    assert "acme/roadster: replaced" in load(tmp_path, "--overwrite", "acme/roadster")
    assert dealer().answer == "Yes."
    assert not Passage.objects.filter(text="x").exists()
    assert load(tmp_path).strip() == "nothing changed"
    assert not LoadedPage.objects.exclude(left_at=None).exists()


def test_it_keeps_the_page_when_told_to_until_the_file_changes(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    load(tmp_path, "--keep", "acme/roadster")
    assert "left alone" not in load(tmp_path)
    assert not LoadedPage.objects.exclude(left_at=None).exists()
    assert "left alone" in load(write_acme(tmp_path, car_model=OFTEN))
    assert dealer().answer == "Ask Bob."


def test_a_page_that_nobody_edited_is_kept_too_when_told_to(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    load(write_acme(tmp_path, car_model=OFTEN), "--keep", "acme/roadster")
    load(tmp_path)
    assert dealer().answer == "Yes."


def test_it_refuses_to_decide_about_a_page_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no page acme/coupe"):
        load(write_acme(tmp_path), "--overwrite", "acme/coupe")
    assert not Brand.objects.exists()


def generations(guide: Guide) -> None:
    guide.procedures.get().generations.set(Generation.objects.all())


def deleted_row(guide: Guide) -> None:
    guide.symptoms.all().delete()


def new_row(guide: Guide) -> None:
    Passage.objects.create(guide=guide, section="note", text="One.")


def order_of_rows(guide: Guide) -> None:
    Generation.objects.filter(key="r1").update(position=9)


def fact(guide: Guide) -> None:
    guide.known_facts.update(confidence="low")


def unpublished(guide: Guide) -> None:
    guide.is_published = False
    guide.save()


def address(guide: Guide) -> None:
    CarModel.objects.update(slug="roadster-mk1")


def deleted_page(guide: Guide) -> None:
    guide.delete()


EDITS = [
    generations, deleted_row, new_row, order_of_rows, fact, unpublished, address, deleted_page,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_each_of_these_is_an_edit(tmp_path: Path, edit: Callable[[Guide], None]) -> None:
    load(write_acme(tmp_path))
    edit(Guide.objects.get(key="acme/roadster"))
    assert "acme/roadster: edited by staff, left alone" in load(tmp_path)
    load(tmp_path, "--overwrite", "acme/roadster")
    assert load(tmp_path).strip() == "nothing changed"


def test_a_review_is_no_edit_and_its_day_stays(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    Guide.objects.update(last_reviewed=date(2027, 1, 1))
    load(write_acme(tmp_path, car_model=OFTEN))
    guide = Guide.objects.get(key="acme/roadster")
    assert (guide.last_reviewed, dealer().answer) == (date(2027, 1, 1), "Often.")


def test_a_brand_that_staff_made_is_theirs(tmp_path: Path) -> None:
    Brand.objects.create(slug="acme", name="Acme by hand")
    output = load(write_acme(tmp_path))
    assert "acme: edited by staff, left alone" in output
    assert "acme/roadster: created" in output
    assert Brand.objects.get().name == "Acme by hand"


def test_a_row_of_staffs_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    brand = Brand.objects.create(slug="acme", name="Acme", key="other")
    CarModel.objects.create(brand=brand, slug="roadster", name="Roadster", key="other/roadster")
    with pytest.raises(CommandError, match="brand 'acme': Brand with this Slug already exists"):
        load(write_acme(tmp_path))


def test_it_follows_a_brand_whose_address_staff_changed(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    Brand.objects.update(slug="acme-cars")
    load(write_acme(tmp_path, car_model=OFTEN))
    assert dealer().answer == "Often."
    assert dealer().guide.brand.slug == "acme-cars"


def test_rows_that_staff_made_get_a_key_and_keep_it(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    guide = Guide.objects.get(key="acme/roadster")
    for _again in range(2):
        Passage.objects.create(guide=guide, section="note", title="Good to know", text="x")
    keys = list(guide.passages.order_by("pk").values_list("key", flat=True))
    assert keys == ["why", "good-to-know", "good-to-know-2"]
    passage = guide.passages.get(key="good-to-know")
    passage.title = "Another title"
    passage.save()
    assert passage.key == "good-to-know"
