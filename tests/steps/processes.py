"""The shop as real processes, for faults that only real processes can have."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import httpx
import redis
from django.conf import settings
from django.db import connection

from sandbox.demo.prepare import static_fingerprint
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / "var" / "tests" / "static"
SHORT_TIMES = {  # in seconds
    "SWEEP_EVERY": "1",
    "CLAIM_LASTS": "3",
    "PAYMENT_SYNC_EVERY": "1",
    "BACKOFF_FIRST": "1",
}


def database_url() -> str:
    """Of the database that the tests use now, as another process gets it."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))


def wait_until(happens: Callable[[], object], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.05)


def collect_static_files(environment: dict[str, str]) -> None:
    """Once for all runs of the tests until a file changes: compressing takes longer than a test."""
    STATIC.mkdir(parents=True, exist_ok=True)
    stamp, fingerprint = STATIC.with_suffix(".stamp"), static_fingerprint()
    with STATIC.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "-v0"]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, timeout=180)
        stamp.write_text(fingerprint)


class Process:
    """One process and its children, in a group of its own; what it logs is kept in a file."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], log: Path, *,
        root: Path = ROOT, sockets: tuple[int, ...] = (),
    ) -> None:  # fmt: skip
        self.name, self.log = name, log / f"{name}.log"
        with self.log.open("ab") as out:
            self._popen = subprocess.Popen(
                command, cwd=root, env=os.environ | environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=sockets,
            )  # fmt: skip

    def wait(self, seconds: float = 30) -> None:
        assert self._popen.wait(seconds) == 0, self.log.read_text()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number where one ended it."""
        return self._popen.poll()

    @property
    def has_ended(self) -> bool:
        return self.exit_code is not None

    def kill(self) -> None:
        """SIGKILL to all of them: nothing can be tidied up."""
        self.send(signal.SIGKILL)

    def stop(self) -> None:
        self.send(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(5)
        self.send(signal.SIGKILL)
        self._popen.wait()

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, number)

    def send_signal(self, number: signal.Signals) -> None:
        """The first process alone, which passes on to its children what they have to know."""
        self._popen.send_signal(number)

    def wait_for_log(self, text: str, seconds: float = 60) -> None:
        wait_until(
            lambda: text in self.log.read_text(), seconds=seconds, what=f"{self.name}: {text}"
        )


class Shop:
    """Web, worker and beat on the tests' database and Redis, with times that tests can wait for."""

    def __init__(self, folder: Path, stripe: StripeStandIn, inbox: Inbox) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SITE_URL": self.url,
            "DEMO": "true",  # allows http and times that are too short for a real shop
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "LOG_LEVEL": "INFO",
            "STATIC_ROOT": str(STATIC),
            "STRIPE_API_BASE": stripe.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{inbox.smtp_port}",
        } | SHORT_TIMES
        stripe.webhook_url = self.url + "/stripe/webhook/"
        self.processes: list[Process] = []

    def __enter__(self) -> "Shop":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()
        for process in self.processes:  # pytest shows it if the test failed
            print(f"--- {process.name}\n{process.log.read_text()[-3000:]}")

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def start(self, name: str, *command: str, root: Path = ROOT, **settings: str) -> Process:
        """`root` is where the release lies that is started."""
        command_line = [sys.executable, "-m", *command]
        process = Process(name, command_line, self.environment | settings, self.folder, root=root)
        self.processes.append(process)
        return process

    def start_web(self, **settings: str) -> Process:
        process = self.launch_web(1, **settings)
        wait_until(self.is_alive, seconds=60, what="web answers")
        return process

    def launch_web(self, workers: int = 1, **settings: str) -> Process:
        """Without waiting for it, as its supervisor would; so the next two."""
        collect_static_files(self.environment)
        return self.start(
            "web", "gunicorn", "--config", "python:shop.gunicorn", "--workers", str(workers),
            "--bind", f"127.0.0.1:{self.port}", "shop.wsgi", root=ROOT, **settings,
        )  # fmt: skip

    def start_worker(self, name: str = "worker") -> Process:
        process = self.launch_worker(name)
        process.wait_for_log("Worker ready")
        return process

    def launch_worker(
        self, name: str, concurrency: int = 1, queues: str = "orders,mail,sweep,photos"
    ) -> Process:
        return self.start(
            name, "celery", "-A", "shop", "worker", "--concurrency", str(concurrency),
            "--queues", queues, "--hostname", f"{name}@%h",
        )  # fmt: skip

    def start_beat(self) -> Process:
        process = self.launch_beat()
        process.wait_for_log("Beat ready")
        return process

    def launch_beat(self, name: str = "beat", root: Path = ROOT) -> Process:
        schedule = str(self.folder / f"schedule-{name}")
        return self.start(name, "celery", "-A", "shop", "beat", "--schedule", schedule)

    def is_alive(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz/").status_code == 200
        except httpx.TransportError:
            return False


def place_order(shop_url: str, serial: str, email: str = "anna@example.com") -> str:
    """Fill in the order form as a browser without JavaScript does; returns the payment page."""
    with httpx.Client(base_url=shop_url) as browser:
        page = browser.get("/order/nissan/").text
        hidden = dict(
            re.findall(r'name="(csrfmiddlewaretoken|form_key)"[^>]*?value="([^"]+)"', page)
        )
        answers = hidden | {
            "shows": "code", "serial": serial, "email": email, "is_owner": "on", "consent": "on",
        }  # fmt: skip
        answer = browser.post("/order/nissan/", data=answers, headers={"Origin": shop_url})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


@contextmanager
def table_locked(table: str, *, may_be_read: bool = False) -> Iterator[None]:
    """What reads the table, or writes to it, waits: so a worker stops in the middle of
    its work."""
    mode = "EXCLUSIVE" if may_be_read else "ACCESS EXCLUSIVE"
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()


@contextmanager
def frozen_redis(url: str) -> Iterator[None]:
    """It keeps its connections, and takes new ones, and says nothing on any of them."""
    with redis.Redis.from_url(url) as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
