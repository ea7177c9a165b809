"""Which rows of a list are used, what the report says of the others, and what is refused whole."""

import io
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from orders.models import CodeBookEntry, Import, ImportStatus, Radio
from tests.steps.code_lists import csv_of, read_file, remarks, xlsx_of
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_brand,
    make_code_book_entry,
    make_fallback_radio,
    make_part_number,
    make_radio,
)

OTHER = "BP999999999999"
UNKNOWN_BRAND = "This brand is not known. Known are: Nissan."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nissan() -> None:
    make_radio()
    make_part_number()


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    """The import of a list with these lines."""

    def read(*lines: str, options: tuple[str, ...] = (), **kwargs: str) -> Import:
        return read_file(tmp_path, csv_of(*lines, **kwargs), *options)

    return read


@pytest.fixture
def sheet(tmp_path: Path) -> Any:
    def read(*rows: Any, options: tuple[str, ...] = ()) -> Import:
        return read_file(tmp_path, xlsx_of(*rows), *options, name="list.xlsx")

    return read


def test_a_row_becomes_an_entry(rows: Any) -> None:
    job = rows("nissan,bp1234 5678-9012,4307")
    entry = CodeBookEntry.objects.get()
    assert (job.rows, job.added, job.status) == (1, 1, ImportStatus.READ)
    assert (entry.serial, entry.code, entry.came_with) == (SERIAL, CODE, job)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("\ufeffbrand,serial,code", f"nissan,{SERIAL},{CODE}"),
        ("Brand;Serial;Code", f"Nissan;{SERIAL};{CODE}"),
        ("make\tSerial No.\tUnlock code", f"Nissan\t{SERIAL}\t{CODE}"),
        ("code,note,serial,brand", f"{CODE},from a dealer,{SERIAL},NISSAN"),
        ('"brand","serial","code"', f'"nissan","{SERIAL}"," 43 07 "'),
        ("S/N,PIN", f'{SERIAL},"=""{CODE}"""'),
        ("sep=;\nserial;code", f"{SERIAL};'{CODE}"),
        ("serial,code,radio", f"{SERIAL},{CODE},blaupunkt_bp"),
        ("Serial [on the label];Code (4 digits)", f"{SERIAL};{CODE}"),
        (";Marke;Numéro de série;“Código”", f"x;Nissan;“{SERIAL}”;'{CODE}'"),
        ("Codes of 2019;;\n;;\nserial;code", f"{SERIAL};{CODE}"),
        ("serial,code", f"{SERIAL},\u200e４３０７\u200e"),
        ("Codes;\nserial;code", f"{SERIAL};{CODE}"),
    ],
)
def test_it_reads_what_spreadsheets_write(rows: Any, header: str, line: str) -> None:
    job = rows(line, "", header=header)
    assert (job.added, remarks(job)) == (1, [])
    assert CodeBookEntry.objects.get().code == CODE


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_ends_a_line(tmp_path: Path, end: bytes) -> None:
    job = read_file(tmp_path, csv_of(f"nissan,{SERIAL},{CODE}", "x,y,z").replace(b"\n", end))
    assert (job.added, remarks(job)) == (1, [(3, UNKNOWN_BRAND)])


@pytest.mark.also_on_sqlite
def test_a_note_is_kept_encrypted(rows: Any) -> None:
    rows(f"{SERIAL},{CODE},from a dealer", header="serial,code,note")
    entry = CodeBookEntry.objects.get()
    assert entry.note == "from a dealer"
    assert entry.origin == ""


