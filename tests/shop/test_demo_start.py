"""The promise of `make run`: one command opens the shop, and stopping it leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.demo.addresses import PORTS, ROOT, is_free
from tests.servers import free_port
from tests.steps.processes import place_order

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


class Demo:
    """With ports and a folder of its own, since another may run in this checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"DEMO_VAR={folder}"
        self.ports = {port.variable: str(free_port()) for port in PORTS}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo"],
            cwd=ROOT,
            env={**os.environ, **self.ports, "DEMO_VAR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def open(self) -> None:
        assert self._process.stdout
        said = ""
        for line in self._process.stdout:
            said += line
            if line.startswith("└"):
                return
        raise AssertionError(said)

    def fetch(self, variable: str, path: str) -> str:
        url = f"http://localhost:{self.ports[variable]}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        self._process.communicate(timeout=30)
        return self._process.returncode

    def is_gone(self) -> bool:
        return not left_behind(self.mark) and all(
            is_free(int(port)) for port in self.ports.values()
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for both: the second opens what the first left, killed or not."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    demo = Demo(folder)
    yield demo
    demo.end(signal.SIGKILL)


def left_behind(mark: str) -> list[str]:
    """The processes whose environment has this."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = file.read_bytes()
        except OSError:  # it has ended
            continue
        if mark.encode() in environment.split(b"\0"):
            found.append(file.parent.name)
    return found


def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_killing_it_leaves_nothing_behind(demo: Demo) -> None:
    demo.open()
    demo.end(signal.SIGKILL)
    until(demo.is_gone)


def test_it_opens_a_shop_that_sells_and_ctrl_c_leaves_nothing_behind(demo: Demo) -> None:
    demo.open()
    assert "Micra" in demo.fetch("SHOP_PORT", "/nissan/micra/")
    assert demo.fetch("INBOX_PORT", "/")
    sells_as_the_contract_says(demo)
    computes_a_true_code(demo)
    assert demo.end(signal.SIGINT) == 0
    assert demo.is_gone()


def sells_as_the_contract_says(demo: Demo) -> None:
    shop, stripe = (f"http://localhost:{demo.ports[name]}" for name in ("SHOP_PORT", "STRIPE_PORT"))
    made = json.loads((demo.folder / "demo.json").read_text())
    page = place_order(shop, made["in_code_book"])
    httpx.post(f"{stripe}/_control/pay", json={"session": page.rsplit("/", 1)[1]})
    until(lambda: 'class="state captured"' in demo.fetch("STRIPE_PORT", "/?still=1"), seconds=30)
    books = httpx.get(f"{stripe}/_control/books").json()
    assert (books["violations"], books["misuses"]) == ([], [])


def computes_a_true_code(demo: Demo) -> None:
    shop, stripe = (f"http://localhost:{demo.ports[name]}" for name in ("SHOP_PORT", "STRIPE_PORT"))
    page = place_order(shop, "BP538469512132", email="micra@example.com")
    httpx.post(f"{stripe}/_control/pay", json={"session": page.rsplit("/", 1)[1]})
    until(lambda: "0349" in mails_to(demo, "micra@example.com"), seconds=30)


def mails_to(demo: Demo, address: str) -> str:
    mails = httpx.get(f"http://localhost:{demo.ports['INBOX_PORT']}/api/messages/").json()
    return json.dumps([mail for mail in mails if address in json.dumps(mail)])
