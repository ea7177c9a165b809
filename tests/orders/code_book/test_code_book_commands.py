"""Lists read and undone on the command line."""

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import CodeBookEntry, Import, ImportStatus
from tests.steps.code_lists import csv_of, read_file
from tests.steps.factories import CODE, SERIAL, make_code, make_order, make_radio
from tests.steps.work import work_until_quiet

OTHER = "BP999999999999"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nissan() -> None:
    make_radio()


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_tells_lines_and_reasons_and_no_code(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    lines = [f"nissan,{SERIAL},{CODE}", f"nissan,{OTHER},1111", f"nissan,{OTHER},9999", "x,y,z"]
    file.write_bytes(csv_of(*lines))
    out, err = run("import_codes", str(file))
    assert re.fullmatch(
        r"List \d+: 1 added, 0 known already, 0 twice in the list, 2 in conflict, 0 put right, "
        r"1 not used\n",
        out,
    )
    assert err.splitlines() == [
        "line 3: conflict: This serial stands in the list with several codes. None of them was "
        "used.",
        "line 4: conflict: This serial stands in the list with several codes. None of them was "
        "used.",
        "line 5: not used: This brand is not known. Known are: Nissan.",
    ]


def test_it_reads_from_a_pipe(monkeypatch: Any) -> None:
    content = io.BufferedReader(io.BytesIO(csv_of(f"nissan,{SERIAL},{CODE}")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    assert "1 added" in run("import_codes", "-")[0]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["/nowhere/list.csv"], "No such file or directory"),
        ([__file__, "--brand=trabant"], "No brand is called trabant. There are: nissan"),
        ([__file__], "It was not read. The first line must name the columns"),
    ],
)
def test_it_says_what_is_wrong(arguments: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=re.escape(why)):
        run("import_codes", *arguments)


class Interrupted(io.RawIOBase):
    """A list that is typed, until Control-C is pressed."""

    typed = csv_of(f"nissan,{SERIAL},{CODE}", "")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.typed:
            raise KeyboardInterrupt
        size = len(self.typed)
        buffer[:size], self.typed = self.typed, b""
        return size


def test_a_command_that_is_ended_leaves_no_trace(monkeypatch: Any) -> None:
    content = io.BufferedReader(Interrupted())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    with pytest.raises(KeyboardInterrupt):
        run("import_codes", "-")
    assert not CodeBookEntry.objects.exists()
    assert not Import.objects.exists()


def test_a_list_whose_command_of_the_last_version_was_killed_is_not_read_for_ever() -> None:
    job = Import.objects.create(name="list.csv", due_at=timezone.now())
    work_until_quiet()
    job.refresh_from_db()
    assert (job.status, job.trouble) == (
        ImportStatus.STOPPED, "The command that read it was ended. Read the list again.",
    )  # fmt: skip


@pytest.mark.also_on_sqlite
def test_a_list_is_undone_but_for_what_was_sold(tmp_path: Path) -> None:
    lines = [f"nissan,BP{100_000_000_000 + n},4307" for n in range(5)]
    job = read_file(tmp_path, csv_of(f"nissan,{SERIAL},{CODE}", *lines))
    make_code(order := make_order(status="delivered"))
    out, err = run("undo_import", str(job.pk), "--yes")
    assert out == "list.csv: undone, 5 codes taken out, 1 kept, which were sold\n"
    assert f"order {order.number} was served with it." in err
    assert run("undo_import", str(job.pk), "--yes") == (out, err)
    assert CodeBookEntry.objects.count() == 1


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("y\n", 0)])
def test_undoing_asks_first(tmp_path: Path, monkeypatch: Any, answer: str, left: int) -> None:
    job = read_file(tmp_path, csv_of(f"nissan,{SERIAL},{CODE}"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    run("undo_import", str(job.pk))
    assert CodeBookEntry.objects.count() == left


def test_an_unknown_list_is_not_undone() -> None:
    with pytest.raises(CommandError, match="There is no such list."):
        run("undo_import", "7")
