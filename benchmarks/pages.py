"""How fast the public pages are: `make bench`, or `python -m benchmarks.pages --seconds 2`.

Requests per second of home, a brand and a guide under the production server, against a bare Django
view that answers with as many bytes: once under the same middleware, once under none. They take
turns within one run, so that whatever else this machine does falls on all of them; a ratio is the
median of the turns' ratios. Cold is a page that no memory has: its queries, and how long it takes.
"""

import argparse
import operator
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import ask_for, body_of
from tests.servers import ROOT, Servers, free_port

PATHS = {"home": "/", "brand": "/nissan/", "guide": "/nissan/micra/"}
SERVERS = {
    "shop": {"DJANGO_SETTINGS_MODULE": "shop.settings"},
    "bare": {"DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings", "BARE": "with middleware"},
    "alone": {"DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings", "BARE": "alone"},
}
SETTINGS = {
    "ALLOWED_HOSTS": "localhost",
    "SITE_URL": "http://localhost",
    "DEMO": "true",  # lets the address be without https
    "DEBUG": "false",
    "LOG_LEVEL": "WARNING",
    "EMAIL_URL": "smtp://localhost:1",
    "STRIPE_SECRET_KEY": "sk_test_bench",
    "STRIPE_LIVE": "false",
    "STRIPE_API_BASE": "http://localhost:1",
    "SECRET_KEY": "a-key-of-the-benchmark-which-protects-nothing",
    "STRIPE_WEBHOOK_SECRET": "whsec_bench",
    "CODE_KEYS": "dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE=",
    "HASH_KEYS": "the-benchmarks-hash-key-of-enough-characters",
    "DEFAULT_FROM_EMAIL": "hello@encore.example",
    "STAFF_EMAIL": "desk@encore.example",
    "SELLER_NAME": "Encore",
    "SELLER_ADDRESS": "1 Example Street, 00000 Example Town",
    "SELLER_EMAIL": "hello@encore.example",
    "REQUESTS_PER_MINUTE": "pages=1000000",  # it asks more than a thousand times a second
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.7, help="of one turn")
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": str(folder)})
        prepare()
        cold()
        servers = {name: stack.enter_context(gunicorn(name)) for name in SERVERS}
        warm(servers, options)


def prepare() -> None:
    for command in ("migrate", "collectstatic --no-input", "load_guides", "load_radios"):
        manage = [sys.executable, "manage.py", *command.split(), "-v0"]
        subprocess.run(manage, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Of the master and its workers so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ticks = 0
        for pid in (str(self.pid), *children):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def gunicorn(name: str) -> Iterator[Server]:
    """The production server on a port of its own, with the shop's own configuration."""
    port = free_port()
    command = ["-m", "gunicorn", "--config", "python:shop.gunicorn", "shop.wsgi"]
    process = subprocess.Popen(
        [sys.executable, *command, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"],
        cwd=ROOT,
        env=os.environ | SERVERS[name],
        stdout=subprocess.DEVNULL,  # a line for each request
    )
    try:
        wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start: see above")


def cold() -> None:
    """In this process, as a first request meets it; the version was just read."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from guides.page_cache import place_of

    client = Client(headers={"host": "localhost", "accept-encoding": "br"})
    print(f"{'cold':8}{'queries':>9}{'ms':>7}{'bytes':>8}")
    for name, path in PATHS.items():
        client.get(path)  # templates are compiled, the connection is open
        times = []
        for _turn in range(5):
            place_of.cache_clear()
            with CaptureQueriesContext(connection) as queries:
                began = time.perf_counter()
                response = client.get(path)
                times.append(time.perf_counter() - began)
        took = statistics.median(times) * 1000
        print(f"{name:8}{len(queries):9}{took:7.0f}{len(response.content):8}")
    connection.close()


class Turn(NamedTuple):
    rate: float  # requests a second
    cpu: float  # seconds a request


def warm(servers: dict[str, Server], options: argparse.Namespace) -> None:
    """First what a reader notices; then what it costs, which a busy machine disturbs less."""
    pages = {name: take_turns(path, servers, options) for name, path in PATHS.items()}
    head = f"{'shop':>9}{'bare':>9}{'alone':>9}{'to bare':>9}{'to alone':>10}"
    print(f"\n{'warm':8}{head}   requests a second")
    for name, turns in pages.items():
        rates = {server: [turn.rate for turn in turns[server]] for server in servers}
        middle = "".join(f"{statistics.median(rates[server]):9.0f}" for server in servers)
        bare, alone = (ratio(rates["shop"], rates[other]) for other in ("bare", "alone"))
        print(f"{name:8}{middle}{bare:9.2f}{alone:10.2f}")
    print(f"\n{'':8}{head}   microseconds of CPU a request; ratios the other way round")
    for name, turns in pages.items():
        costs = {server: [turn.cpu for turn in turns[server]] for server in servers}
        middle = "".join(f"{statistics.median(costs[server]) * 1e6:9.0f}" for server in servers)
        bare, alone = (ratio(costs[other], costs["shop"]) for other in ("bare", "alone"))
        print(f"{name:8}{middle}{bare:9.2f}{alone:10.2f}")


def take_turns(
    path: str, servers: dict[str, Server], options: argparse.Namespace
) -> dict[str, list[Turn]]:
    size = len(body_of(servers["shop"].port, path))
    paths = {"shop": path, "bare": f"/{size}/", "alone": f"/{size}/"}
    turns: dict[str, list[Turn]] = {name: [] for name in servers}
    for number in range(-1, options.turns):  # one turn more, in which the workers come to know all
        for name, server in random.sample(sorted(servers.items()), len(servers)):
            cpu_before = server.cpu_seconds()
            count, took = ask_for(server.port, paths[name], options.seconds, options.connections)
            cpu = server.cpu_seconds() - cpu_before
            if number >= 0:
                turns[name].append(Turn(count / took, cpu / count))
    return turns


def ratio(some: list[float], others: list[float]) -> float:
    return float(statistics.median(map(operator.truediv, some, others)))


if __name__ == "__main__":
    main()
