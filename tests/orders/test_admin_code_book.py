"""Reading a list of codes into the book, from the admin and from the command line."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from orders.code_book import import_rows
from orders.models import CodeBookEntry
from tests.factories import (
    CODE,
    SERIAL,
    make_code_book_entry,
    make_fallback_radio,
    make_part_number,
    make_radio,
    make_staff,
)

pytestmark = pytest.mark.django_db

URL = "/admin/orders/codebookentry/import/"
HEADER = "brand,serial,code"


@pytest.fixture(autouse=True)
def nissan() -> None:
    make_radio()
    make_part_number()


def rows(*lines: str, header: str = HEADER) -> Any:
    return import_rows([header, *lines], origin="list.csv")


def remarks(found: list[Any]) -> list[tuple[int, str]]:
    return [(remark.line, remark.text) for remark in found]


def test_a_row_becomes_an_entry() -> None:
    assert rows("nissan,bp1234 5678-9012,4307").added == 1
    entry = CodeBookEntry.objects.get()
    assert (entry.serial, entry.code, entry.origin) == (SERIAL, CODE, "list.csv")


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("\ufeffbrand,serial,code", f"nissan,{SERIAL},{CODE}"),
        ("Brand;Serial;Code", f"Nissan;{SERIAL};{CODE}"),
        ("code,note,serial,brand", f"{CODE},from a dealer,{SERIAL},NISSAN"),
        ('"brand","serial","code"', f'"nissan","{SERIAL}"," 43 07 "'),
    ],
)
def test_it_reads_what_spreadsheets_write(header: str, line: str) -> None:
    report = rows(line, "", header=header)
    assert (report.added, report.problems) == (1, [])


@pytest.mark.parametrize("header", ["", "serial,code", f"nissan,{SERIAL},{CODE}"])
def test_without_column_names_nothing_is_read(header: str) -> None:
    report = rows(f"nissan,{SERIAL},{CODE}", header=header)
    assert report.added == 0
    assert "The first line must name the columns" in report.problems[0].text


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"trabant,{SERIAL},{CODE}", "This brand is not known."),
        (f"nissan,{SERIAL}", "There are too few columns."),
        (f"nissan,{SERIAL},43O7", "The code is not: four digits."),
        (f"nissan,{SERIAL},307", "The code is not: four digits."),
        (f"nissan,,{CODE}", "There is no serial."),
        (f"nissan,7612345678,{CODE}", "This looks like part number, not like a serial."),
        (f"nissan,BP12345678901\ufffd,{CODE}", "“\ufffd” is not part of a serial."),
        (f"nissan,ZZ77,{CODE}", "No radio of this brand has serials like this."),
        (f"nissan,\0{'x' * 200_000},{CODE}", "This line is no row of a list."),
    ],
)
def test_a_broken_row_is_named_and_stops_nothing(line: str, why: str) -> None:
    report = rows(line, f"nissan,{SERIAL},{CODE}")
    assert remarks(report.problems) == [(2, why)]
    assert report.added == 1


def test_an_open_quotation_mark_spoils_its_own_line_only() -> None:
    report = rows(f'nissan,"{SERIAL},{CODE}', f"nissan,{SERIAL},{CODE}")
    assert (report.added, [remark.line for remark in report.problems]) == (1, [2])


def test_an_unknown_shape_may_be_one_of_the_brands_other_radios() -> None:
    make_fallback_radio()
    assert rows("nissan,ZZ77,4307").added == 1


def test_read_again_it_changes_nothing() -> None:
    rows(f"nissan,{SERIAL},{CODE}")
    report = rows(f"nissan,{SERIAL},{CODE}")
    assert (report.added, report.known) == (0, 1)


def test_a_row_that_stands_twice_counts_once() -> None:
    report = rows(f"nissan,{SERIAL},{CODE}", f"nissan,{SERIAL},{CODE}")
    assert (report.added, report.known) == (1, 1)


@pytest.mark.parametrize("is_known", [True, False])
def test_another_code_for_a_serial_is_named_and_not_taken(is_known: bool) -> None:
    if is_known:
        make_code_book_entry()
    report = rows(f"nissan,{SERIAL},{CODE}", f"nissan,{SERIAL},9999")
    text = "This serial is known with another code, which was kept."
    assert remarks(report.conflicts) == [(3, text)]
    assert CodeBookEntry.objects.get().code == CODE


def test_a_long_list_takes_few_questions(django_assert_max_num_queries: Any) -> None:
    lines = [f"nissan,BP{100_000_000_000 + n},{n:04}" for n in range(1200)]
    with django_assert_max_num_queries(60):
        assert rows(*lines).added == 1200


# ------------------------------------------------------------------ in the admin
def upload(client: Client, content: bytes) -> Any:
    return client.post(URL, {"file": SimpleUploadedFile("list.csv", content)})


def test_the_report_names_lines_and_no_code(admin_client: Client) -> None:
    make_code_book_entry()
    content = f"{HEADER}\nnissan,{SERIAL},9876\nnissan,BP123456789013,1234\nx,y,5555\n"
    page = upload(admin_client, b"\xef\xbb\xbf" + content.encode()).content.decode()
    for words in ("1 code was added.", "1 row is in conflict", "1 row could not be used."):
        assert words in page
    for code in (CODE, "9876", "1234", "5555"):
        assert code not in page.split('id="report"')[1].split("</section>")[0]


def test_bytes_that_are_no_text_spoil_their_row_only(admin_client: Client) -> None:
    content = f"{HEADER}\nnissan,{SERIAL},{CODE}\nnissan,BP12\xff,{CODE}\n".encode("latin-1")
    page = upload(admin_client, content).content.decode()
    assert "1 code was added." in page
    assert "1 row could not be used." in page


@pytest.mark.parametrize("content", [b"", b"x" * 1_000_001])
def test_an_unusable_file_is_refused(admin_client: Client, content: bytes) -> None:
    assert upload(admin_client, content).status_code == 422


def test_importing_takes_the_permission(client: Client) -> None:
    client.force_login(make_staff("vera", "view_codebookentry", "view_code"))
    assert client.get(URL).status_code == 403
    assert upload(client, f"{HEADER}\nnissan,{SERIAL},{CODE}\n".encode()).status_code == 403
    assert not CodeBookEntry.objects.exists()


def test_a_whole_serial_finds_its_entry(admin_client: Client) -> None:
    entry, other = make_code_book_entry(), make_code_book_entry("BP123456789013")
    page = admin_client.get("/admin/orders/codebookentry/", {"q": "bp1234 56789012"})
    content = page.content.decode()
    assert str(entry) in content
    assert str(other) not in content


def test_an_entrys_code_is_shown_on_request_and_logged(admin_client: Client) -> None:
    entry = make_code_book_entry(code="8642")
    page = f"/admin/orders/codebookentry/{entry.pk}/"
    assert "8642" not in admin_client.get(f"{page}change/").content.decode()
    assert "8642" in admin_client.post(f"{page}code/").content.decode()
    assert LogEntry.objects.get().get_change_message() == "Looked at the code."


def test_an_entrys_code_takes_the_permission(client: Client) -> None:
    entry = make_code_book_entry()
    client.force_login(make_staff("vera", "view_codebookentry"))
    assert client.post(f"/admin/orders/codebookentry/{entry.pk}/code/").status_code == 403


# ------------------------------------------------------------------ on the command line
def test_the_command_tells_the_same(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(f"\ufeff{HEADER}\nnissan,{SERIAL},{CODE}\nnissan,{SERIAL},9999\nx,y,z\n")
    out, err = StringIO(), StringIO()
    call_command("import_codes", str(file), stdout=out, stderr=err)
    assert out.getvalue() == "1 added, 0 known already, 1 in conflict, 1 not used\n"
    assert "line 3: conflict" in err.getvalue()
    assert "line 4: not used: This brand is not known." in err.getvalue()
