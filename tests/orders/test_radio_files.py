from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from guides.loading.checking import read_guides
from guides.loading.guides import CONTENT as GUIDES
from guides.loading.pages import hashed
from guides.models import Brand, LoadedPage
from orders.models import ANOTHER_MAKE, NotASerial, Radio, shapes_of
from orders.radio_files import CONTENT, RowPage, read_radios
from orders.serials import read

pytestmark = pytest.mark.django_db

ACME = r"""
price: 1499
code_pattern: '^\d{4}$'
code_shape: four digits
radios:
  - key: one
    name: Acme One
    pattern: '^AB\d{4}$'
    lenient_pattern: '^AB[0-9A-Z]{4}$'
    prefix: AB
    length: 6
    example: AB1234
    sources: [code_book, desk]
    facts: [acme.serials.one]
  - key: two
    name: Acme Two
    pattern: '^\d{5}$'
    example: '12345'
    code_pattern: '^[1-6]{5}$'
    code_shape: five digits
    needs: [device_number]
    device_number_pattern: '^76\d{4}$'
    sources: [desk]
    price: 1999
    facts: [acme.serials.two]
  - key: another
    name: Another Acme
    is_fallback: true
    sources: [desk]
    facts: [acme.serials.one]
not_serials:
  - key: part-number
    what: a part number
    pattern: '^7\d{9}$'
    example: '7123456789'
    tell: The serial is beside it.
    facts: [acme.not_a_serial.1]
"""


@pytest.fixture
def acme() -> Brand:
    return Brand.objects.create(slug="acme", name="Acme", key="acme")


