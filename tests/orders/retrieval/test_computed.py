"""Computed codes: who gets them at once, and what is compared with them."""

from pathlib import Path

import pytest

from orders.leases import lease
from orders.models import Alert, Code, CodeBookEntry, CodeFamily, Comparison, FamilyState, Order
from orders.retrieval.availability import Speed, speed
from orders.retrieval.calculators import compute
from orders.retrieval.families import (
    COMPUTED,
    compare_known_codes,
    family_of,
    find_computed,
    is_proven,
    may_be_released,
    release,
    review_families,
    set_state,
)
from orders.tasks import check_invariants
from sandbox.supplier import SupplierStandIn
from tests.steps.attention import open_reasons, settle
from tests.steps.code_lists import csv_of, read_file
from tests.steps.factories import (
    make_code,
    make_order,
    make_payment,
    make_radio,
    make_staff,
    make_supplied_radio,
)
from tests.steps.families import (
    FORD,
    FORD_CODE,
    MICRA,
    MICRA_CODE,
    make_comparison,
    make_family,
    make_ford_radio,
    make_micra_radio,
    make_proof,
    placed,
    retrieved,
    serials,
)
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def asked(order: Order) -> list[tuple[str, str]]:
    return list(order.attempts.values_list("source", "outcome"))


def make_entry(order: Order, code: str) -> None:
    CodeBookEntry.make(
        order.brand, order.canonical_serial, code, family=order.radio.code_family
    ).save()


def state(name: str = "nissan_bp") -> str:
    return CodeFamily.objects.get(pk=name).state


def alerts() -> list[str]:
    return sorted(Alert.objects.filter(kind="family").values_list("key", flat=True))


# ------------------------------------------------------------------ released, on trial, off
def test_a_released_code_comes_without_the_supplier(supplier: SupplierStandIn) -> None:
    order = retrieved(placed(make_ford_radio(), FORD))
    code = order.codes.get()
    assert (order.status, code.digits, code.source) == ("found", FORD_CODE, "computed")
    assert asked(order) == [
        ("answered_before", "unknown"), ("code_book", "unknown"), ("computed", "found"),
    ]  # fmt: skip
    assert supplier.asked == []


def test_ford_and_pre_codes_ship_released_and_nissan_off() -> None:
    states = {name: family_of(name) for name in ("ford_m", "renault_precode", "nissan_bp")}
    assert [each and each.state for each in states.values()] == ["released", "released", "off"]
    assert family_of("vag") is None


@pytest.mark.parametrize("state", ["off", "trial"])
def test_what_is_not_released_goes_to_staff(state: str) -> None:
    make_family(state=state)
    order = retrieved(placed(make_micra_radio(), MICRA))
    assert (order.status, [name for name, _outcome in asked(order)]) == (
        "with_staff", ["answered_before", "code_book"],
    )  # fmt: skip


def test_a_released_micra_gets_its_code() -> None:
    make_family(state="released")
    assert retrieved(placed(make_micra_radio(), MICRA)).codes.get().digits == MICRA_CODE


def test_a_computed_code_may_be_a_placeholder() -> None:
    found = ((f"M{n:06}", compute("ford_m", f"M{n:06}")) for n in range(10**6))
    serial = next(serial for serial, code in found if code and code.code == "0000")
    order = retrieved(placed(make_ford_radio(), serial))
    assert order.codes.get().digits == "0000"
    again = retrieved(placed(make_ford_radio(), serial))
    assert (again.codes.get().digits, again.codes.get().source) == ("0000", "answered_before")


@pytest.mark.parametrize("serial", ["815BP538469512132", "BP5384A9512132"])
def test_nissans_other_blaupunkt_serials_go_to_staff(serial: str) -> None:
    make_family(state="released")
    radio = make_micra_radio(lenient_pattern=r"^(815)?BP\d{4}[0-9A-Z]\d{7}$")
    assert retrieved(placed(radio, serial)).status == "with_staff"


