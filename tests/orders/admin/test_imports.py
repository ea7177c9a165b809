"""A list brought in by the admin: read by a worker, watched on its page, undone."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.code_book.reading import LeaseLostError, read_batches
from orders.code_book.uploads import LARGEST, uploaded
from orders.code_book.xlsx_rows import MOST_ROWS
from orders.leases import MAX_TRIES, lease
from orders.models import CodeBookEntry, Import, ImportPart, ImportStatus
from orders.tasks import import_codes
from tests.steps.code_lists import UPLOAD, csv_of, remarks, upload, xlsx_of
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code,
    make_code_book_entry,
    make_order,
    make_radio,
    make_staff,
)
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nissan() -> None:
    make_radio()


def page_of(client: Client, job: Import) -> str:
    return client.get(f"/admin/orders/import/{job.pk}/change/").content.decode()


def import_of(client: Client, content: bytes, **fields: Any) -> Import:
    """Uploaded, and read by a worker."""
    response = upload(client, content, **fields)
    assert response.status_code == 302, response.content
    work_until_quiet()
    return Import.objects.get(pk=re.findall(r"/(\d+)/", response.url)[-1])


def many(count: int, start: int = 0) -> list[str]:
    return [f"nissan,BP{100_000_000_000 + start + n},{n % 9999 + 1:04}" for n in range(count)]


# ------------------------------------------------------------------ bringing it in
def test_an_uploaded_list_waits_encrypted_for_a_worker(admin_client: Client) -> None:
    upload(admin_client, csv_of(f"nissan,{SERIAL},{CODE}"))
    [part] = ImportPart.objects.all()
    assert SERIAL not in part.contents_encrypted
    assert not CodeBookEntry.objects.exists()
    work_until_quiet()
    assert CodeBookEntry.objects.get().code == CODE
    assert not ImportPart.objects.exists()


def test_an_excel_file_is_read_by_the_worker(admin_client: Client) -> None:
    job = import_of(admin_client, xlsx_of(["serial", "code"], [SERIAL, CODE]))
    assert (job.status, job.added, str(job.by)) == (ImportStatus.READ, 1, "admin")


def test_a_list_of_many_parts_is_read_whole(admin_client: Client) -> None:
    job = import_of(admin_client, csv_of(*many(12_000)))
    assert (job.added, job.rows, job.percent) == (12_000, 12_000, 100)


def test_how_to_read_it_is_asked_on_the_page(admin_client: Client) -> None:
    content = csv_of(f"{SERIAL},307", header="serial,code")
    brand = str(make_radio().brand.pk)
    assert import_of(admin_client, content, brand=brand, pads_codes="on").repaired == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "This file is empty."),
        (b"\xd0\xcf\x11\xe0 old", "This is an old or a locked Excel file."),
        (b"%PDF-1.7\0\0", "This is neither CSV nor an Excel file"),
        (b"x" * (LARGEST + 1), "This list is too long for a web page."),
    ],
)
def test_an_unusable_file_is_refused(admin_client: Client, content: bytes, why: str) -> None:
    response = upload(admin_client, content)
    assert response.status_code == 422
    assert why in response.content.decode()
    assert not Import.objects.exists()


def test_the_page_says_how_long_a_list_may_be(admin_client: Client) -> None:
    assert f"{MOST_ROWS:,} rows" in admin_client.get(UPLOAD).content.decode()


def test_without_a_file_the_page_asks_for_one(admin_client: Client) -> None:
    response = admin_client.post(UPLOAD, {})
    assert "Choose the file with the codes." in response.content.decode()


def test_bringing_in_a_list_takes_the_permission(client: Client) -> None:
    client.force_login(make_staff("vera", "view_codebookentry", "view_code"))
    assert client.get(UPLOAD).status_code == 403
    assert upload(client, csv_of(f"nissan,{SERIAL},{CODE}")).status_code == 403
    assert not Import.objects.exists()


def test_a_list_wants_the_form_of_the_page(admin_client: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = admin_client.cookies
    assert upload(client, csv_of(f"nissan,{SERIAL},{CODE}")).status_code == 403
    assert not Import.objects.exists()


# ------------------------------------------------------------------ slices
@pytest.mark.also_on_sqlite
def test_each_task_reads_a_slice_and_leaves_the_rest_due(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr("orders.code_book.slices.IMPORT_SLICE", timedelta(0))
    upload(admin_client, csv_of(*many(5_100), "x,y,z"))
    job = Import.objects.get()
    seen = []
    for _ in range(3):
        import_codes(job.pk)
        job.refresh_from_db()
        seen.append((job.status, job.added))
    assert seen == [
        ("reading", 5_000), ("reading", 5_100), ("read", 5_100),
    ]  # fmt: skip
    assert remarks(job) == [(5_102, "This brand is not known.")]


def test_a_slice_of_an_excel_file_goes_on_where_the_last_one_stopped(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr("orders.code_book.slices.IMPORT_SLICE", timedelta(0))
    rows = [line.split(",")[1:] for line in many(5_050)]
    job = import_of(admin_client, xlsx_of(["serial", "code"], *rows, ["x", "y"]))
    assert (job.rows, job.added, CodeBookEntry.objects.count()) == (5_051, 5_050, 5_050)
    assert [line for line, _text in remarks(job)] == [5_052]


def test_what_it_takes_to_open_a_list_is_no_part_of_a_slice(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a large spreadsheet is opened for each batch."""
    less_than_a_batch_takes = timedelta(milliseconds=20)
    monkeypatch.setattr("orders.code_book.slices.IMPORT_SLICE", less_than_a_batch_takes)
    upload(admin_client, csv_of(*many(10_100)))
    job = Import.objects.get()
    import_codes(job.pk)
    job.refresh_from_db()
    assert (job.status, job.rows) == (ImportStatus.READING, 10_000)


