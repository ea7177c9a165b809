"""A customer's way from the guide to the code, on a phone, and what may happen on it."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from orders.models import Order, Payment, Radio
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.steps.browser import DESKTOP, opened
from tests.steps.browser_order import (
    at_the_desk,
    expect_code,
    expect_status,
    fill_in,
    from_guide_to_form,
    order_and_pay,
    pay,
    send,
)
from tests.steps.factories import CODE, SERIAL, make_order
from tests.steps.processes import Shop, wait_until

CAPTURE_REFUSED = "4000 0000 0000 6660"
DECLINED = "4000 0000 0000 0002"
NEEDS_3DS = "4000 0027 6000 3184"
UNKNOWN_SERIAL = "BP999900001111"


def expect_noted() -> None:
    """That somebody saw the code."""
    wait_until(lambda: Order.objects.get().first_shown_at, seconds=20, what="noted as seen")


def look_again_until_the_code_is_there(page: Page) -> None:
    """What a customer without JavaScript does."""
    for _ in range(60):
        if page.locator("#code").count():
            return
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Check again").click()
    raise AssertionError("the code never came")


@pytest.mark.sentinel
def test_from_the_guide_to_the_code_and_the_mail(phone: Page, inbox: Inbox) -> None:
    order_and_pay(phone)
    expect_code(phone)
    expect(phone.locator("#enter")).to_contain_text("preset")
    expect_noted()
    [mail] = inbox.wait_for(1, timeout=20)
    assert mail.recipients == ("anna@example.com",)
    assert CODE in mail.text and CODE in mail.html
    assert Order.objects.get().secret_link() in mail.text


def test_the_same_without_javascript(phone_without_javascript: Page, inbox: Inbox) -> None:
    page = phone_without_javascript
    order_and_pay(page)
    look_again_until_the_code_is_there(page)
    expect_code(page)
    assert Order.objects.get().first_shown_at is None
    page.get_by_role("button", name="I have the code").click()
    expect_code(page)
    expect_noted()
    assert len(inbox.wait_for(1, timeout=20)) == 1


def test_the_serial_is_read_back_while_typing(phone: Page, shop: Shop) -> None:
    phone.goto("/order/nissan/")
    field = phone.get_by_label("Serial number of the radio")
    field.press_sequentially("bp1234 5678")
    expect(phone.locator("#serial-reading")).to_contain_text("missing")
    field.fill("7612830042")
    expect(phone.locator("#serial-reading")).to_contain_text("part number")
    field.fill(SERIAL)
    expect(phone.locator("#serial-reading")).to_contain_text("14.99")


def test_a_mistake_is_said_and_nothing_typed_is_lost(phone: Page, shop: Shop) -> None:
    from_guide_to_form(phone)
    fill_in(phone, "7612830042")
    send(phone)
    expect(phone.get_by_role("alert")).to_contain_text("part number")
    expect(phone.get_by_label("Serial number of the radio")).to_have_value("7612830042")
    expect(phone.get_by_label("Your e-mail address")).to_have_value("anna@example.com")
    expect(phone.get_by_label("This is my car")).to_be_checked()
    assert not Order.objects.exists()


def test_a_declined_card_then_a_good_one(phone: Page, inbox: Inbox) -> None:
    order_and_pay(phone, card=DECLINED)
    expect(phone.get_by_role("alert")).to_contain_text("declined")
    pay(phone)
    expect_code(phone)
    assert Payment.objects.get().amount_captured == 1499


def test_a_card_that_wants_the_bank_to_ask(phone: Page, inbox: Inbox) -> None:
    order_and_pay(phone, card=NEEDS_3DS)
    phone.get_by_role("button", name="Complete authentication").click()
    expect_code(phone)


def test_staff_answer_an_unknown_serial_and_the_page_shows_it(
    phone: Page, browser: Browser, shop: Shop, inbox: Inbox, vera: None
) -> None:
    order_and_pay(phone, serial=UNKNOWN_SERIAL)
    expect_status(phone, "with_staff")
    with opened(browser, shop, **DESKTOP) as desk:
        at_the_desk(desk)
        desk.get_by_label(re.compile("^Code")).fill(CODE)
        desk.get_by_role("button", name="Send the code").click()
        desk.get_by_role("button", name="Send it").click()
        expect(desk.get_by_text("The payment is being taken")).to_be_visible()
    expect_code(phone)
    mails = inbox.wait_for(3, timeout=20)
    assert sorted(mail.recipients[0] for mail in mails) == [
        "anna@example.com",
        "anna@example.com",
        "desk@encore.example",
    ]


def test_no_code_and_the_hold_is_released(
    phone: Page, browser: Browser, shop: Shop, stripe: StripeStandIn, inbox: Inbox, vera: None
) -> None:
    order_and_pay(phone, serial=UNKNOWN_SERIAL)
    expect_status(phone, "with_staff")
    with opened(browser, shop, **DESKTOP) as desk:
        at_the_desk(desk)
        desk.get_by_text("There is no code for this radio").click()
        desk.get_by_label("I am sure that there is none").check()
        desk.get_by_role("button", name=re.compile("release the payment")).click()
    expect_status(phone, "released")
    expect(phone.locator("#order")).to_contain_text("Nothing was charged")
    [intent] = stripe.books()["payment_intent"]
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)


def test_a_refused_capture_is_paid_again(phone: Page, inbox: Inbox) -> None:
    order_and_pay(phone, card=CAPTURE_REFUSED)
    expect_status(phone, "payment_due")
    expect(phone.locator("#order")).not_to_contain_text(CODE)
    send(phone)
    pay(phone)
    expect_code(phone)
    assert sorted(Payment.objects.values_list("status", flat=True)) == ["captured", "failed"]


def test_two_tabs_are_one_payment(phone: Page, inbox: Inbox) -> None:
    from_guide_to_form(phone)
    fill_in(phone)
    send(phone)
    phone.get_by_label("Card number").wait_for()
    with phone.context.expect_page() as opening:
        phone.evaluate("window.open(location.href)")
    other = opening.value
    pay(phone)
    expect_code(phone)
    other.reload()
    expect(other.get_by_label("Card number")).to_have_count(0)
    assert Payment.objects.count() == 1


def test_going_back_after_paying_charges_nothing_more(phone: Page, inbox: Inbox) -> None:
    order_and_pay(phone)
    expect_code(phone)
    phone.goto("/nissan/micra/")
    for _ in range(4):  # past the order and the payment page, to the form
        phone.go_back()
        if phone.get_by_label("Serial number of the radio").count():
            break
    fill_in(phone)
    send(phone)
    expect_code(phone)
    assert Payment.objects.count() == 1


def test_a_form_sent_twice_is_one_order(phone: Page, inbox: Inbox) -> None:
    from_guide_to_form(phone)
    fill_in(phone)
    button = phone.get_by_role("button", name=re.compile("^Pay .* now$"))
    button.dblclick(no_wait_after=True)
    phone.get_by_label("Card number").wait_for()
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def reload_until(page: Page, words: str) -> None:
    for _ in range(40):
        page.reload()
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"the page never says: {words}")


def test_a_mistyped_address_is_put_right(phone: Page, inbox: Inbox) -> None:
    inbox.fail("5xx", to="anna@example.com")
    order_and_pay(phone)
    expect_code(phone)
    reload_until(phone, "Our e-mail to you did not arrive")
    phone.get_by_role("link", name="Change the address").click()
    phone.get_by_label("Your e-mail address").fill("anna@example.org")
    phone.get_by_role("button", name="Write to this address").click()
    expect(phone.get_by_role("status")).to_contain_text("From now on we write to a•••@example.org")
    [mail] = inbox.wait_for(1, timeout=20)
    assert mail.recipients == ("anna@example.org",)
    assert CODE in mail.text


def test_a_page_that_waits_asks_ever_less_often_and_not_while_it_is_hidden(phone: Page) -> None:
    asked: list[str] = []

    def nothing_new(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=204)

    phone.route("**/status/**", nothing_new)
    phone.clock.install()
    phone.goto(make_order(radio=Radio.objects.get(is_fallback=True)).secret_link())
    phone.evaluate("looks = 0; document.addEventListener('look', () => looks++, true)")

    def looks_within(minutes: float) -> int:
        phone.evaluate("looks = 0")
        phone.clock.run_for(int(minutes * 60_000))
        return int(phone.evaluate("looks"))

    assert 58 <= looks_within(1) <= 60
    assert 105 <= looks_within(9) <= 110
    assert 19 <= looks_within(10) <= 21
    wait_until(lambda: asked, seconds=5, what="asked")
    hide = "is => { Object.defineProperty(document, 'hidden', {value: is, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    phone.evaluate(hide, True)
    assert looks_within(60) == 0
    phone.evaluate(f"looks = 0; ({hide})(false)")
    assert phone.evaluate("looks") == 1
