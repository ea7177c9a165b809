"""What may happen to the machines below a shop: each comes, lasts for a while, and is over."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import redis

from sandbox.inbox import Inbox
from sandbox.supplier import SupplierStandIn
from tests.chaos.crew import Crew
from tests.servers import Servers
from tests.steps.processes import Shop, frozen_redis

NONSENSE = ("html", "cut", "huge", "number", "wrong_length", "wrong_alphabet", "placeholder")


@dataclass
class Site:
    """All that can be made to fail. An outage lasts for `lasts` seconds; `silence` is longer than
    the supplier is waited for."""

    servers: Servers
    shop: Shop
    crew: Crew
    supplier: SupplierStandIn
    inbox: Inbox
    chance: random.Random
    lasts: float
    silence: float

    @property
    def redis_url(self) -> str:
        return str(self.shop.environment["REDIS_URL"])

    def wait(self, share: float = 1.0) -> None:
        time.sleep(self.lasts * share)

    def wait_for(self, happens: Callable[[], bool]) -> None:
        """Not much longer than an outage lasts: what was meant to be hit may not come by."""
        end = time.monotonic() + 5 * self.lasts
        while not happens() and time.monotonic() < end:
            time.sleep(0.1)


@dataclass(frozen=True)
class Outage:
    """`part` is what fails: two of one part do not go together. `is_spared`: a short run does
    without, for what it takes or since another is much like it."""

    name: str
    part: str
    happens: Callable[[Site], AbstractContextManager[None]]
    is_spared: bool = False
    row: str = ""  # of the table, where it is not its name


OUTAGES: list[Outage] = []


Script = Callable[[Site], Iterator[None]]


def outage(name: str, part: str, is_spared: bool = False) -> Callable[[Script], None]:
    """What stands before the `yield` begins it, what stands behind ends it."""

    def remember(play: Script) -> None:
        OUTAGES.append(Outage(name, part, contextmanager(play), is_spared))

    return remember


def both(one: Outage, other: Outage) -> Outage:
    @contextmanager
    def happens(site: Site) -> Iterator[None]:
        with one.happens(site), other.happens(site):
            yield

    return Outage(f"{one.name} + {other.name}", "two", happens, row="two of these at once")


@outage("none", "nothing", is_spared=True)
def fair_weather(site: Site) -> Iterator[None]:
    yield


# ------------------------------------------------------------------ processes
@outage("a worker killed, and its successor", "processes")
def worker_killed(site: Site) -> Iterator[None]:
    name = site.chance.choice(site.crew.workers)
    site.crew.kill(name)
    yield
    site.crew.kill(name)


@outage("all workers killed at once", "processes", is_spared=True)
def workers_killed(site: Site) -> Iterator[None]:
    yield
    site.crew.kill(*site.crew.workers)


@outage("a worker frozen, then it goes on", "processes")
def worker_frozen(site: Site) -> Iterator[None]:
    process = site.crew[site.chance.choice(site.crew.workers)]
    process.send(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send(signal.SIGCONT)


@outage("beat killed", "processes")
def beat_killed(site: Site) -> Iterator[None]:
    with site.crew.without("beat"):
        yield


@outage("two beats", "processes")
def two_beats(site: Site) -> Iterator[None]:
    second = site.shop.launch_beat("second-beat")
    try:
        second.wait_for_log("Beat ready")
        yield
    finally:
        second.kill()


@outage("web killed", "processes", is_spared=True)
def web_killed(site: Site) -> Iterator[None]:
    site.crew.kill("web")
    yield


@outage("web rolled over (HUP)", "processes", is_spared=True)
def web_rolled_over(site: Site) -> Iterator[None]:
    site.crew["web"].send_signal(signal.SIGHUP)
    yield


@outage("all of it deployed anew (TERM)", "processes")
def deployed(site: Site) -> Iterator[None]:
    for name in ("web", "beat", *site.crew.workers):
        site.crew.stop(name)
    yield


# ------------------------------------------------------------------ PostgreSQL and Redis
@outage("PostgreSQL restarted", "PostgreSQL")
def postgres_restarted(site: Site) -> Iterator[None]:
    site.servers.do("postgres", "stop")
    site.servers.do("postgres", "start")
    yield


@outage("PostgreSQL crashes", "PostgreSQL")
def postgres_crashes(site: Site) -> Iterator[None]:
    site.servers.do("postgres", "crash")
    site.wait(1 / 2)
    site.servers.do("postgres", "start")
    yield


@outage("Redis frozen", "Redis")
def redis_frozen(site: Site) -> Iterator[None]:
    with frozen_redis(site.redis_url):
        yield


@outage("Redis emptied", "Redis")
def redis_emptied(site: Site) -> Iterator[None]:
    with redis.Redis.from_url(site.redis_url) as client:
        client.flushall()
        yield
        client.flushall()


@outage("Redis crashes", "Redis")
def redis_crashes(site: Site) -> Iterator[None]:
    site.servers.do("redis", "crash")
    yield
    site.servers.do("redis", "start")


# ------------------------------------------------------------------ the supplier and the mail
def supplier_fails(site: Site, *kinds: str) -> Iterator[None]:
    """Each answer as one of these."""
    for kind in site.chance.sample(kinds, len(kinds)):
        site.supplier.fail(kind, times=None if len(kinds) == 1 else 1, seconds=site.silence)
    yield
    site.supplier.heal()


@outage("supplier silent", "supplier")
def supplier_silent(site: Site) -> Iterator[None]:
    yield from supplier_fails(site, "slow")


@outage("supplier answers nonsense", "supplier")
def supplier_wrong(site: Site) -> Iterator[None]:
    yield from supplier_fails(site, *NONSENSE)


@outage("supplier away", "supplier")
def supplier_away(site: Site) -> Iterator[None]:
    yield from supplier_fails(site, "down")


def mail_fails(site: Site, kind: str) -> Iterator[None]:
    site.inbox.fail(kind, times=None)
    yield
    site.inbox.heal()


@outage("mail server refuses for now", "mail")
def mail_refused(site: Site) -> Iterator[None]:
    yield from mail_fails(site, "4xx")


@outage("mail server hangs up", "mail")
def mail_dropped(site: Site) -> Iterator[None]:
    yield from mail_fails(site, "down")


@outage("mail server accepts, then dies", "mail")
def mail_accepted(site: Site) -> Iterator[None]:
    before = len(site.inbox.messages)
    for _ in mail_fails(site, "drop"):
        yield
        site.wait_for(lambda: len(site.inbox.messages) > before)