def half_read(client: Client) -> Iterator[None]:
    """A list in the hands of a worker that has stored one batch of two."""
    upload(client, csv_of(*many(5_100), "x,y,z"))
    job = lease(Import, Import.objects.get().pk)
    assert job is not None
    file = uploaded(job)
    assert file is not None
    batches = read_batches(job, file)
    next(batches)
    return batches


@pytest.mark.also_on_sqlite
def test_where_a_worker_was_killed_another_goes_on(admin_client: Client) -> None:
    half_read(admin_client)
    let_time_pass()
    work_until_quiet()
    job = Import.objects.get()
    assert (job.status, job.rows, job.added, job.known) == (ImportStatus.READ, 5_101, 5_100, 0)
    assert remarks(job) == [(5_102, "This brand is not known.")]


def test_workers_that_die_but_get_on_do_not_count_as_failing(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_read(admin_client)
    assert Import.objects.get().tries == 0
    monkeypatch.setattr("orders.leases.MAX_TRIES", 1)
    let_time_pass()
    work_until_quiet()
    assert Import.objects.get().status == ImportStatus.READ


def test_a_slow_worker_whose_claim_ended_stores_nothing_more(admin_client: Client) -> None:
    slow = half_read(admin_client)
    let_time_pass()
    assert lease(Import, Import.objects.get().pk)
    with pytest.raises(LeaseLostError):
        next(slow)
    assert (Import.objects.get().rows, CodeBookEntry.objects.count()) == (5_000, 5_000)


def test_done_twice_or_late_it_changes_nothing(admin_client: Client) -> None:
    job = import_of(admin_client, csv_of(*many(10)))
    import_codes(job.pk)
    import_codes(job.pk + 1)
    job.refresh_from_db()
    assert (job.added, job.rows, CodeBookEntry.objects.count()) == (10, 10, 10)


def test_a_list_that_no_worker_can_read_is_given_up(admin_client: Client) -> None:
    upload(admin_client, csv_of(*many(10)))
    Import.objects.update(tries=MAX_TRIES)
    work_until_quiet()
    job = Import.objects.get()
    assert job.status == ImportStatus.STOPPED
    assert "Reading it failed again and again." in page_of(admin_client, job)


# ------------------------------------------------------------------ its page
def test_the_page_asks_for_itself_until_the_list_is_read(admin_client: Client) -> None:
    upload(admin_client, csv_of(*many(10)))
    job = Import.objects.get()
    assert f"/admin/orders/import/{job.pk}/progress/" in page_of(admin_client, job)
    work_until_quiet()
    part = admin_client.get(f"/admin/orders/import/{job.pk}/progress/").content.decode()
    assert "data-hx-get" not in part
    assert 'id="import"' in part


def test_the_report_names_lines_and_reasons_and_no_code(admin_client: Client) -> None:
    make_code_book_entry()
    job = import_of(
        admin_client, csv_of(f"nissan,{SERIAL},9876", "nissan,BP123456789013,123X", "x,y,5555")
    )
    response = admin_client.get(f"/admin/orders/import/{job.pk}/report/")
    content = response.getvalue().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content))) == [
        ["line", "what", "why"],
        ["2", "conflict", "This serial is known with another code, which was kept."],
        ["3", "not used", "The code is not: four digits."],
        ["4", "not used", "This brand is not known."],
    ]
    page = page_of(admin_client, job)
    assert "This brand is not known." in page
    for code in (CODE, "9876", "123X", "5555", SERIAL):
        assert code not in content + page


