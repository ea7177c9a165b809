"""Several web processes, each of which shows the metrics of all."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.marks import WITH_PROCESSES
from tests.steps.processes import Shop, wait_until

pytestmark = WITH_PROCESSES
COUNTED = 'shop_http_requests_total{method="GET",status="200",view="robots"}'


@pytest.fixture
def others(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Folders of a server that was killed, and of one that lives."""
    dead, living = tmp_path / "shop-metrics-held-dead", tmp_path / "shop-metrics-held-living"
    dead.mkdir()
    living.mkdir()
    handle = os.open(living, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield dead, living
    os.close(handle)


def test_whichever_process_is_asked_tells_of_all(tmp_path: Path, others: tuple[Path, Path]) -> None:
    dead, living = others
    with Inbox() as inbox, StripeStandIn() as stripe, Shop(tmp_path, stripe, inbox) as shop:
        shop.start(
            "web", "gunicorn", "--config", "python:shop.gunicorn", "--workers", "3",
            "--bind", f"127.0.0.1:{shop.port}", "shop.wsgi", TMPDIR=str(tmp_path),
        )  # fmt: skip
        wait_until(shop.is_alive, seconds=60, what="web answers")
        # each on a connection of its own, taken by a process that is free
        with httpx.Client(base_url=shop.url, headers={"Connection": "close"}) as browser:
            for _ in range(30):
                assert browser.get("/robots.txt").status_code == 200
            counts = {
                line.removeprefix(COUNTED).strip()
                for _ in range(8)
                for line in browser.get("/metrics").text.splitlines()
                if line.startswith(COUNTED)
            }
        assert counts == {"30.0"}
        assert len(list(tmp_path.glob("shop-metrics-*/counter_*.db"))) > 1
        assert living.exists() and not dead.exists()