def test_windows_letters_are_read_beside_utf_8(tmp_path: Path) -> None:
    make_radio(brand=make_brand(slug="citroen", name="Citroën"), key="c", pattern=r"^BP\d{12}$")
    lines = ["Citroën,BP123456789013,1111".encode("cp1252"), "Citroën,BP123456789014,2222".encode()]
    job = read_file(tmp_path, b"\n".join([csv_of(), *lines]))
    assert (job.added, remarks(job)) == (2, [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"trabant,{SERIAL},{CODE}", UNKNOWN_BRAND),
        (f"nissan,{SERIAL}", "There are too few columns."),
        (f"nissan,{SERIAL},43O7", "The code is not: four digits."),
        (
            f"nissan,{SERIAL},307",
            "The code is not: four digits. A spreadsheet may have dropped its leading zeros.",
        ),
        (f"nissan,{SERIAL},٤٣٠٧", "The code is not: four digits."),
        (f"nissan,{SERIAL},0000", "This code only fills the place of one."),
        (f"nissan,{SERIAL},=4307", "This is a formula. Save the list with its values."),
        (
            "nissan,8.15E+13,4307",
            "A spreadsheet shortened this number. Format the column as text.",
        ),
        (f"nissan,,{CODE}", "There is no serial."),
        (f"nissan,7612345678,{CODE}", "This looks like part number, not like a serial."),
        (f"nissan,BP12345678901\ufffd,{CODE}", "“\ufffd” is not part of a serial."),
        (f"nissan,ZZ77,{CODE}", "No radio of this brand has serials like this."),
        (f",ZZ77,{CODE}", "No radio has serials like this. Name the brand in a column."),
        (f"nissan,{'x' * 2000}\0,{CODE}", "This line is no row of a list."),
        (f"nissan,{'x' * 600_000},{CODE}", "This line is no row of a list."),
        (f"nissan,{'B' * 2000},{CODE}", "This cell is too long."),
        ("," * 60, "There are too many columns."),
    ],
)
def test_a_broken_row_is_named_and_stops_nothing(rows: Any, line: str, why: str) -> None:
    Radio.objects.update(placeholders=["0000"])
    job = rows(line, f"nissan,{SERIAL},{CODE}")
    assert remarks(job) == [(2, why)]
    assert (job.rows, job.added, job.broken) == (2, 1, 1)


def test_an_open_quotation_mark_spoils_its_own_line_only(rows: Any) -> None:
    job = rows(f'nissan,"{SERIAL},{CODE}', f"nissan,{SERIAL},{CODE}")
    assert (job.added, [line for line, _text in remarks(job)]) == (1, [2])


@pytest.mark.also_on_sqlite
def test_leading_zeros_are_put_back_where_somebody_says_they_were_lost(rows: Any) -> None:
    job = rows(f"nissan,{SERIAL},307", options=("--pad-codes",))
    assert (job.added, job.repaired) == (1, 1)
    assert remarks(job) == [(2, "Leading zeros were put back before the code.")]
    assert CodeBookEntry.objects.get().code == "0307"


def test_an_unknown_shape_may_be_one_of_the_brands_other_radios(rows: Any) -> None:
    make_fallback_radio()
    job = rows("nissan,ZZ77,4307")
    assert job.added == 1
    ((_line, remark),) = remarks(job)
    assert remark == "No radio of this brand has serials like this. Read as: Another Nissan radio."


def test_a_serial_tells_its_brand_where_nobody_names_it(rows: Any) -> None:
    job = rows(f"{SERIAL},{CODE}", header="serial,code")
    assert (job.added, CodeBookEntry.objects.get().brand.slug) == (1, "nissan")


def test_a_serial_that_two_brands_may_have_wants_its_brand(rows: Any) -> None:
    make_radio(brand=make_brand(slug="renault", name="Renault"), key="bp")
    job = rows(f"{SERIAL},{CODE}", header="serial,code")
    assert remarks(job) == [
        (2, "Several brands have serials like this. Name the brand in a column.")
    ]
    assert rows(f"{SERIAL},{CODE}", header="serial,code", options=("--brand=renault",)).added == 1


def test_a_serial_of_one_family_needs_no_brand(rows: Any) -> None:
    make_radio(brand=make_brand(slug="renault", name="Renault"), key="bp")
    Radio.objects.update(family="bp")
    assert rows(f"{SERIAL},{CODE}", header="serial,code").added == 1


def test_a_named_radio_wants_its_own_serials(rows: Any) -> None:
    make_radio(key="m", name="M", pattern=r"^M\d{6}$")
    job = rows(f"{SERIAL},{CODE},M", f"ZZ77,{CODE},nothing", header="serial,code,radio")
    assert remarks(job) == [
        (2, "This radio has no serials like this."),
        (3, "This radio is not known."),
    ]


def test_a_radio_that_nobody_knows_matters_not_where_the_serial_decides(rows: Any) -> None:
    assert rows(f"nissan,{SERIAL},{CODE},6000CD", header="brand,serial,code,radio").added == 1


