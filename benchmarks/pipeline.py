"""How fast a paid order becomes a mail with its code: `make bench-pipeline`, or `python -m
benchmarks.pipeline --orders 20 --old 1000 10000`.

Web, worker and beat run as in production, with two worker processes; Stripe is the stand-in, in a
process of its own, and its webhooks tell of the payments. First one order after the other: the time
from paying on Stripe's page until the mail server has the mail. Then many at once: orders a second
from the first payment to the last mail. Beside it, in turns, bare Celery tasks on as many processes
make the same calls (the same requests to Stripe, the look-up of the code, the same mail) for orders
that are paid in the same way, and keep no books. All of it with few old orders in the tables, and
with many.
"""

import argparse
import os
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from celery import Celery

from benchmarks.old_orders import OldOrders
from benchmarks.stack import Placed, Stack

PATIENCE = 180  # seconds
CUSTOMERS = 4  # who pay at once
# That Stripe sends of an order: two when it is paid, two when the money is taken. Each leads to a
# look at the session.
EVENTS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=60, help="in one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--idle", type=int, default=30, help="orders one after the other")
    parser.add_argument("--old", type=int, nargs="+", default=[1_000, 1_000_000])
    options = parser.parse_args()
    with ExitStack() as stack:
        shop = Stack(stack)
        per_size = options.idle + 2 * options.orders * (options.turns + 1)
        shop.know(codes=per_size * len(options.old) + 1)
        stack.enter_context(shop.web())
        stack.enter_context(shop.workers())
        first = shop.place(1)[0]
        shop.pay(first)
        mail = shop.inbox.wait_for(1, PATIENCE)[0].raw  # however long all of it takes to start
        time.sleep(5)
        old = OldOrders(os.environ["DATABASE_URL"], shop.number_of(first))
        bare = Bare(stack, shop, mail)
        print_head()
        for size in sorted(options.old):
            took = old.make(size)
            measure(shop, bare, size, options)
            print(f"{'':14}{size:,} old orders were made in {took:.0f} s")


def measure(shop: Stack, bare: "Bare", size: int, options: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {"shop": [], "bare": []}
    for turn in range(-1, options.turns):  # one turn more, in which all processes become warm
        for name in random.sample(sorted(rates), 2):
            orders = shop.place(options.orders)
            rate = bare.rate(orders) if name == "bare" else rate_of(shop, orders)
            if turn >= 0:
                rates[name].append(rate)
            time.sleep(2)  # what comes after the mails
    idle = [seconds_until_mailed(shop, shop.place(1)[0]) for _order in range(options.idle)]
    ratio = statistics.median(a / b for a, b in zip(rates["shop"], rates["bare"], strict=True))
    middle, late = statistics.median(idle), percentile(idle, 99)
    ours, bares = (statistics.median(rates[name]) for name in ("shop", "bare"))
    row = f"{size:12,} {middle:9.2f}{late:9.2f}{ours:12.1f}{bares:9.1f}{ratio:9.2f}"
    print(row, flush=True)


# ------------------------------------------------------------------ the shop
def seconds_until_mailed(shop: Stack, order: Placed) -> float:
    time.sleep(0.3)
    began = time.time()
    shop.pay(order)
    return last_mail(shop, [order]) - began


def rate_of(shop: Stack, orders: list[Placed]) -> float:
    began = time.time()
    with ThreadPoolExecutor(CUSTOMERS) as customers:
        list(customers.map(shop.pay, orders))
    return len(orders) / (last_mail(shop, orders) - began)


def last_mail(shop: Stack, orders: list[Placed]) -> float:
    """When it came; once all are there."""
    wanted = {order.email for order in orders}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        came = {mail.recipients[0]: mail.at for mail in shop.inbox.messages}
        if wanted <= came.keys():
            shop.inbox.clear()
            return max(came[address] for address in wanted)
        time.sleep(0.01)
    raise RuntimeError(f"{len(wanted - came.keys())} of {len(wanted)} orders were not mailed")


# ------------------------------------------------------------------ bare tasks
class Bare:
    """The same calls for an order that the shop has stored and whose payment it does not know."""

    def __init__(self, stack: ExitStack, shop: Stack, mail: bytes) -> None:
        self.shop = shop
        broker = os.environ["REDIS_URL"].rpartition("/")[0] + "/1"
        file = shop.folder / "mail"
        file.write_bytes(mail)
        os.environ.update({"BARE_REDIS_URL": broker, "BARE_MAIL": str(file)})
        queues = ("--queues=orders,mail", "--concurrency=2")
        command = ("celery", "--app=benchmarks.bare_tasks", "worker", *queues)
        stack.enter_context(shop.run("bare", *command))
        self.celery = Celery(broker=broker)
        self.celery.conf.task_ignore_result = True

    def rate(self, orders: list[Placed]) -> float:
        hashes = self._put_aside(orders)
        self.shop.control_stripe("webhooks", mode="drop")
        began = time.time()
        with ThreadPoolExecutor(CUSTOMERS) as customers:
            list(customers.map(lambda order: self._pay(order, hashes[order.email]), orders))
        rate = len(orders) / (last_mail(self.shop, orders) - began)
        self.shop.control_stripe("webhooks", mode="normal")
        return rate

    def _put_aside(self, orders: list[Placed]) -> dict[str, str]:
        """No sweep looks after them. Returns the hashes of their serials."""
        database = self.shop.database
        sessions, emails = zip(*((order.session, order.email) for order in orders), strict=True)
        database.execute(
            "UPDATE orders_payment SET due_at = NULL WHERE session_id = ANY(%s)", [list(sessions)]
        )
        found = database.execute(
            "SELECT email, serial_hash FROM orders_order WHERE email = ANY(%s)", [list(emails)]
        )
        return dict(found.fetchall())

    def _pay(self, order: Placed, serial_hash: str) -> None:
        self.shop.pay(order)
        for _event in range(EVENTS):
            self._do("hear", order.session)
        self._do("find", order.session, serial_hash, order.email)

    def _do(self, task: str, *arguments: str) -> None:
        self.celery.send_task(f"benchmarks.bare_tasks.{task}", arguments, queue="orders")


def print_head() -> None:
    print(f"{'':12} {'paid to mailed, s':>18}{'orders/s, 2 worker processes':>30}")
    print(f"{'old orders':>12} {'median':>9}{'99th':>9}{'shop':>12}{'bare':>9}{'to bare':>9}")


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


if __name__ == "__main__":
    main()