def test_the_page_leads_to_the_entries(admin_client: Client) -> None:
    make_code_book_entry("BP999999999999")
    job = import_of(admin_client, csv_of(f"nissan,{SERIAL},{CODE}"))
    link = f"/admin/orders/codebookentry/?came_with={job.pk}"
    assert link in page_of(admin_client, job)
    page = admin_client.get(link).content.decode()
    assert [str(entry) in page for entry in CodeBookEntry.objects.order_by("pk")] == [False, True]


@pytest.mark.parametrize("page", ["progress", "report", "undo"])
def test_its_pages_take_the_permission(client: Client, page: str) -> None:
    client.force_login(make_staff("vera", "view_codebookentry"))
    job = Import.objects.create(name="list.csv")
    assert client.get(f"/admin/orders/import/{job.pk}/{page}/").status_code == 403


# ------------------------------------------------------------------ undoing
def undo(client: Client, job: Import) -> Import:
    client.post(f"/admin/orders/import/{job.pk}/undo/")
    work_until_quiet()
    job.refresh_from_db()
    return job


@pytest.mark.also_on_sqlite
def test_undone_its_entries_leave_the_book_and_no_others(admin_client: Client) -> None:
    other = make_code_book_entry()
    job = undo(admin_client, import_of(admin_client, csv_of(*many(2_500))))
    assert (job.status, job.removed, str(job.undone_by)) == (
        ImportStatus.UNDONE, 2_500, "admin",
    )  # fmt: skip
    assert list(CodeBookEntry.objects.all()) == [other]
    assert LogEntry.objects.get().get_change_message() == "Undone."


def test_a_second_look_comes_first(admin_client: Client) -> None:
    job = import_of(admin_client, csv_of(*many(3)))
    page = admin_client.get(f"/admin/orders/import/{job.pk}/undo/").content.decode()
    assert "3 codes leave the book." in page
    assert CodeBookEntry.objects.count() == 3


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("key", ["the-tests-hash-key-of-enough-characters", "newer-hash-key"])
def test_what_was_sold_stays_and_is_listed(admin_client: Client, settings: Any, key: str) -> None:
    job = import_of(admin_client, csv_of(f"nissan,{SERIAL},{CODE}", *many(5)))
    settings.HASH_KEYS = list(dict.fromkeys([key, *settings.HASH_KEYS]))
    order = make_order(status="delivered")
    make_code(order)
    undo(admin_client, job)
    [entry] = CodeBookEntry.objects.all()
    assert (entry.serial, job.removed, job.kept) == (SERIAL, 5, 1)
    text = f"{entry} stays: order {order.number} was served with it."
    assert remarks(job) == [(None, text)]


def test_undone_twice_it_changes_nothing(admin_client: Client) -> None:
    job = undo(admin_client, import_of(admin_client, csv_of(*many(5))))
    response = admin_client.post(f"/admin/orders/import/{job.pk}/undo/", follow=True)
    assert "Nothing to undo: undone." in response.content.decode()
    job.refresh_from_db()
    assert (job.status, job.removed) == (ImportStatus.UNDONE, 5)


def test_undone_while_it_is_read_nothing_of_it_stays(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr("orders.code_book.slices.IMPORT_SLICE", timedelta(0))
    upload(admin_client, csv_of(*many(5_100)))
    job = Import.objects.get()
    import_codes(job.pk)
    job = undo(admin_client, job)
    assert (job.status, job.removed) == (ImportStatus.UNDONE, 5_000)
    assert not CodeBookEntry.objects.exists()
    assert not ImportPart.objects.exists()


def test_undone_it_can_be_read_again(admin_client: Client) -> None:
    content = csv_of(*many(5))
    undo(admin_client, import_of(admin_client, content))
    assert import_of(admin_client, content).added == 5


def test_undoing_takes_the_permission(client: Client) -> None:
    client.force_login(make_staff("vera", "view_import", "add_codebookentry"))
    job = import_of(client, csv_of(*many(5)))
    assert "undo/" not in page_of(client, job)
    assert client.post(f"/admin/orders/import/{job.pk}/undo/").status_code == 403
