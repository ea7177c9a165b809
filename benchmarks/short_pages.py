"""How short the pages are on a phone: `make bench-short`.

A shop as in production is opened; each page is visited once at 390 by 844 pixels with nothing
stored. Words and height are of the page as it opens, folds closed, without the demo's notice; the
bytes are all that came over the wire: HTML, CSS, JavaScript and pictures, compressed, with headers.
"""

import shutil
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools.audit.checks import PHONE
from tools.audit.shop import open_shop
from tools.audit.tools import CHROMIUM_FLAGS

PATHS = (
    "/", "/nissan/", "/nissan/micra/", "/nissan/micra/k12/", "/nissan/micra/k13/",
    "/nissan/micra/k14/", "/nissan/qashqai/", "/renault-dacia/", "/volkswagen/", "/ford/",
)  # fmt: skip
ROW = "{:<22}{:>7}{:>9}{:>9}"
WORDS = "document.body.innerText.split(/\\s+/).filter(Boolean).length"
HEIGHT = "document.documentElement.scrollHeight"


def main() -> None:
    print(ROW.format("page", "words", "pixels", "bytes"))
    with open_shop() as shop, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        for path in PATHS:
            print(ROW.format(path, *measure(browser, shop + path)), flush=True)
        browser.close()


def measure(browser: Browser, url: str) -> tuple[int, int, int]:
    """Return the page's words, height and bytes of a first visit."""
    with browser.new_context(viewport=PHONE, reduced_motion="reduce") as context:
        page = context.new_page()
        sizes: list[float] = []
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")

        def finished(event: dict[str, Any]) -> None:
            sizes.append(event["encodedDataLength"])

        wire.on("Network.loadingFinished", finished)
        page.goto(url, wait_until="networkidle")
        page.evaluate("document.querySelector('.demo')?.remove()")
        return page.evaluate(WORDS), page.evaluate(HEIGHT), round(sum(sizes))


if __name__ == "__main__":
    main()
