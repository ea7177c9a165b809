"""A shop to look at, and an order in it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.servers import free_port
from tools.audit.tools import CannotRunError

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = ("SHOP_PORT", "INBOX_PORT", "SMTP_PORT", "STRIPE_PORT", "REDIS_PORT")
OPEN_WITHIN = 180  # seconds; a busy machine collects and compresses static files for one of them
STOPPED_WITHIN = 30
SERIAL = "BP610342718805"  # the demo's code book has its code


@contextmanager
def open_shop() -> Iterator[str]:
    """The address of a shop that is open until the block ends."""
    with tempfile.TemporaryDirectory(prefix="encore-audit-") as folder:
        log = Path(folder) / "demo.log"
        ports = {name: str(free_port()) for name in PORTS}
        with log.open("wb") as out:
            demo = subprocess.Popen(
                [sys.executable, "-m", "sandbox.demo"],
                cwd=ROOT,
                env=os.environ | ports | {"DEMO_VAR": folder},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_open(demo, log)
            yield f"http://localhost:{ports['SHOP_PORT']}"
        finally:
            demo.terminate()
            demo.wait(STOPPED_WITHIN)


def wait_until_open(demo: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + OPEN_WITHIN
    while "The shop is open" not in log.read_text():
        if demo.poll() is not None or time.monotonic() > deadline:
            raise CannotRunError(f"The shop did not open:\n{log.read_text()}")
        time.sleep(0.2)


def make_order(browser: Browser, shop: str) -> str:
    """Order as a customer does, pay at Stripe's stand-in; the path of the page with the code."""
    page = browser.new_page()
    page.goto(f"{shop}/order/nissan/?model=micra")
    page.get_by_label("What does the radio show?").select_option("code")
    page.get_by_label("Serial number of the radio").fill(SERIAL)
    page.get_by_label("Your e-mail address").fill("anna@example.com")
    page.get_by_label("This is my car").check()
    page.get_by_label("Start now and send the code").check()
    page.get_by_role("button", name=re.compile("^Pay .* now$")).click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name", exact=True).fill("Anna Muster")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.locator("#code").wait_for(timeout=60_000)
    path = page.url.removeprefix(shop)
    page.close()
    return path
