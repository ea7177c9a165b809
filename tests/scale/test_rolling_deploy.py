"""A new release takes over, one process after the other, while customers come: nothing is lost."""

from functools import partial
from pathlib import Path

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Town, together
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, wait_until
from tests.steps.proxy import Proxy
from tests.steps.release import NextRelease
from tests.steps.scale_customers import Flow
from tests.steps.scale_machines import end, launch_worker, web_machines

pytestmark = WITH_PROCESSES


def test_a_release_rolls_over_with_its_migration_and_nobody_notices(
    shop: Shop, stripe: StripeStandIn, inbox: Inbox, tmp_path: Path
) -> None:
    # nobody is killed here: what a busy machine is slow at must not be begun again
    shop.environment |= {"CLAIM_LASTS": "60", "SWEEP_EVERY": "3"}
    worker = launch_worker(shop, "worker")
    shop.launch_beat()
    town = Town(shop.url, stripe, patience=120)
    with (
        web_machines(shop, "first", "second") as machines,
        Proxy(shop.port, {each.name: each.port for each in machines}) as proxy,
    ):
        new = NextRelease(tmp_path, shop.environment)
        together(new.collect, partial(wait_until, lambda: all(proxy.ready.values()), seconds=60,
                                      what="both machines are ready"))  # fmt: skip
        with Flow(town).flowing() as flow:
            flow.wait_for_more()
            with new.migrated():
                flow.wait_for_more()  # the old release works on the new tables
                old_files = set(flow.files)
                for machine in machines:
                    machine.restart(new.root, **new.settings)
                    wait_until(
                        lambda: all(proxy.ready.values()), seconds=60, what="it is ready again"
                    )
                    flow.wait_for_more()  # both releases at once, then the new one
                end(worker)
                launch_worker(shop, "new-worker", new.root, **new.settings)
                flow.wait_for_more()
                flow.over()
                flow.check(inbox)
                shop.stop()
    assert flow.troubles == [] and proxy.cut == [] and proxy.nobody == []
    assert max(proxy.statuses()) < 400
    assert len({file for file in flow.files if "/shop/site." in file}) == 2
    assert old_files < flow.files
