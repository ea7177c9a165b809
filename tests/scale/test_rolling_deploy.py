"""This release takes over from 0.9.0, one process after the other, while customers order."""

import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from orders.invariants import find_violations
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Town, together
from tests.chaos.customer import Customer
from tests.steps.marks import WITH_PROCESSES
from tests.steps.payments import found_by_staff
from tests.steps.processes import Shop, wait_until
from tests.steps.proxy import Proxy
from tests.steps.release import Release, new_release, old_release, own_database
from tests.steps.scale_customers import Flow
from tests.steps.scale_machines import end, launch_worker, web_machines

pytestmark = WITH_PROCESSES

CONTENT = ("nissan.yaml", "nissan/micra.yaml", "legal")
MOST = 200  # customers who may come


@pytest.fixture
def old(tmp_path: Path) -> Release:
    return old_release(tmp_path)


@pytest.fixture
def town(shop: Shop, stripe: StripeStandIn) -> Town:
    return Town(shop.url, stripe, patience=120)


@pytest.fixture
def shop(tmp_path: Path, stripe: StripeStandIn, inbox: Inbox, old: Release) -> Iterator[Shop]:
    """Of 0.9.0: its tables, its content, and codes for those who will come."""
    with (
        own_database(f"{connection.settings_dict['NAME']}_rolling"),
        Shop(tmp_path, stripe, inbox) as running,
    ):
        # no process is killed here: what a busy machine is slow at must not be begun again
        running.environment |= {
            # without sign_ins, which 0.9.0 refuses to start with
            "REQUESTS_PER_MINUTE": "pages=60000,forms=60000,orders=60000,status=60000,finds=60000",
            "TRUSTED_PROXIES": "1", "LOG_LEVEL": "WARNING", "CLAIM_LASTS": "60", "SWEEP_EVERY": "3",
            "VELOCITY_SERIALS": "100000",
        }  # fmt: skip
        manage = partial(old.manage, **running.environment)
        manage("migrate", "-v0")
        manage("load_guides", "-v0", *(f"guides/content/{each}" for each in CONTENT))
        manage("load_radios", "-v0", "orders/content/nissan.yaml")
        manage("import_codes", "--brand=nissan", str(list_of_codes(tmp_path, stripe)))
        yield running
        assert list(find_violations(settled_for=timedelta(0))) == []


def list_of_codes(folder: Path, stripe: StripeStandIn) -> Path:
    town = Town("http://shop.test", stripe, patience=1)
    lines = ["serial,code"]
    for place in range(1, MOST):
        customer = Customer(town, place, random.Random(place))
        customer.browser.client.close()
        lines.append(f"{customer.serial},{customer.code}")
    file = folder / "codes.csv"
    file.write_text("\n".join(lines))
    return file


def order_for_staff(town: Town) -> Customer:
    """The code book lacks the serial: it is found by hand, under whichever release runs then."""
    customer = Customer(town, MOST, random.Random(MOST))
    customer.weather, customer.currency = "normal", "eur"
    customer.send_form(customer.serial)
    customer.pay_somehow()
    customer.wait_for("with_staff")
    return customer


def test_orders_go_on_while_this_release_takes_over_from_0_9_0(
    shop: Shop, old: Release, town: Town, inbox: Inbox, tmp_path: Path
) -> None:
    new = new_release(tmp_path)
    old.collect(**shop.environment)
    worker = launch_worker(shop, "old-worker", old.root, **old.settings)
    beat = shop.launch_beat("old-beat", old.root)
    with (
        web_machines(shop, "first", "second", root=old.root, **old.settings) as machines,
        Proxy(shop.port, {each.name: each.port for each in machines}) as proxy,
    ):
        all_ready = partial(
            wait_until, lambda: all(proxy.ready.values()), seconds=90, what="both are ready"
        )
        together(partial(new.collect, old, **shop.environment), all_ready)
        waiting = order_for_staff(town)
        with Flow(town, stocked=True).flowing() as flow:
            flow.wait_for_more()
            new.manage("migrate", "-v0", **shop.environment)
            flow.wait_for_more()  # 0.9.0 works on the tables of this release
            old_files = set(flow.files)
            for machine in machines:
                machine.restart(new.root, **new.settings)
                all_ready()
                flow.wait_for_more()  # both releases at once, then this one
            end(worker)
            launch_worker(shop, "new-worker")
            flow.wait_for_more()
            end(beat)
            shop.launch_beat()
            for command in ("load_guides", "load_radios"):
                new.manage(command, "-v0", **shop.environment)
            flow.wait_for_more()
            flow.over()
            flow.check(inbox)
            found_by_staff(waiting.row())
            waiting.wait_for("delivered")
            shop.stop()
    assert flow.troubles == [] and proxy.cut == [] and proxy.nobody == []
    assert max(proxy.statuses()) < 400
    assert len({file for file in flow.files if "/shop/site." in file}) == 2
    assert old_files < flow.files
