"""Keys are changed while the shop runs: everything is found all the time, and reads afterwards."""

import io
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessLog
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from orders.key_rotation import SECRETS
from orders.leases import lease
from orders.lib import crypto
from orders.models import (
    Attempt,
    Block,
    Code,
    CodeBookEntry,
    DataRequest,
    LinkRequest,
    Order,
    Outcome,
    Payment,
    Status,
    has_conflicting_answer,
)
from orders.retrieval.chain import retrieve
from tests.steps.code_lists import csv_of, read_file
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_brand,
    make_code,
    make_code_book_entry,
    make_order,
    make_radio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

OLD_CODE, NEW_CODE = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OLD_HASH, NEW_HASH = "the-old-hash-key-of-the-tests", "the-new-hash-key-of-the-tests"


@pytest.fixture
def keys(settings: Any) -> "Keys":
    keys = Keys(settings)
    keys.old_only()
    return keys


class Keys:
    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def old_only(self) -> None:
        self.settings.CODE_KEYS, self.settings.HASH_KEYS = [OLD_CODE], [OLD_HASH]

    def both(self) -> None:
        self.settings.CODE_KEYS = [NEW_CODE, OLD_CODE]
        self.settings.HASH_KEYS = [NEW_HASH, OLD_HASH]

    def back(self) -> None:
        self.settings.CODE_KEYS = [OLD_CODE, NEW_CODE]
        self.settings.HASH_KEYS = [OLD_HASH, NEW_HASH]

    def new_only(self) -> None:
        self.settings.CODE_KEYS, self.settings.HASH_KEYS = [NEW_CODE], [NEW_HASH]