def test_a_radio_of_another_family_is_not_computed() -> None:
    make_family(state="released")
    assert retrieved(placed(make_radio(family="fiat_bp"), MICRA)).status == "with_staff"


# ------------------------------------------------------------------ kinds on trial for themselves
def test_serials_with_an_x_wait_for_ten_of_their_kind() -> None:
    family = make_family(state="released")
    *confirmed, last, other = serials(12, kind="x")
    for serial in confirmed[:9]:
        make_comparison(family, serial)
    radio = make_micra_radio()
    assert retrieved(placed(radio, last)).status == "with_staff"
    make_comparison(family, confirmed[9])
    assert retrieved(placed(radio, other)).status == "found"


def test_a_difference_among_them_is_none_of_the_family() -> None:
    family = make_family(state="released", is_earned=True)
    make_comparison(family, serials(1, kind="x")[0], is_equal=False)
    review_families()
    assert state() == "released"


# ------------------------------------------------------------------ compared with other codes
def test_a_code_of_the_book_confirms_the_computed_one() -> None:
    make_family()
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, MICRA_CODE)
    assert retrieved(order).codes.get().source == "code_book"
    row = Comparison.objects.get()
    assert (row.is_equal, row.source, row.order, row.serial) == (True, "code_book", order, MICRA)


def test_a_serial_counts_once() -> None:
    make_family()
    for _ in range(2):
        order = placed(make_micra_radio(), MICRA)
        if not CodeBookEntry.objects.exists():
            make_entry(order, MICRA_CODE)
        retrieved(order)
    compare_known_codes()
    assert Comparison.objects.count() == 1


def test_a_different_code_goes_to_staff_who_are_alerted() -> None:
    make_family()
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, "1111")
    retrieved(order)
    assert (order.status, open_reasons(order)) == ("with_staff", ["other_code"])
    assert Comparison.objects.get().is_equal is False
    assert len(alerts()) == 1


def test_a_difference_outweighs_what_was_equal_before() -> None:
    family = make_family()
    make_comparison(family, MICRA, source="customer")
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, "1111")
    retrieved(order)
    row = Comparison.objects.get()
    assert (row.is_equal, row.source) == (False, "code_book")


def test_nothing_is_compared_while_it_is_off() -> None:
    make_family(state="off")
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, "1111")
    assert retrieved(order).status == "found"
    assert Comparison.objects.count() == 0


def test_a_trial_compares_what_was_known_before(tmp_path: Path) -> None:
    make_micra_radio()
    listed, sold, computed = serials(3)
    code = compute("nissan_bp", listed)
    assert code
    job = read_file(tmp_path, csv_of(f"Nissan,{listed},{code.code}"))
    for serial, source in ((sold, "supplier"), (computed, "computed")):
        order = make_order(radio=make_micra_radio(), serial=serial, status="delivered")
        make_code(order, "1111")
        order.codes.update(source=source)
    family = family_of("nissan_bp")
    assert family
    set_state(family, FamilyState.TRIAL, make_staff())
    compare_known_codes()
    rows = Comparison.objects.values_list("source", "is_equal", "came_with", "order__status")
    assert sorted(rows) == [
        ("code_book", True, job.pk, None), ("supplier", False, None, "delivered"),
    ]  # fmt: skip


# ------------------------------------------------------------------ the release
def test_thirty_of_ten_buyers_alert_the_owner_and_release_nothing() -> None:
    make_proof(make_family())
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, MICRA_CODE)
    retrieved(order)
    assert (alerts(), state()) == (["family:nissan_bp:proven"], "trial")
    review_families()
    assert len(alerts()) == 1


@pytest.mark.parametrize(("count", "buyers"), [(29, 10), (30, 9)])
def test_too_few_serials_or_buyers_prove_nothing(count: int, buyers: int) -> None:
    family = make_family()
    make_proof(family, count, buyers)
    assert not is_proven(family) and not release(family, make_staff())


