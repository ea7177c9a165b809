"""The way from the Micra's guide to its code on a phone, counted: `make audit-walk`.

Words and fields are those that show while folds are closed, without the demo's notice; `button` is
where the one that leads on begins. A tap is a click, a field that is filled in, or a choice.
`ARGS="--shots FOLDER"` keeps a picture of each screen.
"""

import argparse
import re
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from tools.audit.checks import PHONE
from tools.audit.shop import SERIAL, open_shop
from tools.audit.tools import CHROMIUM_FLAGS

ROW = "{:<10}{:>7}{:>6}{:>8}{:>8}{:>8}"
MOST = {"screens": 2, "taps": 7, "fields": 5}  # of ours, before Stripe's page
MOST_OF_GUIDE = {"words": 600, "height": 5500}
WORDS = "document.body.innerText.split(/\\s+/).filter(Boolean).length"
HEIGHT = "document.documentElement.scrollHeight"
FIELDS = (
    "main :is(input:not([type=file]), select, textarea):visible"  # a photo may stand in for one
)


@dataclass
class Screen:
    name: str
    words: int
    height: int
    fields: int
    taps: int = 0
    button: int = 0


@dataclass
class Walk:
    page: Page
    shots: Path | None
    screens: list[Screen] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("framenavigated", lambda frame: self.addresses.append(frame.url))

    def arrive(self, name: str, leads_on: Locator | None = None) -> None:
        page = self.page
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelector('.demo')?.remove()")
        if self.shots:
            page.screenshot(path=self.shots / f"{name.split()[0]}.png", full_page=True)
        box = leads_on.bounding_box() if leads_on else None
        screen = Screen(
            name,
            words=page.evaluate(WORDS),
            height=page.evaluate(HEIGHT),
            fields=page.locator(FIELDS).count(),
            button=int(box["y"]) if box else 0,
        )
        self.screens.append(screen)

    def tap(self, where: Locator, fill: str = "", choose: str = "") -> None:
        self.screens[-1].taps += 1
        if choose:
            where.select_option(choose)
        elif fill:
            where.fill(fill)
        else:
            where.click()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make audit-walk")
    parser.add_argument("--shots", type=Path, help="a folder for pictures")
    shots = parser.parse_args().shots
    with open_shop() as shop, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        page = browser.new_page(viewport=PHONE, has_touch=True, is_mobile=True)
        walk = Walk(page, shots)
        seconds = go(walk, shop)
        browser.close()
    print(ROW.format("Screen", "words", "taps", "fields", "height", "button"))
    for each in walk.screens:
        print(ROW.format(each.name, each.words, each.taps, each.fields, each.height,
                         each.button or ""))  # fmt: skip
    print(f"{seconds:.1f} s from paying to the code, without a further tap")
    misses = too_much(walk, shop)
    print("\n".join(misses) or "All as wanted.")
    return 1 if misses else 0


def go(walk: Walk, shop: str) -> float:
    page = walk.page
    pay = page.get_by_role("button", name=re.compile("^Pay"))
    page.goto(f"{shop}/nissan/micra/")
    order = page.locator('.bar a[href*="/order/nissan/"]')
    walk.arrive("guide", order)
    walk.tap(order)
    page.wait_for_url("**/order/**")
    walk.arrive("form", pay)
    walk.tap(page.get_by_label("What does the radio show?"), choose="code")
    walk.tap(page.get_by_label("Serial number of the radio"), fill=SERIAL)
    walk.tap(page.get_by_label("Your e-mail address"), fill="anna@example.com")
    for name in ("is_owner", "consent"):
        walk.tap(page.locator(f'input[name="{name}"]'))
    page.wait_for_load_state("networkidle")
    walk.tap(pay)
    page.get_by_label("Card number").wait_for()
    walk.arrive("Stripe", pay)
    for label, typed in (("Card number", "4242 4242 4242 4242"), ("Expiry", "12/34"),
                         ("Security code", "123")):  # fmt: skip
        walk.tap(page.get_by_label(label), fill=typed)
    walk.tap(page.get_by_label("Name", exact=True), fill="Anna Muster")
    started = time.monotonic()
    walk.tap(pay)
    page.locator("#code").wait_for(timeout=60_000)
    seconds = time.monotonic() - started
    walk.arrive("code")
    return seconds


def too_much(walk: Walk, shop: str) -> list[str]:
    """Return what is more than the most that is wanted."""
    is_ours = [address.startswith(shop) for address in walk.addresses]
    screens, before_stripe = walk.screens, is_ours.index(False)
    ours = screens[:before_stripe]
    counts = {
        "screens": before_stripe,
        "taps": sum(each.taps for each in ours),
        "fields": sum(each.fields for each in ours),
    }
    misses = [
        f"{name}: {counts[name]}, wanted {most} at most"
        for name, most in MOST.items()
        if counts[name] > most
    ]
    return misses + [
        f"guide: {name}: {getattr(screens[0], name)}, wanted {most} at most"
        for name, most in MOST_OF_GUIDE.items()
        if getattr(screens[0], name) > most
    ]


if __name__ == "__main__":
    sys.exit(main())