def write(folder: Path, text: str = ACME) -> Path:
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def load(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_radios", str(path), *options, stdout=out)
    return out.getvalue()


@pytest.mark.also_on_sqlite
def test_it_stores_what_is_sold_in_the_order_of_the_file(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    one, two, another = acme.radios.all()
    assert (one.key, one.price, one.code_shape) == ("one", 1499, "four digits")
    assert (two.key, two.price, two.code_pattern) == ("two", 1999, r"^[1-6]{5}$")
    assert two.needs == ["device_number"]
    assert another.is_fallback


def test_what_is_stored_recognises_serials(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    reading = read("AB 12-34", *shapes_of(acme))
    assert reading.shape == Radio.objects.get(key="one").shape
    assert read("7123456789", *shapes_of(acme)).advice == "The serial is beside it."


@pytest.mark.also_on_sqlite
def test_it_changes_nothing_when_run_again(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    assert load(write(tmp_path)).splitlines()[-1] == "nothing changed"
    assert Radio.objects.count() == 3


def test_it_brings_rows_to_what_the_file_says_now(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    output = load(write(tmp_path, ACME.replace("name: Acme One", "name: Acme First")))
    assert Radio.objects.get(key="one").name == "Acme First"
    assert "radios/acme/one: replaced" in output


def test_price_and_desk_hours_are_given_once(acme: Brand, tmp_path: Path) -> None:
    """Then they are staff's, as the selling switch is."""
    text = ACME.replace("    prefix: AB\n", "    prefix: AB\n    desk_hours: 5\n")
    load(write(tmp_path, text))
    Radio.objects.filter(key="one").update(is_on_sale=False)
    newer = text.replace("price: 1499", "price: 1299").replace("desk_hours: 5", "desk_hours: 9")
    for options in ([], ["--overwrite", "radios/acme/one"]):
        load(write(tmp_path, newer.replace("Acme One", "Acme First")), *options)
        radio = Radio.objects.get(key="one")
        assert (radio.price, radio.desk_hours, radio.is_on_sale) == (1499, 5, False)
        assert radio.name == "Acme First"


def test_a_price_of_staffs_is_no_edit(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    Radio.objects.filter(key="one").update(price=999, prices={"gbp": 899}, desk_hours=2)
    output = load(write(tmp_path, ACME.replace("Acme One", "Acme First")))
    radio = Radio.objects.get(key="one")
    assert (radio.price, radio.prices, radio.desk_hours) == (999, {"gbp": 899}, 2)
    assert radio.name == "Acme First" and "left alone" not in output


def test_it_leaves_alone_what_staff_edited_until_they_decide(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    Radio.objects.filter(key="one").update(code_shape="4 digits")
    newer = write(tmp_path, ACME.replace("Acme One", "Acme First").replace("Acme Two", "Acme II"))
    assert "Decide: --overwrite radios/acme/one or --keep radios/acme/one" in load(newer)
    assert [radio.name for radio in Radio.objects.all()[:2]] == ["Acme One", "Acme II"]
    load(newer, "--keep", "radios/acme/one")
    assert "radios/acme/one: edited" not in load(newer)
    load(newer, "--overwrite", "radios/acme/one")
    radio = Radio.objects.get(key="one")
    assert (radio.name, radio.code_shape) == ("Acme First", "four digits")


def test_the_first_load_after_the_update_sees_what_staff_edited(
    acme: Brand, tmp_path: Path
) -> None:
    """Version 0.9.0 kept in `loaded` what the file gave."""
    load(write(tmp_path))
    LoadedPage.objects.all().delete()
    for radio in Radio.objects.all():
        loaded = {"name": radio.name, "price": 1, "desk_hours": 1, "sources": radio.sources}
        Radio.objects.filter(pk=radio.pk).update(loaded=loaded)
    Radio.objects.filter(key="two").update(sources=["desk", "code_book"])
    output = load(write(tmp_path, ACME.replace("Acme One", "One").replace("Acme Two", "Two")))
    assert "radios/acme/two: edited by staff, left alone" in output
    assert [radio.name for radio in Radio.objects.all()[:2]] == ["One", "Acme Two"]


def test_it_leaves_a_radio_that_is_no_longer_in_the_file(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    output = load(write(tmp_path, ACME.replace("key: two", "key: three")))
    assert "radios/acme/two: no longer in the file, left" in output
    assert Radio.objects.filter(key="two").exists()


@pytest.mark.also_on_sqlite
def test_it_deletes_a_trap_that_is_no_longer_in_the_file(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    output = load(write(tmp_path, ACME.replace("key: part-number", "key: vin")))
    assert "not-serials/acme/part-number: deleted" in output
    assert [row.key for row in NotASerial.objects.all()] == ["vin"]
    load(write(tmp_path))
    assert [row.key for row in NotASerial.objects.all()] == ["part-number"]


def test_it_leaves_a_trap_that_staff_edited(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    NotASerial.objects.update(tell="Look beside it.")
    output = load(write(tmp_path, ACME.replace("key: part-number", "key: vin")))
    assert "not-serials/acme/part-number: no longer in the file, left" in output
    assert NotASerial.objects.count() == 2


def test_it_skips_a_brand_that_has_no_page(tmp_path: Path) -> None:
    assert "acme.yaml: no page for this brand yet, skipped" in load(write(tmp_path))
    assert not Radio.objects.exists()


def test_it_tells_of_facts_that_no_page_has(acme: Brand, tmp_path: Path) -> None:
    output = load(write(tmp_path))
    assert "acme.yaml:14: radios.0.facts.0: no page has a fact 'acme.serials.one'" in output


def test_it_only_checks_when_asked(acme: Brand, tmp_path: Path) -> None:
    output = load(write(tmp_path), "--check")
    assert output.strip() == "radios: 3, numbers that are no serial: 1, all well made"
    assert not Radio.objects.exists()


def test_it_refuses_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no"):
        load(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("price: 1499", "price: 0", "2: price: Input should be greater than 0"),
        ("price: 1999", "price: 49", "24: radios.1.price: Stripe refuses payments below €0.50"),
        ("price: 1999", "price: -1", "24: radios.1.price: Input should be greater than 0"),
        (r"'^AB\d{4}$'", "'^AB('", "8: radios.0.pattern: is no pattern"),
        (r"'^76\d{4}$'", "'['", "22: radios.1.device_number_pattern: is no pattern"),
        (r"'^[1-6]{5}$'", "'*'", "19: radios.1.code_pattern: is no pattern"),
        (r"code_pattern: '^\d{4}$'", "code_pattern: '('", "3: code_pattern: is no pattern"),
        (r"'^7\d{9}$'", "')'", "34: not_serials.0.pattern: is no pattern"),
        (r"'^\d{5}$'", r"'^\d{6}$'", "18: radios.1.example: does not fit the pattern"),
        (r"'^AB\d{4}$'", r"'^\w{5,6}$'", "18: radios.1.example: is taken by “Acme One”"),
        ("'7123456789'", "'12345'", "35: not_serials.0.example: is read as recognised"),
        ("example: AB1234", "example: AB 1234", "12: radios.0.example: must be a whole serial"),
        ("prefix: AB", "prefix: AC", "10: radios.0.prefix: the example does not start with AC"),
        ("length: 6", "length: 7", "11: radios.0.length: the example has 6 characters"),
        ("[device_number]", "[hologram]", "21: radios.1.needs.0: Input should be"),
        ("[device_number]", "[second_number]", "15: radios.1.second_number_label: is missing"),
        ("[code_book, desk]", "[oracle]", "13: radios.0.sources.0: Input should be"),
        ("[code_book, desk]", "[supplier, desk]", "6: radios.0.supplier_model: the source “supp"),
        (
            "[code_book, desk]",
            "[supplier]\n    supplier_model: nissan-glove-box",
            "14: radios.0.supplier_model: Input should be 'renault-dacia',",
        ),
        (
            "[code_book, desk]",
            "[supplier]\n    supplier_model: ford-m-series",
            "6: radios.0.supplier_pattern: does not make of the example what",
        ),
        ("[code_book, desk]", "[]", "13: radios.0.sources: List should have"),
        ("is_fallback: true", "is_fallback: false", "26: radios.2.pattern: is missing"),
        ("    pattern: '^\\d{5}$'\n", "    is_fallback: true\n", "5: radios: one radio, and only"),
        ("key: two", "key: one", "15: radios.1.key: 'one' is there twice"),
        ("name: Acme One", "name: " + "A" * 81, "7: radios.0.name: Ensure this value has at most"),
        ("name: Acme One", "name: 株", "7: radios.0.name: Receipts cannot show 株 (U+682A)."),
        ("prefix: AB", "prefex: AB", "10: radios.0.prefex: unknown field"),
    ],
)
def test_it_says_where_a_file_is_wrong(
    acme: Brand, tmp_path: Path, right: str, wrong: str, problem: str
) -> None:
    path = write(tmp_path, ACME.replace(right, wrong, 1))
    with pytest.raises(CommandError) as refused:
        load(path)
    assert f"{path}:{problem}" in str(refused.value)
    assert not Radio.objects.exists()


def test_the_shops_own_radios_rest_on_facts_of_its_guides() -> None:
    known = {
        fact
        for files in read_guides([GUIDES])
        for page in files.pages
        for fact in page.content.facts
    }
    for file in read_radios([CONTENT]):
        own = f"other.{file.path.stem}.".replace("-", "_")  # come with the page, if there is none
        for entry in [*file.content.radios, *file.content.not_serials]:
            unknown = set(entry.facts) - known
            assert not unknown or file.content.brand, entry.key
            assert all(fact.startswith(own) for fact in unknown), entry.key


def test_the_shop_sells_radios_for_every_brand_with_a_page() -> None:
    pages = {files.brand.path.stem for files in read_guides([GUIDES])}
    files = read_radios([CONTENT])
    assert pages == {file.path.stem for file in files} - {ANOTHER_MAKE}


def as_loaded_by_1_0() -> None:
    """That version's digests count no newer fields, and the update has named a family since."""
    for page in LoadedPage.objects.filter(page__startswith="radios/"):
        _folder, brand, key = page.page.split("/")
        row = RowPage(Radio, Brand.objects.get(slug=brand), key, {})
        values = dict(row.standing() or {})
        for name in ("family", "line_pattern"):
            values.pop(name)
        LoadedPage.objects.filter(pk=page.pk).update(digest=hashed(values))


def test_a_new_field_of_the_model_is_no_edit(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    as_loaded_by_1_0()
    Radio.objects.filter(key="two").update(name="Staff's name")
    newer = ACME.replace("Acme One", "Acme First").replace("Acme Two", "Acme Second")
    output = load(write(tmp_path, newer))
    assert "radios/acme/one: replaced" in output
    assert "radios/acme/two: edited by staff, left alone" in output
    assert [radio.name for radio in Radio.objects.all()[:2]] == ["Acme First", "Staff's name"]


def test_a_family_that_staff_edited_after_a_load_is_an_edit(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path))
    Radio.objects.filter(key="one").update(family="vag")
    output = load(write(tmp_path, ACME.replace("Acme One", "Acme First")))
    assert "radios/acme/one: edited by staff, left alone" in output


def test_a_radio_names_its_family_or_has_its_own(acme: Brand, tmp_path: Path) -> None:
    load(write(tmp_path, ACME.replace("name: Acme One", "name: Acme One\n    family: vag")))
    assert [radio.family for radio in Radio.objects.all()] == ["vag", "acme_two", "acme_another"]