def test_lists_count_as_buyers_do(tmp_path: Path) -> None:
    family = make_family()
    make_proof(family, 29, buyers=9)
    job = read_file(tmp_path, csv_of(f"Nissan,{MICRA},{MICRA_CODE}"))
    compare_known_codes()
    assert is_proven(family)
    assert Comparison.objects.get(came_with=job).is_equal


def test_the_owner_releases_a_proven_family() -> None:
    family, owner = make_family(), make_staff()
    make_proof(family, 30)
    assert release(family, owner)
    family.refresh_from_db()
    assert (family.state, family.is_earned, family.changed_by) == ("released", True, owner)
    assert not release(family, owner)


def test_one_difference_prevents_the_release() -> None:
    family = make_family()
    make_proof(family, 30)
    make_comparison(family, MICRA, is_equal=False)
    assert not may_be_released(family) and not release(family, make_staff())


def test_what_ships_released_returns_after_it_was_switched_off() -> None:
    family, owner = make_family("ford_m", "released"), make_staff()
    set_state(family, FamilyState.OFF, owner)
    set_state(family, FamilyState.TRIAL, owner)
    assert release(family, owner)
    assert CodeFamily.objects.get(pk="ford_m").is_earned is False


def test_an_earned_release_ends_with_the_first_difference() -> None:
    make_family(state="released", is_earned=True)
    order = placed(make_micra_radio(), MICRA)
    make_entry(order, "1111")
    assert (retrieved(order).status, state()) == ("with_staff", "trial")
    assert "family:nissan_bp:ended" in alerts()


def test_a_shipped_release_ends_with_the_second_different_serial() -> None:
    radio = make_ford_radio()  # its family has no row yet
    for serial, expected in ((FORD, "released"), (FORD, "released"), ("M011936", "trial")):
        order = placed(radio, serial)
        if not CodeBookEntry.objects.filter(family_hash=order.family_hash).exists():
            make_entry(order, "1234")
        assert retrieved(order).status == "with_staff"
        assert state("ford_m") == expected
    assert Comparison.objects.count() == 2


def found_by_computing(serial: str = MICRA) -> Order:
    order = retrieved(placed(make_micra_radio(), serial))
    assert order.status == "found"
    return order


def end_the_release() -> None:
    family = CodeFamily.objects.get(pk="nissan_bp")
    make_comparison(family, serials(1)[0], is_equal=False)
    review_families()
    assert state() == "trial"


def test_then_orders_that_are_not_ready_go_to_staff() -> None:
    make_family(state="released", is_earned=True)
    found = found_by_computing()
    make_payment(found, status="held")
    ready = make_order(radio=make_micra_radio(), serial=serials(2)[1], status="ready")
    make_code(ready)
    ready.codes.update(source=COMPUTED)
    end_the_release()
    for order in (found, ready):
        order.refresh_from_db()
    assert (found.status, open_reasons(found)) == ("with_staff", ["other_code"])
    assert found.deadline_at and found.current_code is None
    assert list(found.emails.values_list("mail", flat=True)) == ["order_received", "desk_alert"]
    assert ready.status == "ready"


def test_then_an_order_that_waits_for_its_payment_is_held() -> None:
    make_family(state="released", is_earned=True)
    order = found_by_computing()
    order.payment_failed(order.created_at)
    end_the_release()
    order.refresh_from_db()
    assert (order.status, order.is_on_hold) == ("payment_due", True)
    settle(order)
    review_families()
    order.refresh_from_db()
    assert not order.is_on_hold  # staff have decided


def test_then_an_unconfirmed_code_answers_no_other_order() -> None:
    make_family(state="released", is_earned=True)
    found_by_computing().make_move("ready")
    again = retrieved(placed(make_micra_radio(), MICRA))
    assert again.codes.get().source == "answered_before"
    end_the_release()
    assert retrieved(placed(make_micra_radio(), MICRA)).status == "with_staff"


