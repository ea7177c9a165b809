"""A list brought in by the admin: read by a worker, watched on its page, undone."""

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.code_book.importing import read_upload
from orders.code_book.undo import take_out
from orders.leases import MAX_TRIES, lease
from orders.models import Alert, CodeBookEntry, Import, ImportPart, ImportStatus, Remark
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


def many(count: int, start: int = 0) -> list[str]:
    return [f"nissan,BP{100_000_000_000 + start + n},{n % 9999 + 1:04}" for n in range(count)]


def page_of(client: Client, job: Import) -> str:
    return client.get(f"/admin/orders/import/{job.pk}/change/").content.decode()


def import_of(client: Client, content: bytes, **fields: Any) -> Import:
    """Uploaded, and read by a worker."""
    response = upload(client, content, **fields)
    assert response.status_code == 302, response.content
    work_until_quiet()
    return Import.objects.get(pk=re.findall(r"/(\d+)/", response.url)[-1])


@pytest.mark.also_on_sqlite
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
    assert "Sheet read: Sheet" in page_of(admin_client, job)


def test_a_list_of_several_parts_is_read_whole(admin_client: Client) -> None:
    content = csv_of(*many(10_000))
    assert len(content) > ImportPart.SIZE
    job = import_of(admin_client, content)
    assert (job.added, job.rows) == (10_000, 10_000)


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
        (b"serial,brand\n1,2", "The first line must name the columns serial and code. Missing"),
        (csv_of(*many(10_001)), "This list is too long for a web page. Split it, or use manage.py"),
        (b"x" * (10 * 2**20 + 1), "This list is too long for a web page."),
    ],
)
def test_an_unusable_file_is_refused(admin_client: Client, content: bytes, why: str) -> None:
    response = upload(admin_client, content)
    assert response.status_code == 422
    assert why in response.content.decode()
    assert not Import.objects.exists()


def test_the_page_says_how_long_a_list_may_be(admin_client: Client) -> None:
    assert "up to 10,000 rows" in admin_client.get(UPLOAD).content.decode()


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


# ------------------------------------------------------------------ whole, or not at all
def leased_list(client: Client) -> Import:
    """A list in the hands of a worker."""
    upload(client, csv_of(*many(10), "x,y,z"))
    job = lease(Import, Import.objects.get().pk)
    assert job is not None
    return job


@pytest.mark.also_on_sqlite
def test_where_a_worker_was_killed_another_reads_the_list(admin_client: Client) -> None:
    leased_list(admin_client)
    let_time_pass()
    work_until_quiet()
    job = Import.objects.get()
    assert (job.status, job.rows, job.added, job.known) == (ImportStatus.READ, 11, 10, 0)
    assert remarks(job) == [(12, "This brand is not known. Known are: Nissan.")]


def test_a_slow_worker_whose_lease_expired_stores_nothing(admin_client: Client) -> None:
    slow = leased_list(admin_client)
    let_time_pass()
    assert lease(Import, slow.pk)
    read_upload(slow)
    assert (Import.objects.get().status, CodeBookEntry.objects.count()) == ("reading", 0)
    assert remarks(slow) == []


@pytest.mark.also_on_sqlite
def test_a_list_that_the_last_version_read_in_part_is_read_whole(admin_client: Client) -> None:
    upload(admin_client, csv_of(*many(10), *many(1), "x,y,z"))
    job = Import.objects.get()
    for number in range(2):
        entry = make_code_book_entry(f"BP{100_000_000_000 + number}", f"{number + 1:04}")
        CodeBookEntry.objects.filter(pk=entry.pk).update(came_with=job)
    Import.objects.update(place=70, line=3, size=300, rows=2, added=2)
    Remark.objects.create(of=job, kind="repeated", line=3, text="The same stands before it.")
    work_until_quiet()
    job.refresh_from_db()
    assert (job.rows, job.added, job.known, job.repeated, job.broken) == (12, 10, 0, 1, 1)
    assert [line for line, _text in remarks(job)] == [12, 13]
    assert job.entries.count() == 10


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


# ------------------------------------------------------------------ no oracle for codes
def test_a_list_that_guesses_a_code_learns_nothing_and_alerts_staff(client: Client) -> None:
    make_code_book_entry()
    client.force_login(make_staff("vera", "view_import", "add_codebookentry"))
    job = import_of(client, csv_of(*(f"nissan,{SERIAL},{code:04}" for code in range(4300, 4310))))
    assert (job.conflicts, job.known) == (10, 0)
    assert {line for line, _text in remarks(job)} == set(range(2, 12))
    import_of(client, csv_of(f"nissan,{SERIAL},9999"))
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("code_list", f"code-lists:{job.by_id}")
    assert "vera" in alert.text


def test_one_guess_looks_the_same_right_or_wrong_to_who_may_not_see_codes(client: Client) -> None:
    make_code_book_entry()
    client.force_login(make_staff("vera", "view_import", "add_codebookentry"))
    seen = set()
    for guessed in (CODE, "9999"):
        job = import_of(client, csv_of(f"nissan,{SERIAL},{guessed}"))
        below = f"/admin/orders/import/{job.pk}/"
        part, report = client.get(f"{below}progress/").text, client.get(f"{below}report/")
        listed = client.get("/admin/orders/import/").context["cl"]
        assert "conflicts" not in listed.list_display
        words = part.replace(f"/{job.pk}/", "/").replace(f"{job.ended_at:%H:%M}", "")
        seen.add((" ".join(words.split()), report.getvalue()))
    assert len(seen) == 1
    client.force_login(make_staff("lea", "view_import", "view_code"))
    assert "known with another code" in client.get(f"{below}progress/").text


def test_an_honest_list_alerts_nobody(admin_client: Client) -> None:
    import_of(admin_client, csv_of(*many(3), *many(1)))
    assert not Alert.objects.exists()


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
        ["4", "not used", "This brand is not known. Known are: Nissan."],
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
    assert [f"/{entry.pk}/change/" in page for entry in CodeBookEntry.objects.order_by("pk")] == [
        False,
        True,
    ]


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


def test_undone_while_it_is_read_nothing_of_it_stays(admin_client: Client) -> None:
    slow = leased_list(admin_client)
    job = undo(admin_client, Import.objects.get())
    read_upload(slow)
    assert (job.status, job.removed) == (ImportStatus.UNDONE, 0)
    assert not CodeBookEntry.objects.exists()
    assert not ImportPart.objects.exists()


def test_undoing_goes_on_where_a_worker_was_killed(admin_client: Client) -> None:
    job = import_of(admin_client, csv_of(*many(5)))
    admin_client.post(f"/admin/orders/import/{job.pk}/undo/")
    first = lease(Import, job.pk)
    assert first is not None
    entries = list(job.entries.order_by("pk")[:2])
    assert take_out(entries, first)
    let_time_pass()
    work_until_quiet()
    job.refresh_from_db()
    assert (job.status, job.removed, CodeBookEntry.objects.count()) == ("undone", 5, 0)
    assert not take_out(entries, first)


def test_undone_it_can_be_read_again(admin_client: Client) -> None:
    content = csv_of(*many(5))
    undo(admin_client, import_of(admin_client, content))
    assert import_of(admin_client, content).added == 5


def test_undoing_takes_the_permission(client: Client) -> None:
    client.force_login(make_staff("vera", "view_import", "add_codebookentry"))
    job = import_of(client, csv_of(*many(5)))
    assert "undo/" not in page_of(client, job)
    assert client.post(f"/admin/orders/import/{job.pk}/undo/").status_code == 403
