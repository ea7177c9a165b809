from pathlib import Path

import pytest

from guides.loading.checking import read_guides, warnings
from guides.loading.files import ContentError
from tests.steps.guide_files import BRAND, CAR_MODEL, line_with, write_acme


def refusal(folder: Path, brand: str = BRAND, car_model: str = CAR_MODEL) -> str:
    with pytest.raises(ContentError) as error:
        read_guides([write_acme(folder, brand, car_model)])
    return str(error.value)


def test_it_takes_files_that_are_well_made(tmp_path: Path) -> None:
    [acme] = read_guides([write_acme(tmp_path)])
    assert [page.path.name for page in acme.pages] == ["acme.yaml", "roadster.yaml"]
    assert list(warnings([acme])) == []


def test_it_refuses_an_unknown_field_and_names_file_line_and_field(tmp_path: Path) -> None:
    wrong = BRAND.replace("    text: It lost", "    colour: red\n    text: It lost")
    line = line_with(wrong, "colour")
    assert f"acme.yaml:{line}: passages.0.colour: unknown field" in refusal(tmp_path, wrong)


def test_it_names_every_fault_of_a_file_at_once(tmp_path: Path) -> None:
    wrong = BRAND.replace("  intro: Two sentences.\n", "").replace("    title: CODE\n", "")
    refused = refusal(tmp_path, wrong)
    assert "guide.intro: is missing" in refused
    assert "symptoms.0.title: is missing" in refused


def test_it_refuses_a_fact_that_is_not_there(tmp_path: Path) -> None:
    wrong = CAR_MODEL.replace(
        "answer: It waits.\n    facts: [acme.roadster.power.1]",
        "answer: It waits.\n    facts: [acme.power.9]",
    )
    line = line_with(wrong, "acme.power.9")
    refused = refusal(tmp_path, car_model=wrong)
    assert f"roadster.yaml:{line}: symptoms.0.facts.0: there is no fact 'acme.power.9'" in refused


def test_a_brand_may_not_rest_on_a_fact_of_its_car_model(tmp_path: Path) -> None:
    wrong = BRAND.replace("facts: [acme.power.1]", "facts: [acme.roadster.power.1]", 1)
    assert "there is no fact 'acme.roadster.power.1'" in refusal(tmp_path, wrong)


def test_it_refuses_a_source_that_is_not_there(tmp_path: Path) -> None:
    wrong = BRAND.replace("sources: [manual]", "sources: [hearsay]")
    assert "'hearsay' is not among this file's sources" in refusal(tmp_path, wrong)


@pytest.mark.parametrize("part", ["procedures", "symptoms", "questions"])
def test_it_refuses_a_row_that_rests_on_nothing(tmp_path: Path, part: str) -> None:
    before, _, after = BRAND.partition(f"{part}:")
    wrong = f"{before}{part}:{after.replace('facts: [acme.power.1]', 'facts: []', 1)}"
    assert f"{part}.0.facts" in refusal(tmp_path, wrong)


def test_it_refuses_two_rows_with_one_key(tmp_path: Path) -> None:
    row = "  - {key: dealer, question: Again?, answer: No., facts: [acme.power.1]}\n"
    wrong = BRAND.replace("sources:\n  manual", f"{row}sources:\n  manual")
    assert "questions.1.key: 'dealer' is there twice" in refusal(tmp_path, wrong)


def test_it_refuses_a_name_that_is_written_twice(tmp_path: Path) -> None:
    wrong = BRAND + "facts: {}\n"
    line = len(wrong.splitlines())
    assert f"acme.yaml:{line}: facts: is written twice" in refusal(tmp_path, wrong)


def test_it_refuses_a_procedure_without_steps(tmp_path: Path) -> None:
    wrong = BRAND.replace("steps: [Take it out., Read it.]", "steps: []")
    assert "procedures.0.steps" in refusal(tmp_path, wrong)


def test_it_refuses_a_generation_that_is_not_there(tmp_path: Path) -> None:
    wrong = CAR_MODEL.replace("generations: [r1]", "generations: [r9]")
    assert "procedures.0.generations: there is no generation 'r9'" in refusal(
        tmp_path, car_model=wrong
    )


def test_it_refuses_what_the_model_does_not_take(tmp_path: Path) -> None:
    wrong = BRAND.replace("section: why", "section: gossip")
    assert "passages.0.section: Value 'gossip' is not a valid choice." in refusal(tmp_path, wrong)


def test_it_refuses_a_brand_that_would_hide_an_address_of_the_shop(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(BRAND.replace("slug: acme", "slug: orders"))
    with pytest.raises(ContentError, match="brand.slug: “orders” is one of the shop's own"):
        read_guides([tmp_path / "orders.yaml"])


def test_it_refuses_a_slug_that_is_not_the_files_name(tmp_path: Path) -> None:
    wrong = BRAND.replace("slug: acme", "slug: akme")
    assert "brand.slug: must be the file's name, 'acme'" in refusal(tmp_path, wrong)


def test_it_says_where_a_file_is_not_yaml(tmp_path: Path) -> None:
    assert "acme.yaml:2: not YAML" in refusal(tmp_path, "brand: acme\n  broken: here\n")


def test_it_warns_of_generations_that_share_years(tmp_path: Path) -> None:
    shared = CAR_MODEL.replace("year_to: 2000", "year_to: 2003")
    [warning] = warnings(read_guides([write_acme(tmp_path, car_model=shared)]))
    assert "shares years with 'r1'" in str(warning)


def test_generations_may_say_that_they_were_sold_side_by_side(tmp_path: Path) -> None:
    shared = CAR_MODEL.replace("year_to: 2000", "year_to: 2003, overlaps: [r2]")
    assert list(warnings(read_guides([write_acme(tmp_path, car_model=shared)]))) == []


def test_it_warns_of_a_fact_that_nothing_rests_on(tmp_path: Path) -> None:
    idle = "  acme.idle.1: {says: idle, confidence: low, sources: [manual]}\n"
    [warning] = warnings(read_guides([write_acme(tmp_path, BRAND + idle)]))
    assert "facts.acme.idle.1: nothing rests on this fact" in str(warning)