def test_a_confirmed_one_still_does() -> None:
    family = make_family(state="released", is_earned=True)
    order = found_by_computing()
    order.make_move("ready")
    make_comparison(family, MICRA, source="customer", order=order)
    end_the_release()
    assert retrieved(placed(make_micra_radio(), MICRA)).status == "found"


def test_an_order_that_was_doubted_can_be_found_again() -> None:
    make_family(state="released", is_earned=True)
    order = found_by_computing()
    end_the_release()
    order.refresh_from_db()
    assert order.open_for(make_staff(), order.deadline_at - order.created_at)  # type: ignore[operator]
    assert order.find("4711", "desk")
    assert order.current_code and order.current_code.digits == "4711"
    check_invariants()
    assert not Alert.objects.filter(key__startswith="I6").exists()


def test_no_code_is_found_after_the_release_has_ended() -> None:
    make_family(state="trial")
    order = placed(make_micra_radio(), MICRA)
    leased = lease(Order, order.pk)
    assert leased and not find_computed(leased, MICRA_CODE)
    assert Code.objects.count() == 0


# ------------------------------------------------------------------ placeholders and lengths
def ford_with_0000() -> str:
    numbers = (f"M{n:06}" for n in range(10**6))
    return next(n for n in numbers if (code := compute("ford_m", n)) and code.code == "0000")


def test_a_list_may_have_0000_where_it_is_computed(tmp_path: Path) -> None:
    make_ford_radio()
    job = read_file(tmp_path, csv_of(f"Ford,{ford_with_0000()},0000", f"Ford,{FORD},0000"))
    assert (job.added, job.broken) == (1, 1)


@pytest.mark.parametrize(("kind", "status"), [("", "found"), ("wrong_length", "found")])
def test_two_lengths_of_codes_are_a_set(supplier: SupplierStandIn, kind: str, status: str) -> None:
    radio = make_ford_radio(family="", code_pattern=r"^(\d{4}|\d{5})$")
    if kind:
        supplier.fail(kind)
    assert retrieved(placed(radio, FORD)).status == status


@pytest.mark.parametrize("kind", ["wrong_alphabet", "placeholder"])
def test_any_other_answer_of_the_supplier_goes_to_staff(
    supplier: SupplierStandIn, kind: str
) -> None:
    radio = make_ford_radio(family="", code_pattern=r"^(\d{4}|\d{5})$")
    supplier.fail(kind)
    order = retrieved(placed(radio, FORD))
    assert (order.status, open_reasons(order)) == ("with_staff", ["bad_code"])


def test_a_wrong_list_alerts_once_and_its_undoing_takes_its_rows(tmp_path: Path) -> None:
    make_micra_radio()
    family = make_family("nissan_bp", "released", is_earned=True)
    first, second = serials(2)
    job = read_file(tmp_path, csv_of(f"Nissan,{first},1111", f"Nissan,{second},1112"))
    compare_known_codes()
    assert (state(), family.comparisons.count()) == ("trial", 2)
    assert alerts() == ["family:nissan_bp:ended", f"family:nissan_bp:list:{job.pk}"]
    assert job.undo()
    work_until_quiet()
    assert family.comparisons.count() == 0


def test_entries_that_are_stored_late_are_compared_too(tmp_path: Path) -> None:
    make_micra_radio()
    family = make_family(entry_place=10**9)
    read_file(tmp_path, csv_of(f"Nissan,{MICRA},{MICRA_CODE}"))
    compare_known_codes()
    assert family.comparisons.count() == 1


def test_what_the_method_has_no_code_for_goes_to_staff(supplier: SupplierStandIn) -> None:
    radio = make_supplied_radio(family="renault_precode")
    order = retrieved(placed(radio, "A012"))
    assert (order.status, supplier.asked) == ("with_staff", [])
    assert speed(radio, "A012") == Speed.STAFF
