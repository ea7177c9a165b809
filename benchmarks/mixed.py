"""What the shop bears of the visitors it has: `make bench-mixed`, or `python -m benchmarks.mixed
--seconds 3 --turns 1 --old 1000 10000`.

70 % guides, 20 % serials looked at while they are typed, 8 % order pages, 2 % orders, Stripe's
stand-in included; gunicorn as in production, PostgreSQL and Redis. One web process and two take
turns, first with few orders in the tables, then with many. Then each kind of request alone, to see
what it costs. CPU is counted by processes: those who ask run on the same machine, too.
"""

import argparse
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import redis

from benchmarks.mix import SHARES, Tally, Town, anybody, let_them_come
from benchmarks.old_orders import OldOrders
from benchmarks.processes import cpu_seconds, family, megabytes
from benchmarks.stack import Stack
from tests.servers import free_port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8, help="who ask at once")
    parser.add_argument("--old", type=int, nargs="+", default=[1_000, 1_000_000])
    options = parser.parse_args()
    with ExitStack() as stack:
        shop = Stack(stack)
        learn_any_availability()
        old = OldOrders(os.environ["DATABASE_URL"], finished_order(shop))
        webs = {
            number: Web(port, stack.enter_context(shop.web(number, port)))
            for number, port in ((1, free_port()), (2, shop.port))
        }
        around = shop.stores() | {"Stripe's stand-in": shop.stripe}
        print_head()
        for size in sorted(options.old):
            old.make(size)
            time.sleep(10)  # content that was just loaded is not trusted to memory yet
            town = Town.of(shop.database, f"127.0.0.1:{shop.port}")
            take_turns(town, webs, size, options)
        what_each_costs(town, webs[2], around, options)
        memory({"web": webs[2].pid} | shop.stores())


def learn_any_availability() -> None:
    """Let all client networks together ask of more serials than a shop allows in an hour."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    now = datetime.now(UTC)
    for hour in range(24):
        client.set(f"availability:{now + timedelta(hours=hour):%Y-%m-%dT%H}", -(10**9))


class Web(NamedTuple):
    port: int
    pid: int


def finished_order(shop: Stack) -> str:
    """One that goes all the way, to be copied."""
    shop.know(codes=1)
    with shop.web(1), shop.workers():
        order = shop.place(1)[0]
        shop.pay(order)
        shop.inbox.wait_for(1, 120)
        time.sleep(5)  # what comes after the mail
    return shop.number_of(order)


# ------------------------------------------------------------------ all of it
def print_head() -> None:
    print(f"{'old orders':>12} {'web processes':>14}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}"
          f"{'errors':>8}   p99 ms of {', '.join(SHARES)}")  # fmt: skip


def take_turns(town: Town, webs: dict[int, Web], size: int, options: argparse.Namespace) -> None:
    turns: dict[int, list[Tally]] = {number: [] for number in webs}
    for turn in range(-1, options.turns):  # one turn more, in which all become warm
        for number, web in random.sample(sorted(webs.items()), len(webs)):
            tally = let_them_come(town, web.port, options.seconds, options.clients, anybody)
            if turn >= 0:
                turns[number].append(tally)
    for number, tallies in turns.items():
        rate = statistics.median(tally.count / tally.lasted for tally in tallies)
        errors = [error for tally in tallies for error in tally.errors]
        each = {kind: [s for tally in tallies for s in tally.seconds[kind]] for kind in SHARES}
        every = [seconds for kind in each.values() for seconds in kind]
        late = ", ".join(f"{percentile(seconds, 99):.0f}" for seconds in each.values())
        print(f"{size:12,} {number:14}{rate:12.0f}{percentile(every, 50):9.1f}"
              f"{percentile(every, 99):9.1f}{len(errors):8}   {late}")  # fmt: skip
        for error, times in Counter(errors).most_common(3):
            print(f"{'':12} {times} times {error}")


def percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return sorted(seconds)[len(seconds) * percent // 100] * 1000 if seconds else 0.0


# ------------------------------------------------------------------ where it goes
def what_each_costs(
    town: Town, web: Web, around: dict[str, int], options: argparse.Namespace
) -> None:
    """CPU of each group of processes by kind of request: the mixture, then each kind alone."""
    groups: dict[str, Callable[[], float]]
    groups = {name: partial(cpu_seconds, pid) for name, pid in ({"web": web.pid} | around).items()}
    groups["who asks"] = time.process_time  # alone: the others are its children
    head = "".join(f"{name:>20}" for name in groups)
    print(f"\n{'ms of CPU a request':20}{head}{'requests/s':>12}")
    draws: dict[str, Callable[[], str]] = {"all of them": anybody}
    draws |= {kind: partial(str, kind) for kind in SHARES}
    for name, draw in draws.items():
        before = {group: used() for group, used in groups.items()}
        tally = let_them_come(town, web.port, options.seconds, options.clients, draw)
        count = max(tally.count, 1)
        costs = "".join(
            f"{(used() - before[group]) / count * 1000:20.2f}" for group, used in groups.items()
        )
        print(f"{name:20}{costs}{count / tally.lasted:12.0f}", flush=True)


def memory(groups: dict[str, int]) -> None:
    print(f"\n{'MB':20}{'processes':>10}{'PSS':>8}{'RSS of the biggest':>20}")
    for name, pid in groups.items():
        each = [megabytes(member) for member in family(pid)]
        share, biggest = sum(pss for pss, _rss in each), max(rss for _pss, rss in each)
        print(f"{name:20}{len(each):10}{share:8.0f}{biggest:20.0f}")


if __name__ == "__main__":
    main()