def rotate(*options: str) -> tuple[str, str]:
    """What the command says, and what it complains of; also where it ends with an error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rotate_keys", *options, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def fits_old_or_new(serial: str) -> models.QuerySet[CodeBookEntry]:
    hashes = crypto.hashes_of_serial(make_brand().pk, serial)
    return CodeBookEntry.objects.filter(serial_hash__in=hashes)


# ------------------------------------------------------------------ what it brings along
def test_every_secret_column_of_the_shop_is_registered() -> None:
    stored = {
        (model, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if re.search("encrypted|hash|fingerprint", field.column)
    }
    stored.remove((DataRequest, "fingerprint"))  # cannot be made again without the address
    stored.remove((Payment, "card_hash"))  # nor this without the card, and it counts for a day
    for column in ("mailbox_hash", "address_encrypted"):  # go as soon as a worker has looked at it
        stored.remove((LinkRequest, column))
    stored.remove((AccessLog, "session_hash"))  # switched off
    stored.add((TOTPDevice, "key"))
    known = {(secret.model, column) for secret in SECRETS for column in secret.columns}
    assert stored == known


def test_afterwards_everything_reads_without_the_old_keys(keys: Keys) -> None:
    order = make_order(status="delivered", second_number_encrypted=crypto.encrypt("22"))
    make_code(order)
    make_code_book_entry()
    block = Block(kind=Block.Kind.SERIAL, reason="stolen")
    block.set_value(SERIAL)
    block.save()
    keys.both()
    rotate()
    keys.new_only()
    order.refresh_from_db()
    assert (order.serial, order.second_number) == (SERIAL, "22")
    assert (order.current_code or Code()).digits == CODE
    assert Code.objects.filter(serial_hash__in=order.serial_hashes).exists()
    assert fits_old_or_new(SERIAL).get().code == CODE
    assert Block.names(Block.Kind.SERIAL, SERIAL)


def test_what_fernet_wrote_is_brought_along(keys: Keys) -> None:
    order = make_order(serial_encrypted=Fernet(OLD_CODE).encrypt(SERIAL.encode()).decode())
    rotate()
    order.refresh_from_db()
    assert order.serial_encrypted.startswith(crypto.newest_encryption())
    assert order.serial == SERIAL


def test_a_sources_answer_stays_comparable_where_the_order_took_it(keys: Keys) -> None:
    order = make_order(status="delivered")
    make_code(order)
    Attempt.begin(order, "supplier").end(Outcome.FOUND, code=CODE)
    keys.both()
    rotate()
    keys.new_only()
    order.refresh_from_db()
    attempts = Attempt.of_this_order(order)
    assert not has_conflicting_answer(attempts, CODE)
    assert has_conflicting_answer(attempts, "9999")


def test_done_again_it_changes_nothing(keys: Keys) -> None:
    make_code_book_entry()
    keys.both()
    rotate()
    before = list(CodeBookEntry.objects.values())
    out, err = rotate()
    assert list(CodeBookEntry.objects.values()) == before
    assert (out, err) == (
        "Everything is under the newest keys. The older ones may be dropped.\n", "",
    )  # fmt: skip


@pytest.mark.parametrize("which", ["CODE_KEYS", "HASH_KEYS"])
def test_each_kind_of_key_is_changed_by_itself(keys: Keys, settings: Any, which: str) -> None:
    make_code_book_entry()
    keys.both()
    newest = getattr(settings, which)
    keys.old_only()
    setattr(settings, which, newest)
    rotate()
    setattr(settings, which, newest[:1])
    assert fits_old_or_new(SERIAL).get().code == CODE


# ------------------------------------------------------------------ what it reports
def test_the_check_tells_what_is_left_and_changes_nothing(keys: Keys) -> None:
    make_code_book_entry()
    make_order()
    keys.both()
    out, err = rotate("--check")
    assert "orders: 1 rows are under older keys" in out
    assert "code book entries: 1 rows are under older keys" in out
    assert "Keep the older keys" in err
    assert not CodeBookEntry.objects.get().serial_hash.startswith(crypto.newest_hash())


def test_what_no_key_reads_is_told_and_stops_nothing(keys: Keys) -> None:
    lost = make_order(serial_encrypted="v2:00000000:lost")
    other = make_order(serial="BP123456789013")
    keys.both()
    _out, err = rotate()
    assert f"orders: no key reads #{lost.pk}" in err
    assert "Keep the older keys" in err
    other.refresh_from_db()
    assert other.serial_hash.startswith(crypto.newest_hash())


# ------------------------------------------------------------------ two rows for one serial
def twins(keys: Keys, other_code: str) -> None:
    """As a process leaves them that was started before the new keys were known."""
    make_code_book_entry()
    keys.new_only()
    make_code_book_entry(code=other_code)
    keys.both()


def test_a_serial_that_stands_under_both_keys_becomes_one_entry(keys: Keys) -> None:
    twins(keys, CODE)
    assert "may be dropped" in rotate()[0]
    assert fits_old_or_new(SERIAL).get().code == CODE


def test_of_two_codes_for_one_serial_a_person_chooses(keys: Keys) -> None:
    twins(keys, "9999")
    _out, err = rotate()
    assert "there is a second entry with another code" in err
    assert CodeBookEntry.objects.count() == 2


def test_an_import_meanwhile_doubles_no_serial(keys: Keys, tmp_path: Path) -> None:
    make_radio()
    make_code_book_entry()
    keys.both()
    assert read_file(tmp_path, csv_of(f"nissan,{SERIAL},{CODE}")).known == 1
    rotate()
    assert read_file(tmp_path, csv_of(f"nissan,{SERIAL},{CODE}")).known == 1
    assert CodeBookEntry.objects.count() == 1


def test_one_serial_under_two_keys_is_one_serial_of_a_buyer(keys: Keys, settings: Any) -> None:
    settings.VELOCITY_SERIALS = 2
    make_order(status="placed")
    keys.both()
    assert not make_order(status="placed").has_many_serials()


# ------------------------------------------------------------------ while the shop runs
class Neighbours:
    """Threads that do something again and again; what one of them raises, the test raises."""

    def __init__(self, *deeds: Callable[[int], None]) -> None:
        self.is_over = threading.Event()
        self.errors: list[BaseException] = []
        self.counts = [0] * len(deeds)
        self.threads = [
            threading.Thread(target=self._run, args=(at, deed)) for at, deed in enumerate(deeds)
        ]

    def _run(self, at: int, deed: Callable[[int], None]) -> None:
        try:
            while not self.is_over.is_set() or self.counts[at] == 0:
                deed(self.counts[at])
                self.counts[at] += 1
        except BaseException as error:
            self.errors.append(error)
        finally:
            connection.close()

    def __enter__(self) -> "Neighbours":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        assert self.errors == []


@pytest.mark.django_db(transaction=True)
def test_orders_and_imports_go_on_meanwhile(keys: Keys, tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time")
    radio = make_radio(sources=["code_book"])
    serials = [f"BP{100_000_000_000 + n}" for n in range(1_000)]
    lines = [f"nissan,{serial},{n % 9_999 + 1:04}" for n, serial in enumerate(serials)]
    read_file(tmp_path, csv_of(*lines))
    old_orders = [make_order(radio=radio, status="placed", serial=each) for each in serials[:50]]
    keys.both()

    def serve(turn: int) -> None:
        """An order of before, or a new one, finds its code in the book."""
        serial = serials[turn * 7 % len(serials)]
        order = old_orders[turn] if turn < len(old_orders) else None
        order = order or make_order(radio=radio, status="placed", serial=serial)
        order.make_due(timezone.now())
        leased = lease(Order, order.pk)
        assert leased is not None
        retrieve(leased)
        assert leased.status == Status.FOUND

    def read(turn: int) -> None:
        job = read_file(tmp_path, csv_of(*lines, f"nissan,BP9{turn:011},4307"))
        assert (job.known, job.added, job.conflicts) == (1_000, 1, 0)

    with Neighbours(serve, read) as neighbours:
        for _ in range(3):  # there and back, so that they meet often
            keys.back()
            rotate()
            keys.both()
            rotate()
    rotate()
    assert "may be dropped" in rotate("--check")[0]
    keys.new_only()
    assert CodeBookEntry.objects.count() == 1_000 + neighbours.counts[1]
    assert all(fits_old_or_new(serial).count() == 1 for serial in serials[::100])
    assert {order.serial for order in Order.objects.all()} <= set(serials)
    assert {code.serial_hash for code in Code.objects.all()} == {
        order.serial_hash for order in Order.objects.filter(status=Status.FOUND)
    }
