"""Ordering, paying and signing in to the desk in a real browser."""

import re

from playwright.sync_api import Page, expect

from orders.models import Order
from tests.steps.factories import CODE, SERIAL

GOOD = "4242 4242 4242 4242"


def from_guide_to_form(page: Page) -> None:
    page.goto("/nissan/micra/")
    page.locator('a[href*="/order/nissan/"]:visible').last.click()
    expect(page.locator("#id_car")).to_have_value("micra")
    expect(page.locator("main :is(input:not([type=file]), select):visible")).to_have_count(5)


def fill_in(page: Page, serial: str = SERIAL) -> None:
    page.get_by_label("What does the radio show?").select_option("code")
    page.get_by_label("Serial number of the radio").fill(serial)
    page.get_by_label("Your e-mail address").fill("anna@example.com")
    page.get_by_label("This is my car").check()
    page.get_by_label("Start now and send the code").check()


def send(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay .* now$")).click()


def pay(page: Page, card: str = GOOD) -> None:
    page.get_by_label("Card number").fill(card)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name", exact=True).fill("Anna Muster")
    page.get_by_role("button", name=re.compile("^Pay")).click()


def order_and_pay(page: Page, serial: str = SERIAL, card: str = GOOD) -> None:
    from_guide_to_form(page)
    fill_in(page, serial)
    send(page)
    pay(page, card)


def expect_status(page: Page, status: str) -> None:
    expect(page.locator("#order")).to_have_attribute("data-status", status, timeout=20_000)


def expect_code(page: Page, code: str = CODE) -> None:
    expect(page.locator("#code")).to_contain_text(code, timeout=20_000)


def at_the_desk(page: Page) -> None:
    """Staff sign in and open the order that waits."""
    page.goto("/admin/login/?next=/admin/")
    page.get_by_label("Username").fill("vera")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name=re.compile("Log in|Sign in")).click()
    page.wait_for_url(re.compile(r"//[^/]+/admin/$"))
    page.goto(f"/admin/orders/order/{Order.objects.get().pk}/desk/")
