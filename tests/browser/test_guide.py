"""The guide where it moves: what is folded unfolds, and the contents follow the reader."""

import re

from playwright.sync_api import Page, expect


def test_what_the_display_shows_leads_to_its_advice(phone: Page) -> None:
    phone.goto("/nissan/micra/")
    expect(phone.locator("#shows-code")).to_have_attribute("open", "")
    phone.get_by_role("link", name="WAIT").click()
    expect(phone.locator("#shows-wait")).to_have_attribute("open", "")
    expect(phone.locator("#shows-wait > summary")).to_be_in_viewport()
    expect(phone.locator("#shows-code")).not_to_have_attribute("open", "")


def test_a_link_from_elsewhere_unfolds_too(phone: Page) -> None:
    phone.goto("/nissan/micra/#shows-secure")
    expect(phone.locator("#shows-secure")).to_contain_text("We do not sell a code for it")
    expect(phone.locator("#shows-secure")).to_have_attribute("open", "")


def test_without_javascript_the_advice_unfolds_by_hand(phone_without_javascript: Page) -> None:
    page = phone_without_javascript
    page.goto("/nissan/micra/#shows-wait")
    page.locator("#shows-wait > summary").click()
    expect(page.locator("#shows-wait > p").first).to_be_visible()


def test_the_contents_mark_the_section_being_read(desktop: Page) -> None:
    desktop.goto("/nissan/micra/")
    contents = desktop.get_by_role("navigation", name="On this page")
    contents.get_by_role("link", name="Enter the code").click()
    marked = contents.locator("[aria-current]")
    expect(marked).to_have_text(re.compile("Enter the code"))
    expect(marked).to_be_in_viewport()