JOINT = {
    "vauxhall-opel": "Vauxhall / Opel", "volkswagen": "Volkswagen, Škoda, SEAT",
    "honda": "Honda and Acura", "peugeot-citroen": "Peugeot / Citroën",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Opel", "vauxhall-opel"), ("Opel/Vauxhall", "vauxhall-opel"), ("VW", "volkswagen"),
        ("Skoda", "volkswagen"), ("ŠKODA (CZ)", "volkswagen"), ("Acura", "honda"),
        ("CITROEN", "peugeot-citroen"), ("peugeot citroen", "peugeot-citroen"),
        ("Opel, Acura", None),
    ],
)  # fmt: skip
def test_a_brand_is_known_by_each_of_its_names(rows: Any, name: str, slug: str | None) -> None:
    for each, names in JOINT.items():
        make_radio(brand=make_brand(slug=each, name=names), key=each, pattern=r"^GM\d{12}$")
    job = rows(f'"{name}",GM920328268660,{CODE}')
    known = "Honda and Acura, Nissan, Peugeot / Citroën, Vauxhall / Opel, Volkswagen, Škoda, SEAT."
    assert [entry.brand.slug for entry in CodeBookEntry.objects.all()] == ([slug] if slug else [])
    expected = f"This brand is not known. Known are: {known}"
    assert {text for _line, text in remarks(job)} == (set() if slug else {expected})


@pytest.mark.parametrize("blank", [";;;", ";;;see below", "Seats;;;", '"";" ";\'\';', '="";;;'])
def test_a_row_without_serial_and_code_is_no_row(rows: Any, blank: str) -> None:
    job = rows(blank, f"nissan;{SERIAL};{CODE};", header="brand;serial;code;note")
    assert (job.rows, job.added, remarks(job)) == (1, 1, [])


@pytest.mark.also_on_sqlite
def test_serials_that_are_written_in_several_ways_are_one(rows: Any) -> None:
    make_radio(key="u", pattern=r"^U?\d{8}$", canonical_pattern=r"^U?(\d{8})$")
    job = rows("nissan,U12345678,4307", "nissan,12345678,4307")
    assert (job.added, job.repeated) == (1, 1)
    assert CodeBookEntry.objects.get().serial == "12345678"


# ------------------------------------------------------------------ compared with the book
@pytest.mark.also_on_sqlite
def test_read_again_it_changes_nothing(rows: Any) -> None:
    rows(f"nissan,{SERIAL},{CODE}")
    job = rows(f"nissan,{SERIAL},{CODE}")
    assert (job.added, job.known, job.repeated) == (0, 1, 0)


@pytest.mark.also_on_sqlite
def test_a_row_that_stands_twice_counts_once(rows: Any) -> None:
    job = rows(f"nissan,{SERIAL},{CODE}", f"nissan,{SERIAL},{CODE}")
    assert (job.added, job.known, job.repeated) == (1, 0, 1)
    assert list(job.remarks.values_list("kind", "line")) == [("repeated", 3)]


@pytest.mark.also_on_sqlite
def test_another_code_for_a_known_serial_is_named_and_not_taken(rows: Any) -> None:
    make_code_book_entry()
    job = rows(f"nissan,{SERIAL},9999")
    assert remarks(job) == [(2, "This serial is known with another code, which was kept.")]
    assert (job.known, job.conflicts, CodeBookEntry.objects.get().code) == (0, 1, CODE)


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("is_known", [False, True])
def test_several_codes_for_one_serial_are_a_conflict_of_the_list(rows: Any, is_known: bool) -> None:
    """Before the book is asked: the report must not show which of the codes is right."""
    if is_known:
        make_code_book_entry()
    job = rows(*(f"nissan,{SERIAL},{code}" for code in (1111, CODE, 9999, CODE)))
    text = "This serial stands in the list with several codes. None of them was used."
    assert remarks(job) == [(2, text), (3, text), (4, text), (5, text)]
    assert (job.conflicts, job.known, job.added) == (4, 0, 0)
    assert CodeBookEntry.objects.count() == is_known


@pytest.mark.also_on_sqlite
def test_a_repeated_row_is_compared_with_the_book_once(rows: Any) -> None:
    make_code_book_entry()
    job = rows(f"nissan,{SERIAL},{CODE}", f"nissan,{SERIAL},{CODE}")
    assert (job.known, job.repeated, job.conflicts) == (1, 1, 0)


@pytest.mark.also_on_sqlite
def test_an_entry_under_an_older_key_is_known(rows: Any, settings: Any) -> None:
    make_code_book_entry()
    make_code_book_entry(OTHER, "1111")
    settings.HASH_KEYS = ["another-hash-key", *settings.HASH_KEYS]
    job = rows(f"nissan,{SERIAL},{CODE}", f"nissan,{OTHER},2222", "nissan,BP111111111111,3333")
    assert (job.rows, job.known, job.conflicts, job.added) == (3, 1, 1, 1)
    assert CodeBookEntry.objects.count() == 3


