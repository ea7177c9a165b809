"""Two servers for the shop, side by side: `python -m benchmarks.server --granian FOLDER`.

FOLDER is the site-packages that has granian, which the shop does not install; without it gunicorn
alone is measured. Both run two processes of four threads with the production settings, and take
turns; then each meets what a server has to bear: clients that stall, headers without end, a stop
while it answers, the death of a process.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from benchmarks.load import ask_for
from benchmarks.pages import SETTINGS, prepare, wait_for
from benchmarks.processes import family, megabytes
from tests.servers import ROOT, Servers, free_port

COMMANDS = {
    "gunicorn": "-m gunicorn --config python:shop.gunicorn shop.wsgi --bind 127.0.0.1:{port}",
    "granian": "-m granian --interface wsgi --workers 2 --blocking-threads 4 --no-ws"
    " --respawn-failed-workers --workers-kill-timeout 20 --log-level error --port {port}"
    " shop.wsgi:application",
}
STALLED = 40  # clients that begin a request and say nothing more


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--granian", type=Path, help="a site-packages that has it")
    parser.add_argument("--seconds", type=float, default=2, help="of one turn")
    parser.add_argument("--turns", type=int, default=7)
    options = parser.parse_args()
    if options.granian:
        os.environ["PYTHONPATH"] = str(options.granian)
    names = list(COMMANDS) if options.granian else ["gunicorn"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = Servers("redis", "postgres")
        stack.callback(stores.stop)
        os.environ.update(SETTINGS | stores.addresses | {"STATIC_ROOT": str(folder)})
        os.environ["REQUESTS_PER_MINUTE"] = "pages=1000000,orders=1000000"
        prepare()
        paths = {"guide": "/nissan/micra/", "order page": path_of_an_order()}
        compare(names, paths, options)
        for name in names:
            print(f"\n{name}")
            for trial in (stalled_clients, endless_header, stop_while_it_answers, death):
                with serving(name) as (port, pid):
                    print(f"  {(trial.__doc__ or '').rstrip('.')}: {trial(port, pid)}")


def path_of_an_order() -> str:
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    import django

    django.setup()
    from tests.steps.factories import make_code, make_order

    order = make_order(status="delivered")
    make_code(order)
    return order.secret_link()


@contextmanager
def serving(name: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, *COMMANDS[name].format(port=port).split()]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port, process)
        while not answers(port):
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def compare(names: list[str], paths: dict[str, str], options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving(name)) for name in names}
        before = memory(servers)
        print(f"{'requests a second':20}" + "".join(f"{name:>12}" for name in names))
        for page, path in paths.items():
            rates: dict[str, list[float]] = {name: [] for name in names}
            for turn in range(-1, options.turns):  # the first makes both of them warm
                for name, (port, _pid) in servers.items():
                    count, took = ask_for(port, path, options.seconds, 4)
                    if turn >= 0:
                        rates[name].append(count / took)
            medians = (statistics.median(rates[name]) for name in names)
            print(f"{page:20}" + "".join(f"{median:12.0f}" for median in medians))
        for when, sums in (("before", before), ("after", memory(servers))):
            print(f"{'MB ' + when:20}" + "".join(f"{megabyte:12.0f}" for megabyte in sums))


def memory(servers: dict[str, tuple[int, int]]) -> list[float]:
    return [sum(megabytes(each)[0] for each in family(pid)) for _port, pid in servers.values()]


# ------------------------------------------------------------------ what a server has to bear
def answers(port: int, wait: float = 3) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), wait) as client:
        client.settimeout(wait)
        client.sendall(b"GET /healthz/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(15).startswith(b"HTTP/1.1 200")
    return False


def stalled_clients(port: int, pid: int) -> str:
    """Others are answered while clients stall within their headers, or within their forms."""
    seen = []
    for begun in (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /order/nissan/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nserial=",
    ):
        with ExitStack() as stack:
            for _client in range(STALLED):
                client = socket.create_connection(("127.0.0.1", port))
                stack.callback(client.close)
                client.sendall(begun)
            time.sleep(1)
            seen.append("yes" if answers(port) else "no")
        time.sleep(1)
    return ", ".join(seen)


def endless_header(port: int, pid: int) -> str:
    """A header of 10 kB, and 200 of them."""
    long = b"X-Long: " + b"x" * 10_000 + b"\r\n"
    many = b"".join(b"X-%d: x\r\n" % number for number in range(200))
    return ", ".join(first_line(port, headers) for headers in (long, many))


def first_line(port: int, headers: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"GET /healthz/ HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
        with suppress(ConnectionError):
            return client.recv(100).partition(b"\r\n")[0].decode() or "closed"
    return "reset"


def stop_while_it_answers(port: int, pid: int) -> str:
    """Requests over new connections while it is stopped: answered, refused, cut off."""
    seen: Counter[str] = Counter()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            seen[outcome(port)] += 1

    threads = [threading.Thread(target=ask) for _client in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    os.kill(pid, signal.SIGTERM)
    time.sleep(2)
    over.set()
    for thread in threads:
        thread.join()
    return f"{seen['answered']}, {min(seen['refused'], 8)} or more, {seen['cut off']}"


def outcome(port: int) -> str:
    try:
        client = socket.create_connection(("127.0.0.1", port), 5)
    except OSError:
        time.sleep(0.1)
        return "refused"
    with client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
        except OSError:
            return "cut off"
    return "answered" if answer.endswith(b"</html>\n") else "cut off"


def death(port: int, pid: int) -> str:
    """Seconds until a killed process has a successor."""
    before = set(family(pid)) - {pid}
    os.kill(max(before), signal.SIGKILL)
    began = time.monotonic()
    while time.monotonic() - began < 20:
        with suppress(OSError):
            if set(family(pid)) - {pid} - before and answers(port):
                return f"{time.monotonic() - began:.1f}"
        time.sleep(0.1)
    return "none came"


if __name__ == "__main__":
    main()
