"""Two web machines, three workers and two beats; some stop, some die, orders flow."""

from functools import partial

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Town, together
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, wait_until
from tests.steps.proxy import Proxy
from tests.steps.scale_customers import Flow
from tests.steps.scale_machines import end, launch_worker, web_machines

pytestmark = WITH_PROCESSES


def test_machines_come_and_go_and_no_order_is_lost(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox
) -> None:
    shop.environment["CLAIM_LASTS"] = "8"
    workers = [launch_worker(shop, f"worker-{number}") for number in range(3)]
    together(*[partial(shop.launch_beat, name) for name in ("beat", "second-beat")])
    town = Town(shop.url, stripe, patience=120, tries_again=True)
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
            assert proxy.cut == []  # so far no process was killed

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