@pytest.mark.also_on_sqlite
def test_a_long_list_takes_few_questions(rows: Any, django_assert_max_num_queries: Any) -> None:
    lines = [f"nissan,BP{100_000_000_000 + n},{n:04}" for n in range(1, 7200)]
    with django_assert_max_num_queries(90):  # most of them SQLite's, which takes few rows at once
        assert rows(*lines, *lines[:10]).added == 7199
    assert Import.objects.latest("pk").repeated == 10


# ------------------------------------------------------------------ Excel
def test_it_reads_an_excel_file(sheet: Any) -> None:
    job = sheet(["Serial", "Code"], [SERIAL, CODE], [], ["x", CODE])
    assert (job.added, remarks(job)) == (
        1, [(4, "No radio has serials like this. Name the brand in a column.")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ((307, "General"), "The code is not: four digits. A spreadsheet may have dropped its"),
        ("=4307", "This is a formula or an error. Save the list with its values."),
        (True, "This is a formula or an error. Save the list with its values."),
        ((43_070_000_000_000_000, "0"), "Excel rounded this number. Format the column as text."),
        ("4" * 1001, "This cell is too long."),
    ],
)
def test_what_excel_did_to_a_code_is_told(sheet: Any, cell: Any, why: str) -> None:
    job = sheet(["serial", "code"], [SERIAL, cell], ["BP123456789013", CODE])
    [(line, text)] = remarks(job)
    assert (line, text.startswith(why), job.added) == (2, True, 1)


def test_a_date_is_no_code(sheet: Any) -> None:
    job = sheet(["serial", "code"], [SERIAL, (date(2026, 4, 3), "DD.MM")])
    assert remarks(job) == [(2, "Excel took this for a date. Format the column as text.")]


@pytest.mark.parametrize(("shown_as", "code"), [("0000", "0307"), ("0", None)])
def test_a_number_counts_as_it_is_shown(sheet: Any, shown_as: str, code: str | None) -> None:
    sheet(["serial", "code"], [SERIAL, (307, shown_as)])
    assert [entry.code for entry in CodeBookEntry.objects.all()] == ([code] if code else [])


def workbook_of(**sheets: str) -> Workbook:
    """A sheet for each name: one serial, with the code given."""
    book = Workbook()
    del book["Sheet"]
    for name, code in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(["serial", "code"])
        sheet.append([SERIAL, code])
    return book


def read_book(folder: Path, book: Workbook) -> Import:
    file = io.BytesIO()
    book.save(file)
    return read_file(folder, file.getvalue(), name="list.xlsx")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read(tmp_path: Path, state: Any) -> None:
    book = workbook_of(Old="1111", Codes="2222")
    book["Old"].sheet_state = state
    job = read_book(tmp_path, book)
    assert (job.sheet, CodeBookEntry.objects.get().code) == ("Codes", "2222")


def test_of_several_sheets_the_one_that_names_the_columns_is_read(tmp_path: Path) -> None:
    book = workbook_of(Prices="1111", Codes="2222")
    book["Prices"]["B1"] = "price"
    assert read_book(tmp_path, book).sheet == "Codes"


@pytest.mark.parametrize(
    ("header", "trouble"),
    [
        (
            "code",
            "Several sheets are lists of codes: “2019”, “2020”. Leave only one, or hide the rest.",
        ),
        (
            "price",
            "No visible sheet names the columns serial and code. There are: “2019”, “2020”.",
        ),
    ],
)
def test_a_sheet_that_staff_must_choose_is_not_guessed(
    tmp_path: Path, header: str, trouble: str
) -> None:
    book = workbook_of(**{"2019": "1111", "2020": "2222"})
    for sheet in book:
        sheet["B1"] = header
    job = read_book(tmp_path, book)
    assert (job.trouble, CodeBookEntry.objects.exists()) == (trouble, False)


def test_what_a_spreadsheet_hides_or_strikes_out_is_not_read(tmp_path: Path) -> None:
    book = workbook_of(Codes="1111")
    sheet = book["Codes"]
    sheet.append(["BP111111111111", "1111"])
    sheet.append(["BP222222222222", "2222", "3333"])
    sheet["C1"] = "code"
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet["B3"].font = Font(strike=True)
    job = read_book(tmp_path, book)
    assert remarks(job) == [
        (2, "This row is hidden. Show it, or delete it."),
        (3, "This cell is struck out. Delete its row, or the line through it."),
    ]
    assert [entry.code for entry in CodeBookEntry.objects.all()] == ["2222"]


