"""Staff in a browser, against the installed shop: TLS, through nginx."""

import re
import shutil
from base64 import b32decode
from collections.abc import Iterator
from contextlib import contextmanager

from django_otp.oath import totp
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tools.operations.machine import Machine

CHROMIUM = shutil.which("chromium")
NAME, PASSWORD = "anna", "of-operations-and-long"  # the guide's own example of a name
# names that a browser takes over TLS alone, and from this very host
COOKIES = {"__Host-sessionid", "__Host-csrftoken"}


def hire(machine: Machine) -> None:
    """As *Install* says, at a terminal."""
    answers = {"Username": NAME, "Email": "", "Password:": PASSWORD, "(again)": PASSWORD}
    machine.talk("encore createsuperuser", answers)


@contextmanager
def browser(shop: str) -> Iterator[BrowserContext]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        ) as chromium,
        # its certificate is one that the machine alone trusts
        chromium.new_context(base_url=shop, ignore_https_errors=True) as context,
    ):
        yield context


def lock_out(page: Page) -> None:
    """By wrong passwords, as in an attack."""
    for _try in range(6):
        knock(page, "wrong")
    expect(page.locator("body")).to_contain_text("Too many tries")


def sign_in(page: Page) -> None:
    """With a phone that is set up at this very sign-in."""
    knock(page, PASSWORD)
    page.locator("summary").click()
    secret = page.locator(".qr-code ~ details .number").inner_text()
    page.locator("input[name=code]").fill(f"{totp(key_of(secret)):06}")
    page.get_by_role("button", name="Set it up").click()
    page.get_by_role("link", name="I have them").click()
    expect(page.locator("#main")).to_contain_text("need staff")
    kept = {each["name"] for each in page.context.cookies() if each["secure"]}
    assert kept >= COOKIES, f"the browser kept {kept}"


def knock(page: Page, password: str) -> None:
    page.goto("/admin/login/")
    page.locator("input[name=username]").fill(NAME)
    page.locator("input[name=password]").fill(password)
    page.locator("form [type=submit]").click()


def key_of(secret: str) -> bytes:
    bare = re.sub(r"\s", "", secret).upper()
    return b32decode(bare + "=" * (-len(bare) % 8))


def order_a_code(page: Page, serial: str, email: str) -> str:
    """As a customer. Returns the code that the order's page shows."""
    page.goto("/order/nissan/")
    page.get_by_label("What does the radio show?").select_option("code")
    page.get_by_label("Serial number of the radio").fill(serial)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("This is my car").check()
    page.get_by_label("Start now and send the code").check()
    page.get_by_role("button", name=re.compile("^Pay .* now$")).click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name", exact=True).fill("Anna Muster")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.locator("#code")).to_be_visible(timeout=60_000)
    return (page.locator("#code .code-text").first.text_content() or "").strip()
