"""What WCAG 2.2 AA asks of pages that a browser alone can show."""

from django.core.management import call_command
from playwright.sync_api import Page

PAGES = ["/", "/nissan/micra/", "/order/nissan/", "/orders/find/", "/contact/", "/accessibility/"]
# Each stop of the keyboard: where it is, and how far the bar hides it.
STOP = """edge => {
  const at = document.activeElement, bar = document.querySelector(".bar");
  if (at === document.body) return null;
  const hidden = bar.contains(at) ? 0 : at.getBoundingClientRect()[edge]
    - bar.getBoundingClientRect().top;
  return [at.outerHTML.slice(0, 120), at.getAttribute("href") || "", hidden];
}"""
# What reaches beyond the screen to the right, although nothing around it scrolls or hides it.
BEYOND = """() => {
  document.documentElement.style.fontSize = "200%";
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll("header *, main *, footer *")].filter((each) =>
    each.getBoundingClientRect().right > width + 1 && each.checkVisibility()
    && !each.closest("svg, .visually-hidden, [aria-hidden]")
  ).map((each) => each.outerHTML.slice(0, 120)).slice(0, 5);
}"""


def test_the_keyboard_meets_an_order_link_early_and_nothing_goes_under_the_bar(phone: Page) -> None:
    phone.emulate_media(reduced_motion="reduce")
    phone.goto("/nissan/micra/")
    # of large text, what is higher than the screen may reach below the bar
    for size, edge in (("100%", "bottom"), ("200%", "top")):
        phone.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        phone.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0) }")
        stops = []
        for _ in range(200):
            phone.keyboard.press("Tab")
            if (stop := phone.evaluate(STOP, edge)) is None:
                break
            stops.append(stop)
        assert any("/order/nissan/" in href for _html, href, _hidden in stops[:12]), size
        assert [stop for stop in stops if stop[2] > 0] == [], size


def test_text_of_twice_its_size_fits_a_phone(phone: Page) -> None:
    call_command("load_guides", "guides/content/legal", verbosity=0)
    beyond = {}
    for path in PAGES:
        phone.goto(path)
        beyond[path] = phone.evaluate(BEYOND)
    assert {path: found for path, found in beyond.items() if found} == {}