# ------------------------------------------------------------------ refused whole
def archive_of(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            ending = ".xml.rels" if "_rels" in name else ".xml"
            archive.writestr(name.replace("__", "/") + ending, content)
    return file.getvalue()


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<workbook>&b;</workbook>"""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "This file is empty."),
        (b"\n \n", "This file is empty."),
        (
            b"serial,brand\n1,2",
            "The first line must name the columns serial and code. Missing: code.",
        ),
        (
            f"{SERIAL},{CODE}".encode(),
            "The first line must name the columns serial and code. Missing: serial, code.",
        ),
        (b"serial,sn,code\n", "The first line names two columns for the serial."),
        (b"," * 80, "The first line does not name the columns of a list of codes."),
        (b"\xd0\xcf\x11\xe0 old", "This is an old or a locked Excel file."),
        ("serial,code".encode("utf-16"), "This text is in UTF-16."),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "This is neither CSV nor an Excel file (.xlsx)."),
        (b"PK\x03\x04 cut", "This Excel file is damaged."),
        (archive_of(mimetype=b"x"), "This is an archive, but no Excel file (.xlsx)."),
        (archive_of(xl__workbook=b"<workbook"), "This Excel file is damaged."),
        (archive_of(xl__workbook=BOMB), "This Excel file is damaged."),
        (
            archive_of(xl__workbook=b'<?xml version="1.0" encoding="hex"?><workbook/>'),
            "This Excel file is damaged.",
        ),
        (archive_of(xl__workbook=bytes(21 * 1024 * 1024)), "This Excel file unpacks to more"),
        (
            archive_of(xl__workbook=b"<workbook/>", xl__worksheets__sheet1=bytes(21 * 1024**2)),
            "This Excel file unpacks to more",
        ),
        (xlsx_of(["serial", "code"])[:-500], "This Excel file is damaged."),
    ],
)
def test_what_is_no_list_is_refused_in_plain_words(
    tmp_path: Path, content: bytes, why: str
) -> None:
    job = read_file(tmp_path, content)
    assert job.status == ImportStatus.STOPPED
    assert job.trouble.startswith(why)


WORKBOOK = {
    "xl__workbook": b'<workbook><sheets><sheet name="Codes" r:id="rId1"/></sheets></workbook>',
    "xl___rels__workbook": b"""<Relationships>
        <Relationship Id="rId1" Type="/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="rId2" Type="/sharedStrings" Target="sharedStrings.xml"/>
    </Relationships>""",
}
TEXTS = b"<sst><si><t>serial</t></si><si><t>code</t></si>"
HEADER_ROW = b'<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'


def sheet_of(rows: tuple[bytes, int], texts: tuple[bytes, int]) -> bytes:
    """Below the header so many rows like this, and beside its texts so many others."""
    parts = {
        "xl__worksheets__sheet1": b"<worksheet><sheetData>" + HEADER_ROW + rows[0] * rows[1]
        + b"</sheetData></worksheet>",
        "xl__sharedStrings": TEXTS + texts[0] * texts[1] + b"</sst>",
    }  # fmt: skip
    return archive_of(**WORKBOOK | parts)


NONE = (b"", 0)


@pytest.mark.parametrize(
    ("rows", "texts", "why"),
    [
        ((b'<row r="999999999999"/>', 1), NONE, "A spreadsheet may have 100,000 rows."),
        ((b"<row/>", 100_000), NONE, "A spreadsheet may have 100,000 rows."),
        ((b'<row r="3"/>', 2), NONE, "This Excel file is damaged."),
        ((b"<c/>", 9_000_000), NONE, "This Excel file unpacks to more"),
        (NONE, (b"<si/>", 23_000_000), "This Excel file unpacks to more"),
        (NONE, (b"<si/>", 1_300_000), "This Excel file unpacks to more"),
        ((b"<!--" + b"x" * 1_000_000, 1), NONE, "This Excel file unpacks to more"),
        ((b"<a>", 100_000), NONE, "This Excel file is damaged."),
    ],
    ids=["row", "rows", "backwards", "cells", "texts", "tags", "token", "depth"],
)  # fmt: skip
def test_what_takes_gigabytes_or_for_ever_is_refused_fast(
    tmp_path: Path, rows: tuple[bytes, int], texts: tuple[bytes, int], why: str
) -> None:
    content = sheet_of(rows, texts)
    before = time.process_time()
    job = read_file(tmp_path, content)
    assert job.trouble.startswith(why)
    assert time.process_time() - before < 15
    assert not CodeBookEntry.objects.exists()
