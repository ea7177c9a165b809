"""Kill the worker while the supplier is asked: another asks once more, and one code comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orders.models import Order, Status
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from sandbox.supplier import SupplierStandIn
from sandbox.supplier.radios import MODELS
from tests.steps.factories import make_fallback_radio, make_order, make_radio
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, wait_until

pytestmark = WITH_PROCESSES

SERIAL = "K482"
CODE = MODELS["renault-dacia"].made_up_code(SERIAL)


@pytest.fixture
def supplier() -> Iterator[SupplierStandIn]:
    with SupplierStandIn() as running:
        yield running
        assert running.misuses == []


@pytest.fixture
def shop(tmp_path: Path, supplier: SupplierStandIn) -> Iterator[Shop]:
    with StripeStandIn() as stripe, Inbox() as inbox, Shop(tmp_path, stripe, inbox) as running:
        running.environment |= {
            "PELOCK_API_KEY": supplier.api_key, "PELOCK_API_URL": supplier.url,
        }  # fmt: skip
        yield running


def placed() -> Order:
    radio = make_radio(
        key="precode", pattern=r"^[A-Z]\d{3}$", prefix="", length=4, example="A123",
        sources=["supplier", "desk"], supplier_model="renault-dacia",
    )  # fmt: skip
    make_fallback_radio()
    return make_order(status="placed", radio=radio, serial=SERIAL)


def kill_while_it_asks(shop: Shop, supplier: SupplierStandIn, name: str) -> None:
    before = len(supplier.calculations())
    supplier.fail("slow", seconds=60, command="calc")
    doomed = shop.start_worker(name)
    wait_until(
        lambda: len(supplier.calculations()) > before, seconds=30, what="the supplier is asked"
    )
    doomed.kill()
    supplier.heal()


def test_a_killed_worker_leaves_a_trace_and_another_asks_once_more(
    shop: Shop, supplier: SupplierStandIn
) -> None:
    order = placed()
    shop.start_beat()
    kill_while_it_asks(shop, supplier, "doomed")
    shop.start_worker("second")
    wait_until(
        lambda: Order.objects.filter(pk=order.pk, codes__isnull=False).exists(),
        seconds=30, what="the code is found",
    )  # fmt: skip
    asked = order.attempts.filter(source="supplier")
    assert list(asked.values_list("outcome", flat=True)) == ["", "found"]
    assert (order.codes.get().digits, len(supplier.calculations())) == (CODE, 2)


def test_after_two_killed_workers_nobody_asks_a_third_time(
    shop: Shop, supplier: SupplierStandIn
) -> None:
    order = placed()
    shop.start_beat()
    kill_while_it_asks(shop, supplier, "first")
    kill_while_it_asks(shop, supplier, "second")
    shop.start_worker("third")
    wait_until(
        lambda: Order.objects.filter(pk=order.pk, status=Status.WITH_STAFF).exists(),
        seconds=30, what="a person has the order",
    )  # fmt: skip
    assert len(supplier.calculations()) == 2
