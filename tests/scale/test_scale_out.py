"""Two web machines, three workers and two beats; some are told to stop, some die, orders flow."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from orders.invariants import offences
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Town, together
from tests.chaos.radios import PRICES
from tests.factories import make_car_model, make_fallback_radio, make_radio
from tests.faults.processes import Shop, collect_static_files, wait_until
from tests.scale.customers import Flow
from tests.scale.machines import end, launch_worker, web_machines
from tests.scale.proxy import Proxy

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="machines share a PostgreSQL, not SQLite in a file",
    ),
]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


@pytest.fixture
def stripe() -> Iterator[StripeStandIn]:
    with StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests") as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, stripe: StripeStandIn, inbox: Inbox) -> Iterator[Shop]:
    make_radio(prices=PRICES)
    make_fallback_radio(prices=PRICES)
    make_car_model()
    with Shop(tmp_path, stripe, inbox) as running:
        running.environment |= {"TRUSTED_PROXIES": "1", "LOG_LEVEL": "WARNING"}
        collect_static_files(running.environment)
        yield running
        assert list(offences(settled_for=timedelta(0))) == []


def test_machines_come_and_go_and_no_order_is_lost(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox
) -> None:
    workers = [launch_worker(shop, f"worker-{number}") for number in range(3)]
    together(*[partial(shop.launch_beat, name) for name in ("beat", "second-beat")])
    town = Town(shop.url, stripe, patience=60, tries_again=True)
    with (
        web_machines(shop, "first", "second") as (first, second),
        Proxy(shop.port, {each.name: each.port for each in (first, second)}) as proxy,
    ):
        wait_until(lambda: all(proxy.ready.values()), seconds=60, what="both machines are ready")
        with Flow(town).flowing() as flow:
            flow.wait_for_more()
            second.restart()
            end(workers[0])
            flow.wait_for_more()
            assert proxy.cut == []  # so far nobody was killed

            workers[1].kill()
            wait_until(lambda: all(proxy.ready.values()), seconds=60, what="both are ready again")
            first.die()
            flow.wait_for_more(3)
        flow.check(inbox)
    assert flow.troubles == []
    assert {name for name, _line in proxy.cut} <= {"first"}
    assert len(town.tried_again) <= len(proxy.cut)
    assert proxy.nobody == []
    assert max(proxy.statuses()) < 400
