"""What Lighthouse, axe and the Nu HTML checker say of the pages: `make audit-pages`, or
`make audit-pages ARGS="--runs 1 guide"` for one page, once.

The shop runs as production runs it, gunicorn with DEBUG off, started by the demo's own runner on
free ports and with its data in a folder of its own. An order is made, so that its page can be
looked at too.
"""

import argparse
import sys
from collections.abc import Iterator

from playwright.sync_api import Error, sync_playwright

from tools.audit.checks import CATEGORIES, Page, Scores, axe, html_errors, lighthouse
from tools.audit.shop import make_order, open_shop
from tools.audit.tools import CHROMIUM_FLAGS, CannotRunError, tools

PAGES = [
    Page("home", "/"),
    Page("brand", "/nissan/"),
    Page("brand-2", "/volkswagen/"),
    Page("guide", "/nissan/micra/"),
    Page("guide-2", "/fiat/500/"),
    Page("search", "/search/?q=micra", is_indexed=False),
    Page("form", "/order/nissan/?model=micra", is_indexed=False),
]
ORDER = "order"
ROW = "{:<8}{:>13}{:>15}{:>16}{:>5}{:>5}{:>6}"
HEAD = ("Page", "Performance", "Accessibility", "Best practices", "SEO", "axe", "HTML")


def main() -> int:
    options = arguments()
    try:
        return 1 if audit(options.pages, options.runs) else 0
    except (CannotRunError, Error) as error:  # Error: the browser's
        print(f"\nThe audit could not run. {error}", file=sys.stderr)
        return 2


def arguments() -> argparse.Namespace:
    names = [page.name for page in PAGES] + [ORDER]
    parser = argparse.ArgumentParser(prog="make audit-pages")
    parser.add_argument("pages", nargs="*", metavar="page", help=f"of {', '.join(names)}")
    parser.add_argument("--runs", type=int, default=5, help="of Lighthouse; the median counts")
    options = parser.parse_args()
    options.pages = options.pages or names
    if unknown := set(options.pages) - set(names):
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    return options


def audit(names: list[str], runs: int) -> list[str]:
    """Print the table; what is not as wanted."""
    found = tools()
    misses: list[str] = []
    with open_shop() as shop, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.chromium, args=CHROMIUM_FLAGS)
        pages = [page for page in PAGES if page.name in names]
        if ORDER in names:
            pages.append(Page(ORDER, make_order(browser, shop), is_indexed=False))
        violations = {page.name: axe(browser, shop + page.path) for page in pages}
        browser.close()  # it would take time from the one that is measured
        print(ROW.format(*HEAD), flush=True)
        for page in pages:
            url = shop + page.path
            errors = html_errors(found, url)
            scores = lighthouse(found, url, page, runs)
            counts = len(violations[page.name]), len(errors)
            print(ROW.format(page.name, *map(percentages, scores.values()), *counts), flush=True)
            misses += [f"{page.name}: axe: {each}" for each in violations[page.name]]
            misses += [f"{page.name}: HTML: {each}" for each in errors]
            misses += [f"{page.name}: {each}" for each in too_low(scores)]
    print("\n".join(["", *misses]) if misses else "\nAll as wanted.")
    return misses


def percentages(scores: Scores) -> str:
    """The median, and from where to where the runs went."""
    low, high = min(scores.runs), max(scores.runs)
    return str(scores.median) if low == high else f"{scores.median} ({low}–{high})"


def too_low(scores: dict[str, Scores]) -> Iterator[str]:
    for name, wanted in CATEGORIES.items():
        if scores[name].median < wanted:
            lost = "; ".join(sorted(scores[name].lost))
            yield f"{name}: {scores[name].median}, wanted {wanted}: {lost}"


if __name__ == "__main__":
    sys.exit(main())
