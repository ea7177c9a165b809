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


def test_the_first_screen_says_price_time_and_what_we_need(phone: Page) -> None:
    phone.goto("/nissan/micra/")
    bar = phone.locator(".bar").bounding_box()
    assert bar
    for part in (".cost", ".answer svg", ".answer dl div:first-child"):
        box = phone.locator(part).bounding_box()
        assert box and box["y"] + box["height"] <= bar["y"], part
    expect(phone.locator(".cost")).to_contain_text("€14.99")
    expect(phone.locator(".cost")).to_contain_text("within")


def test_a_generation_is_chosen_on_top_and_ordered(phone: Page) -> None:
    phone.goto("/nissan/micra/")
    phone.get_by_role("link", name="K12").click()
    expect(phone.get_by_role("link", name="K12")).to_have_attribute("aria-current", "page")
    phone.locator(".bar").get_by_role("link", name="Order the code").click()
    expect(phone.locator("#id_car option:checked")).to_contain_text("K12")
