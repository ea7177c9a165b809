"""The guide where it moves: what is folded unfolds, and the contents follow the reader."""

import re

from playwright.sync_api import Page, expect


def test_what_the_display_shows_is_answered_in_place(phone: Page) -> None:
    phone.goto("/nissan/micra/")
    expect(phone.locator("#shows-wait")).to_be_hidden()
    wait = phone.get_by_role("link", name="WAIT")
    wait.evaluate("link => link.scrollIntoView({block: 'start', behavior: 'instant'})")
    before = wait.bounding_box()
    wait.click()
    expect(phone.locator("#shows-wait")).to_be_visible()
    expect(phone.locator("#shows-wait h3").first).to_be_in_viewport()
    assert wait.bounding_box() == before  # nothing moves under the finger
    phone.get_by_role("link", name="CODE", exact=True).click()
    expect(phone.locator("#shows-wait")).to_be_hidden()


def test_where_no_code_helps_the_order_bar_is_gone(phone: Page) -> None:
    phone.goto("/nissan/micra/")
    expect(phone.locator(".bar")).to_be_visible()
    phone.goto("/nissan/micra/#shows-secure")
    expect(phone.locator("#shows-secure")).to_contain_text("We do not sell a code for it")
    expect(phone.locator(".bar")).to_be_hidden()
    phone.get_by_role("link", name="WAIT").click()
    expect(phone.locator("#shows-secure")).to_be_hidden()
    expect(phone.locator(".bar")).to_be_visible()


def test_without_javascript_the_display_answers_too(phone_without_javascript: Page) -> None:
    page = phone_without_javascript
    page.goto("/nissan/micra/")
    page.get_by_role("link", name="WAIT").click()
    expect(page.locator("#shows-wait")).to_be_visible()


def test_the_contents_mark_the_section_being_read(desktop: Page) -> None:
    desktop.goto("/nissan/micra/")
    contents = desktop.get_by_role("navigation", name="On this page")
    contents.get_by_role("link", name="Enter the code").click()
    marked = contents.locator("[aria-current]")
    expect(marked).to_have_text(re.compile("Enter the code"))
    expect(marked).to_be_in_viewport()
