"""One function a tool: what it has against a page."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from typing import Any, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ViewportSize

from tools.audit.tools import CHROMIUM_FLAGS, CannotRunError, Tools, run

CATEGORIES = {
    "performance": 99,
    "accessibility": 100,
    "best-practices": 100,
    "seo": 100,
}  # and the least of a hundred that will do
TRIES = 3  # of one run of Lighthouse
# those with a name would close each other
UNFOLD = """for (const each of document.querySelectorAll("details")) {
    each.removeAttribute("name");
    each.open = true;
}"""
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


class Page(NamedTuple):
    name: str
    path: str
    is_indexed: bool = True


class Scores(NamedTuple):
    """Of the category: each run's score, and what cost points in any of them."""

    runs: list[int]
    lost: set[str]

    @property
    def median(self) -> int:
        return int(median(self.runs))


def lighthouse(tools: Tools, url: str, page: Page, runs: int) -> dict[str, Scores]:
    reports = [one_report(tools, url, page) for _ in range(runs)]
    return {
        name: Scores(
            runs=[round(100 * report["categories"][name]["score"]) for report in reports],
            lost={audit for report in reports for audit in lost_points(report, name)},
        )
        for name in CATEGORIES
    }


def one_report(tools: Tools, url: str, page: Page) -> dict[str, Any]:
    command = [
        *tools.lighthouse, url, "--quiet", "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={' '.join(['--headless=new', *CHROMIUM_FLAGS])}",
    ]  # fmt: skip
    if not page.is_indexed:
        # such a page says "noindex", which Lighthouse takes for a slip
        command.append("--skip-audits=is-crawlable")
    report: dict[str, Any] = json.loads(patiently(command, tools))
    if error := report.get("runtimeError"):
        raise CannotRunError(f"Lighthouse, {page.name}: {error['message']}")
    return report


def patiently(command: list[str], tools: Tools) -> str:
    """Now and then, on a busy machine, Lighthouse loses the browser's trace and asks to be run
    again. That says nothing of the page."""
    environment = os.environ | {"CHROME_PATH": tools.chromium}
    for _ in range(TRIES - 1):
        with suppress(CannotRunError):
            return run(command, env=environment)
    return run(command, env=environment)


def lost_points(report: dict[str, Any], category: str) -> Iterator[str]:
    for each in report["categories"][category]["auditRefs"]:
        audit = report["audits"][each["id"]]
        if each["weight"] and audit["score"] is not None and audit["score"] < 1:
            value = audit.get("displayValue", "")
            yield f"{audit['title']} {value}".strip()


def axe(browser: Browser, url: str) -> list[str]:
    """By day and by night, on a phone and on a desk."""
    found = set()
    for scheme in ("light", "dark"):
        for viewport in (PHONE, DESKTOP):
            with browser.new_context(
                viewport=viewport,
                color_scheme=scheme,
                reduced_motion="reduce",
            ) as context:
                page = context.new_page()
                page.goto(url)
                page.evaluate(UNFOLD)
                for violation in Axe().run(page).response["violations"]:
                    where = violation["nodes"][0]["html"][:120]
                    found.add(f"{violation['id']} ({scheme}, {viewport['width']} px): {where}")
    return sorted(found)


def html_errors(tools: Tools, url: str) -> list[str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        page = answer.read().decode()
    options = ["--errors-only", "--exit-zero-always", "--stdout", "--format", "json", "-"]
    said = json.loads(run([*tools.html_checker, *options], input=page))
    return [
        f"line {each.get('lastLine', '?')}: {each['message']}"
        for each in said["messages"]
        if each["type"] in ("error", "non-document-error")
    ]
