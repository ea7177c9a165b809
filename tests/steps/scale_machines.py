"""Several machines of one shop, on this one: web and worker processes of any release."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.steps.processes import ROOT, Process, Shop


class WebMachine:
    """It holds the socket, as systemd does in production (deploy/systemd/encore-web.socket), so
    that requests wait a moment while the web process starts again."""

    def __init__(self, name: str, shop: Shop) -> None:
        self.name, self.shop = name, shop
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self.socket.getsockname()[1]
        self.starts = 0

    def launch(self, root: Path = ROOT, **settings: str) -> None:
        self.starts += 1
        command = [
            sys.executable, "-m", "gunicorn", "--config", "python:shop.gunicorn", "--workers", "1",
            "--bind", f"fd://{self.socket.fileno()}", "shop.wsgi",
        ]  # fmt: skip
        self.process = Process(
            f"{self.name}-{self.starts}", command, self.shop.environment | settings,
            self.shop.folder, root=root, sockets=(self.socket.fileno(),),
        )  # fmt: skip
        self.shop.processes.append(self.process)

    def restart(self, root: Path = ROOT, **settings: str) -> None:
        """What has begun is finished; then the next process takes over."""
        end(self.process)
        self.launch(root, **settings)

    def die(self) -> None:
        """Power off: requests are cut off, and no connection is left."""
        self.socket.close()
        self.process.kill()


@contextmanager
def web_machines(
    shop: Shop, *names: str, root: Path = ROOT, **settings: str
) -> Iterator[list[WebMachine]]:
    machines = [WebMachine(name, shop) for name in names]
    try:
        for machine in machines:
            machine.launch(root, **settings)
        yield machines
    finally:
        for machine in machines:
            machine.socket.close()


def launch_worker(shop: Shop, name: str, root: Path = ROOT, **settings: str) -> Process:
    command = [
        sys.executable, "-m", "celery", "--app", "shop", "worker", "--concurrency", "1",
        "--queues", "orders,mail,sweep", "--hostname", f"{name}@%h",
    ]  # fmt: skip
    # 0.9.0, which may be the old release here, has workers set this
    environment = shop.environment | {"REDIS_TIMEOUT": "5"} | settings
    process = Process(name, command, environment, shop.folder, root=root)
    shop.processes.append(process)
    return process


def end(process: Process) -> None:
    """As systemd does: SIGTERM, and it ends by itself, with what it was doing done."""
    process.send_signal(signal.SIGTERM)
    process.wait(60)
