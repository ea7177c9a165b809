import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orders.leases import MAX_TRIES, exhausted, lease, leased, waiting
from orders.models import Order
from shop.observability.logs import MaskingFormatter
from tests.steps.factories import make_order

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def due_order(**values: Any) -> Order:
    return make_order(status="placed", due_at=timezone.now(), **values)


def test_a_claimed_row_is_not_claimed_again() -> None:
    order = due_order()
    assert lease(Order, order.pk) is not None
    assert lease(Order, order.pk) is None


def test_a_claim_ends_by_itself(settings: Any) -> None:
    settings.CLAIM_LASTS = timedelta(0)
    order = due_order()
    assert lease(Order, order.pk) is not None
    assert lease(Order, order.pk) is not None


def test_what_is_not_due_is_not_claimed() -> None:
    order = make_order(status="placed", due_at=timezone.now() + timedelta(minutes=1))
    assert lease(Order, order.pk) is None


@pytest.mark.parametrize("wrong_by", [timedelta(minutes=10), -timedelta(minutes=10)])
def test_a_machine_whose_clock_is_wrong_claims_at_the_right_time(
    monkeypatch: Any, wrong_by: timedelta
) -> None:
    """The database's clock decides; what the machine believes is no part of it."""
    now, order, later = timezone.now(), due_order(), make_order(status="placed")
    Order.objects.filter(pk=later.pk).update(due_at=now + timedelta(minutes=5))
    monkeypatch.setattr(timezone, "now", lambda: now + wrong_by)
    assert list(waiting(Order)) == [order]
    assert lease(Order, order.pk) is not None
    assert lease(Order, order.pk) is None  # nor is the claim over
    assert lease(Order, later.pk) is None


def test_a_late_write_of_a_claim_that_ended_is_refused(settings: Any) -> None:
    settings.CLAIM_LASTS = timedelta(0)
    order = due_order()
    slow = lease(Order, order.pk)
    quick = lease(Order, order.pk)
    assert slow and quick
    assert quick.find("1234", "code_book")
    assert not slow.find("9999", "code_book")
    assert not slow.finish()
    assert order.codes.get().digits == "1234"


def test_later_is_an_outcome_and_sets_the_tries_to_zero() -> None:
    row = lease(Order, due_order().pk)
    assert row and row.tries == 1
    row.postpone()
    assert (row.tries, row.delays, row.claim_token) == (0, 1, None)


def test_work_that_raises_is_given_back_and_counted() -> None:
    order = due_order()
    with leased(Order, order.pk):
        raise RuntimeError
    order.refresh_from_db()
    assert (order.tries, order.claim_token) == (1, None)


def test_the_log_of_work_that_raises_holds_its_kind_and_place_alone(caplog: Any) -> None:
    said = "the code is 4307"
    with leased(Order, due_order().pk):
        raise RuntimeError(said)
    [line] = [MaskingFormatter().format(record) for record in caplog.records]
    assert "RuntimeError, tries again" in line and "raise RuntimeError(said)" in line
    assert "4307" not in line


def test_used_up_tries_are_for_a_person() -> None:
    order = due_order(tries=MAX_TRIES)
    assert not waiting(Order).exists()
    assert list(exhausted(Order)) == [order]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_gets_the_claim() -> None:
    order = due_order()
    start = threading.Barrier(4)
    won: list[bool] = []

    def work() -> None:
        start.wait()
        won.append(lease(Order, order.pk) is not None)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]


@pytest.mark.django_db(transaction=True)
def test_four_who_read_and_write_at_once_meet_no_lock() -> None:
    """On SQLite too, where a transaction that begins with reading may be refused its writing."""
    orders = [due_order() for _ in range(4)]
    done: list[int] = []

    def work(order: Order) -> None:
        for _ in range(30):
            with transaction.atomic():
                order.lock()
                row = lease(Order, order.pk)
                assert row and row.postpone(timezone.now())
        done.append(order.pk)
        connection.close()

    threads = [threading.Thread(target=work, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [order.pk for order in orders]
