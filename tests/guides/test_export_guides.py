"""Files, rows, and files again."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from guides.loading.guides import load_guides
from guides.models import Brand, CarModel, Fact, Guide, LegalText, Passage
from orders.radio_files import load_radios
from tests.steps.content import loaded
from tests.steps.guide_files import write_acme

pytestmark = pytest.mark.django_db


def export(to: Path, *pages: str) -> str:
    out = StringIO()
    call_command("export_guides", *pages, to=to, stdout=out)
    return out.getvalue()


def texts(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_all_that_is_shipped_goes_round_and_stays_the_same(tmp_path: Path) -> None:
    loaded(load_guides)
    export(tmp_path / "one")
    report = load_guides([tmp_path / "one"])
    assert (list(report.lines()), report.summary()) == ([], "nothing changed")
    Brand.objects.all().delete()
    LegalText.objects.all().delete()
    load_guides([tmp_path / "one"])
    export(tmp_path / "two")
    assert texts(tmp_path / "two") == texts(tmp_path / "one")


def test_what_staff_wrote_goes_round_too(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])
    guide = Guide.objects.get(key="acme/roadster")
    text = "First: “quoted”.\r\n\r\n  - no list, 'yes'\r\n# no comment" + " and so on" * 20
    for position in (0, 0, 7):
        Passage.objects.create(
            guide=guide,
            section="note",
            text=text,
            facts=["acme.roadster.bench.1"],
            position=position,
        )
    Fact.objects.create(
        key="acme.roadster.bench.1",
        guide=guide,
        says="seen",
        confidence="low",
        sources=["our own bench", "https://example.com/other"],
    )
    export(tmp_path / "one")
    report = load_guides([tmp_path / "one"])
    assert (list(report.lines()), report.summary()) == ([], "nothing changed")
    Brand.objects.all().delete()
    load_guides([tmp_path / "one"])
    export(tmp_path / "two")
    assert texts(tmp_path / "two") == texts(tmp_path / "one")


def test_rows_that_staff_made_get_a_key_and_keep_it(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])
    guide = Guide.objects.get(key="acme/roadster")
    for _ in range(2):
        Passage.objects.create(guide=guide, section="note", title="Good to know", text="x")
    export(tmp_path / "one")
    keys = list(guide.passages.order_by("pk").values_list("key", flat=True))
    assert keys == ["why", "good-to-know", "good-to-know-2"]
    guide.passages.filter(key="good-to-know").update(title="Another title")
    export(tmp_path / "one")
    assert "key: good-to-know\n" in (tmp_path / "one/acme/roadster.yaml").read_text()


def test_a_brand_that_staff_made_gets_a_file(tmp_path: Path) -> None:
    brand = Brand.objects.create(slug="zenith", name="Zenith")
    car_model = CarModel.objects.create(brand=brand, slug="one", name="One")
    for page in (None, car_model):
        guide = Guide.objects.create(
            brand=brand, car_model=page, title="Zenith", description="d", intro="i",
            last_reviewed="2026-11-01", facts=["zenith.a.1"],
        )  # fmt: skip
    Fact.objects.create(
        key="zenith.a.1", guide=guide, says="so", confidence="low", sources=["our own bench"]
    )
    Fact.objects.update(guide=Guide.objects.get(car_model=None))
    export(tmp_path)
    assert sorted(texts(tmp_path)) == ["zenith.yaml", "zenith/one.yaml"]
    assert load_guides([tmp_path]).summary() == "nothing changed"


def test_it_writes_the_pages_that_are_asked_for(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])
    export(tmp_path / "one", "acme/roadster")
    assert list(texts(tmp_path / "one")) == ["acme/roadster.yaml"]
    export(tmp_path / "two", "acme")
    assert sorted(texts(tmp_path / "two")) == ["acme.yaml", "acme/roadster.yaml"]


def test_it_leaves_a_file_that_says_the_same(tmp_path: Path) -> None:
    load_guides([write_acme(tmp_path)])
    export(tmp_path / "one")
    assert "0 of 2 files written" in export(tmp_path / "one")


def test_it_refuses_a_page_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no page nobody"):
        export(tmp_path, "nobody")


def test_it_is_easy_to_read(tmp_path: Path) -> None:
    loaded(load_guides)
    export(tmp_path, "nissan/micra")
    text = (tmp_path / "nissan/micra.yaml").read_text()
    assert "    text: >-\n      " in text
    assert "    facts: [nissan.micra.generations.1]\n" in text
    assert text.index("car_model:") < text.index("generations:") < text.index("guide:")
    assert not [line for line in text.splitlines() if len(line) > 120 and "http" not in line]


def test_a_new_brand_is_two_files(tmp_path: Path) -> None:
    """One for its guide, one for what is sold; no code."""
    load_guides([write_acme(tmp_path)])
    radios = tmp_path / "radios"
    radios.mkdir()
    (radios / "acme.yaml").write_text(
        """
price: 2900
code_pattern: ^\\d{4}$
code_shape: four digits
radios:
  - {key: ax, name: Acme AX, pattern: "AX\\\\d{6}", example: AX123456, sources: [code_book],
     facts: [acme.power.1]}
  - {key: other, name: Another Acme, is_fallback: true, sources: [desk], facts: [acme.power.1]}
"""
    )
    load_radios([radios])
    assert sorted(Brand.objects.get().radios.values_list("key", flat=True)) == ["ax", "other"]
