"""Codes belong to a family of radios: not to a brand, and not to a shape."""

from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from guides.models import Brand
from orders.family_hashes import add_to_all, adopt_family_hashes
from orders.lib import crypto
from orders.models import Attempt, Code, CodeBookEntry, Order, Radio
from orders.tasks import retrieve_code
from tests.steps.attention import open_reasons
from tests.steps.code_lists import csv_of, read_file
from tests.steps.factories import (
    CODE,
    make_brand,
    make_code,
    make_code_book_entry,
    make_order,
    make_radio,
)

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

SERIAL = "SEZ1Z2A1234567"
SHARED = "12345678"


def seat() -> Radio:
    return vag_radio(make_brand(slug="seat", name="SEAT"))


def volkswagen() -> Radio:
    return vag_radio(make_brand(slug="volkswagen", name="Volkswagen"))


def vag_radio(brand: Brand) -> Radio:
    pattern = r"^(?:VWZ|SEZ)[0-9A-Z]{11}$"
    return make_radio(
        brand=brand, key="vag", family="vag", pattern=pattern, prefix="", example=SERIAL
    )


def two_of_one_brand() -> tuple[Radio, Radio]:
    """Two radios with serials of one shape, as staff may add them."""
    first, second = (
        make_radio(key=key, name=f"Nissan {key}", pattern=r"^\d{8}$", prefix="", example=SHARED)
        for key in ("one", "two")
    )
    return first, second


def retrieved(order: Order) -> Order:
    retrieve_code(order.pk)
    order.refresh_from_db()
    return order


def test_a_code_sold_under_volkswagen_is_found_for_a_seat() -> None:
    make_code(make_order(radio=volkswagen(), serial=SERIAL, status="delivered"))
    order = retrieved(make_order(radio=seat(), serial=SERIAL, status="placed"))
    assert order.codes.get().digits == CODE


def test_a_code_listed_under_volkswagen_is_found_for_a_seat(tmp_path: Path) -> None:
    volkswagen()
    read_file(tmp_path, csv_of(f"Volkswagen,{SERIAL},{CODE}"))
    order = retrieved(make_order(radio=seat(), serial=SERIAL, status="placed"))
    assert (order.codes.get().digits, order.codes.get().source) == (CODE, "code_book")


def test_one_list_for_two_brands_has_one_entry_for_a_serial(tmp_path: Path) -> None:
    volkswagen(), seat()
    job = read_file(tmp_path, csv_of(f"Volkswagen,{SERIAL},{CODE}", f"SEAT,{SERIAL},{CODE}"))
    assert (job.added, job.repeated) == (1, 1)
    later = read_file(tmp_path, csv_of(f"SEAT,{SERIAL},{CODE}"))
    assert (later.added, later.known) == (0, 1)
    differing = read_file(tmp_path, csv_of(f"SEAT,{SERIAL},1111"))
    assert (differing.added, differing.conflicts) == (0, 1)


def test_two_radios_of_one_brand_never_answer_for_each_other() -> None:
    first, second = two_of_one_brand()
    make_code(make_order(radio=first, serial=SHARED, status="delivered"), "1111")
    order = retrieved(make_order(radio=second, serial=SHARED, status="placed"))
    assert (order.status, order.codes.count()) == ("with_staff", 0)
    assert open_reasons(order) == []


def test_two_radios_of_one_brand_have_an_entry_each(tmp_path: Path) -> None:
    first, second = two_of_one_brand()
    header = "brand,serial,code,radio"
    lines = [f"Nissan,{SHARED},1111,{first.name}", f"Nissan,{SHARED},2222,{second.name}"]
    job = read_file(tmp_path, csv_of(*lines, header=header))
    assert (job.added, job.conflicts) == (2, 0)
    codes = {
        radio.key: retrieved(make_order(radio=radio, serial=SHARED, status="placed")).codes.get()
        for radio in (first, second)
    }
    assert {key: code.digits for key, code in codes.items()} == {"one": "1111", "two": "2222"}


def test_two_codes_in_the_book_go_to_staff() -> None:
    for radio, code in ((seat(), "1111"), (volkswagen(), "2222")):
        CodeBookEntry.make(radio.brand, SERIAL, code, family="vag").save()
    order = retrieved(make_order(radio=seat(), serial=SERIAL, status="placed"))
    assert (order.status, order.codes.count()) == ("with_staff", 0)


# ------------------------------------------------------------------ rows of version 1.0
def as_stored_by_1_0() -> tuple[Order, CodeBookEntry]:
    """Rows without a family, such as a process of that version stores."""
    order = make_order(radio=volkswagen(), serial=SERIAL, status="delivered")
    make_code(order)
    Attempt.begin(order, "code_book")
    entry = make_code_book_entry()
    for model in (Order, Code, Attempt):
        model._base_manager.update(family_hash="")
    return order, entry


def test_rows_of_version_1_0_are_read_by_their_brand() -> None:
    as_stored_by_1_0()
    order = retrieved(make_order(radio=volkswagen(), serial=SERIAL, status="placed"))
    assert order.codes.get().digits == CODE


@pytest.mark.parametrize("is_migration", [True, False])
def test_rows_of_version_1_0_get_their_family(is_migration: bool) -> None:
    order, entry = as_stored_by_1_0()
    radio = make_radio()
    if is_migration:
        names = ("Order", "Code", "Attempt", "CodeBookEntry", "Radio")
        add_to_all(*(apps.get_model("orders", name) for name in names))
    else:
        adopt_family_hashes()
    expected = order.hashes.family[0]
    for model in (Order, Code, Attempt):
        assert model._base_manager.get().family_hash == expected
    entry.refresh_from_db()
    assert (entry.family, entry.family_hash != "") == (radio.code_family, True)
    assert retrieved(make_order(radio=seat(), serial=SERIAL, status="placed")).status == "found"


def test_a_serial_that_version_1_0_corrected_is_hashed_again() -> None:
    order = make_order(radio=volkswagen(), serial=SERIAL, status="placed")
    expected = order.family_hash
    Order.objects.update(family_hash="of the former serial")
    adopt_family_hashes()
    assert Order.objects.get().family_hash != expected
    Order.objects.update(serial_typed_encrypted=crypto.encrypt("SEZ1Z2A1234568"))
    adopt_family_hashes()
    assert Order.objects.get().family_hash == expected


def test_what_no_key_reads_is_tried_once() -> None:
    _order, entry = as_stored_by_1_0()
    Order.objects.update(serial_encrypted="spoilt")
    CodeBookEntry.objects.update(contents_encrypted="spoilt")
    adopt_family_hashes()
    assert Order.objects.get().family_hash and CodeBookEntry.objects.get().family_hash


def test_an_old_attempt_for_a_mistyped_serial_stays_apart() -> None:
    order, _entry = as_stored_by_1_0()
    Attempt.objects.update(serial_hash="of another serial", started_at=timezone.now())
    adopt_family_hashes()
    assert Attempt.objects.get().family_hash == ""
    assert order.pk
