from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from guides.models import Brand, CarModel, Fact, Generation, Guide, Passage, Procedure, Question
from tests.steps.guide_files import BRAND, CAR_MODEL, write_acme

pytestmark = pytest.mark.django_db


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


def test_it_writes_what_the_file_changed(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    told = load(write_acme(tmp_path, car_model=CAR_MODEL.replace('"Yes."', "Often.")))
    assert dealer().answer == "Often."
    assert "acme/roadster question 'dealer': updated answer" in told


def test_a_change_shows_in_the_guides_time(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    before = Guide.objects.get(key="acme/roadster").updated_at
    load(write_acme(tmp_path, car_model=CAR_MODEL.replace('"Yes."', "Often.")))
    assert Guide.objects.get(key="acme/roadster").updated_at > before


def test_it_keeps_what_staff_changed_and_says_so(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    told = load(write_acme(tmp_path, car_model=CAR_MODEL.replace('"Yes."', "Often.")))
    assert dealer().answer == "Ask Bob."
    assert "acme/roadster question 'dealer': answer was edited by staff, kept" in told


def test_it_keeps_field_by_field(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    load(write_acme(tmp_path, car_model=CAR_MODEL.replace("Does a dealer", "Can a dealer")))
    assert dealer().question == "Can a dealer help?"
    assert dealer().answer == "Ask Bob."


def test_it_overwrites_staff_when_forced(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    load(tmp_path, "--force")
    assert dealer().answer == "Yes."
    assert load(tmp_path).strip() == "nothing changed"


def test_it_keeps_generations_that_staff_chose(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    procedure = Procedure.objects.get(guide__key="acme/roadster")
    procedure.generations.set(Generation.objects.all())
    assert "generations was edited by staff, kept" in load(tmp_path)
    assert procedure.generations.count() == 2


def test_it_deletes_a_row_that_left_the_file(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    load(write_acme(tmp_path, car_model=CAR_MODEL.replace("key: dealer", "key: garage")))
    keys = Question.objects.filter(guide__key="acme/roadster").values_list("key", flat=True)
    assert list(keys) == ["garage"]


def test_it_leaves_a_row_that_left_the_file_when_staff_edited_it(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    edit_answer("Ask Bob.")
    told = load(write_acme(tmp_path, car_model=CAR_MODEL.replace("key: dealer", "key: garage")))
    assert dealer().answer == "Ask Bob."
    assert "'dealer': no longer in the files, left; answer was edited by staff, kept" in told


def test_it_never_touches_rows_that_staff_made(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    guide = Guide.objects.get(key="acme")
    for text in ("One.", "Two."):
        Passage.objects.create(guide=guide, section="note", text=text)
    load(tmp_path, "--force")
    assert Passage.objects.filter(guide=guide, section="note", loaded={}).count() == 2


def test_it_tells_of_a_brand_of_staffs_own_that_is_in_the_way(tmp_path: Path) -> None:
    Brand.objects.create(slug="acme", name="Acme by hand")
    with pytest.raises(CommandError, match="brand 'acme': Brand with this Slug already exists"):
        load(write_acme(tmp_path))


def test_it_follows_a_brand_whose_address_staff_changed(tmp_path: Path) -> None:
    load(write_acme(tmp_path))
    Brand.objects.update(slug="acme-cars")
    load(write_acme(tmp_path, BRAND.replace("name: Acme}", "name: ACME}")))
    brand = Brand.objects.get()
    assert (brand.slug, brand.name) == ("acme-cars", "ACME")
