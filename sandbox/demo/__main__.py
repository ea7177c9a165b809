"""Run with `make run`; Ctrl-C stops it."""

import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sandbox.demo.addresses import (
    DESCRIPTION,
    INBOX,
    ROOT,
    SHOP,
    STRIPE,
    SUPPLIER,
    VAR,
    check_ports,
    environment,
)
from sandbox.demo.label_reading import Installation
from sandbox.demo.processes import LOGS, outside, python, shop
from sandbox.demo.supervisor import DIE_WITH_PARENT, Supervisor, last_lines, stop_leftovers
from sandbox.demo.trouble import TroubleError

SPACE_NEEDED = 100_000_000  # bytes: static files, databases, logs
LOG_ROOM = 2_000_000
FULL = "The disk is full: make room where this folder and /tmp are, then start again."
FULL_WORDS = ("No space left on device", "database or disk is full")


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        with only_one():
            check_room()
            stop_leftovers()
            check_ports()
            run()
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 0
    except TroubleError as trouble:
        print(explain(str(trouble)), file=sys.stderr, flush=True)
    except OSError as trouble:
        if trouble.errno != errno.ENOSPC:
            raise
        print(FULL, file=sys.stderr, flush=True)
    return 1


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run() -> None:
    settings = environment()
    supervisor, reading = Supervisor(settings), Installation()
    began = time.monotonic()
    try:
        around, inside = outside(settings), shop()
        supervisor.start(around)
        prepare(settings)
        supervisor.wait_until_ready(around)
        supervisor.start(inside)
        print("  Starting web, worker and beat", flush=True)
        supervisor.wait_until_ready(inside)
        print(welcome(time.monotonic() - began), flush=True)
        reading.start()
        while True:
            supervisor.look()
            reading.look()
            time.sleep(0.5)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        reading.stop()
        supervisor.stop()


def prepare(settings: dict[str, str]) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "prepare.log"
    with log.open("w") as file:
        command = [*DIE_WITH_PARENT, *python("sandbox.demo.prepare")]
        done = subprocess.run(command, cwd=ROOT, env=settings, stderr=file, check=False)
    if done.returncode:
        raise TroubleError("\nThe demo could not be prepared." + last_lines(log))


def explain(trouble: str) -> str:
    """A full disk has many faces, and may leave no room to write down which one it was."""
    is_full = shutil.disk_usage(VAR).free < LOG_ROOM or any(word in trouble for word in FULL_WORDS)
    return FULL if is_full else trouble


def check_room() -> None:
    if shutil.disk_usage(VAR).free < SPACE_NEEDED:
        raise TroubleError(FULL)


@contextmanager
def only_one() -> Iterator[None]:
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TroubleError(
                f"The demo already runs in this folder: see {SHOP.url}, or stop it with Ctrl-C."
            ) from None
        yield


def welcome(seconds: float) -> str:
    demo = json.loads(DESCRIPTION.read_text())
    lines = [
        f"The shop is open, after {seconds:.1f} s. No money moves and no mail leaves.",
        "",
        f"Shop              {SHOP.url}/",
        f"A guide           {SHOP.url}/nissan/micra/",
        f"Staff             {SHOP.url}/admin/   {demo['login']} / {demo['password']}",
        f"Inbox             {INBOX.url}/",
        f"Stripe stand-in   {STRIPE.url}/",
        f"Supplier stand-in {SUPPLIER.url}/",
        "",
        "Serials to try:",
        f"  {demo['in_code_book']:<16}  its code is in the code book",
        f"  {demo['computed']:<16}  a Micra's: its code follows from the serial, and is 0349",
        f"  {demo['at_the_supplier']:<16}  a Ford's: the supplier has its code in seconds",
        f"  {demo['for_the_desk']:<16}  nobody has its code: a person looks at the staff desk",
        f"  {demo['refused']:<16}  no serial: the form says what it is instead",
        "",
        f"Logs: {os.path.relpath(LOGS, ROOT)}/. Ctrl-C stops everything.",
    ]
    width = max(map(len, lines))
    body = "\n".join(f"│ {line:<{width}} │" for line in lines)
    edge = "─" * (width + 2)
    return f"┌{edge}┐\n{body}\n└{edge}┘"


if __name__ == "__main__":
    sys.exit(main())
