"""Key presses and page loads that one order costs staff at the desk: `make bench-desk`.

In Chromium, by keyboard alone: staff open the next order from the desk's list, type codes that they
know, see each read back and confirm it. The shop runs in a process of its own on SQLite. Times are
the machine's alone: no code is looked up. More than the limits is an error.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import environ
from playwright.sync_api import Page, sync_playwright

from tests.servers import ROOT, free_port
from tools.audit.tools import CHROMIUM_FLAGS

ORDERS = 10
MOST_KEYS, MOST_LOADS = 12, 2  # for one order


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        shop(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        keys, loads, seconds = serve(browser.new_page(base_url=url))
        browser.close()
    print(f"{ORDERS} orders, each: {keys} key presses, {loads} page loads, {seconds:.1f} s")
    return int(keys > MOST_KEYS or loads > MOST_LOADS)


@contextmanager
def shop(folder: Path) -> Iterator[str]:
    port = free_port()
    environ.Env.read_env(ROOT / "sandbox" / "demo.env", overwrite=True)
    os.environ |= {
        "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}", "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "shop.settings", "SITE_URL": f"http://localhost:{port}",
        "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    fill()
    command = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        url = f"http://localhost:{port}"
        wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), urlopen(f"{url}/admin/login/"):  # noqa: S310
            return
        time.sleep(0.2)
    raise RuntimeError("The shop did not start.")


def fill() -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.utils import timezone

    from tests.steps.factories import make_order, make_payment

    call_command("migrate", verbosity=0)
    User.objects.create_superuser("vera", "vera@encore.example", "secret")
    for hours in range(ORDERS + 1):
        ends = timezone.now() + timedelta(hours=hours + 1)
        serial = f"BP1234567890{hours:02}"
        make_payment(
            make_order(status="with_staff", serial=serial, deadline_at=ends), status="held"
        )


def serve(page: Page) -> tuple[int, int, float]:
    """Return key presses, page loads and seconds for one order."""
    page.goto("/admin/login/?next=/admin/orders/order/desk/")
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Password").fill("secret")
    page.locator("form [type=submit]").click()
    page.wait_for_url("**/desk/")
    alt(page, "n")
    loads: list[str] = []
    page.wait_for_function("document.activeElement.name === 'code'")
    page.on("domcontentloaded", lambda at: loads.append(at.url))
    keys, began = 0, time.monotonic()
    for number in range(ORDERS):
        for key in (*f"{4000 + number}", "Enter"):
            page.keyboard.press(key)
            keys += 1
        page.wait_for_function("document.activeElement.textContent.includes('Send it')")
        page.keyboard.press("Enter")
        keys += 1
        page.wait_for_function("document.activeElement.name === 'code'")
    spent = time.monotonic() - began
    return -(-keys // ORDERS), -(-len(loads) // ORDERS), spent / ORDERS


def alt(page: Page, key: str) -> None:
    """Press an access key: browsers act on its character, which Playwright's own press lacks."""
    pressed = {"modifiers": 1, "key": key, "text": key, "unmodifiedText": key}
    wire = page.context.new_cdp_session(page)
    wire.send("Input.dispatchKeyEvent", {"type": "keyDown"} | pressed)
    wire.send("Input.dispatchKeyEvent", {"type": "keyUp"} | pressed)


if __name__ == "__main__":
    sys.exit(main())
