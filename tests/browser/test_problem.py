"""A code that does not work: corrected, replaced by staff, refunded; on a phone and at the desk."""

import re

from playwright.sync_api import Browser, FilePayload, Page, expect

from orders.models import Order
from sandbox.inbox import Inbox
from tests.steps.browser import DESKTOP, opened
from tests.steps.browser_order import at_the_desk, expect_code, expect_status, order_and_pay
from tests.steps.factories import SERIAL, make_code_book_entry
from tests.steps.photos import jpeg
from tests.steps.processes import Shop

LABEL, RIGHT = "BP123456789072", "8135"  # 1 read for 7
THIRD, FROM_STAFF = "BP123456789073", "2468"


def choose(page: Page, answer: str | re.Pattern[str]) -> None:
    page.get_by_label(answer).first.check()
    page.get_by_role("button", name="Next").click()


def answer_until_serial(page: Page, serial: str) -> None:
    page.get_by_role("link", name="The code doesn't work").click()
    choose(page, re.compile("CODE, 0000"))
    page.get_by_role("link", name="Next").click()
    choose(page, "I don't know")
    page.get_by_label("The serial number on the label").fill(serial)
    page.get_by_role("button", name="Next").click()


def send_photos(page: Page) -> None:
    choose(page, re.compile("No, it is the one"))
    photo: FilePayload = {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    page.get_by_label("Photo of the whole label").set_input_files(photo)
    page.get_by_label("Photo of the display").set_input_files(photo)
    page.get_by_role("button", name="Send it to us").click()
    expect_status(page, "problem")


def test_corrected_once_then_another_code_then_a_refund(
    phone: Page, browser: Browser, shop: Shop, inbox: Inbox, vera: None
) -> None:
    make_code_book_entry(LABEL, RIGHT)
    order_and_pay(phone)
    expect_code(phone)
    # misread: corrected, and the right code read
    answer_until_serial(phone, LABEL)
    choose(phone, re.compile("The second reading"))
    expect_code(phone, RIGHT)
    assert Order.objects.get().serial == LABEL
    # the second correction is for staff
    answer_until_serial(phone, THIRD)
    choose(phone, re.compile("The second reading"))
    expect(phone.get_by_text("corrected once already")).to_be_visible()
    send_photos(phone)
    with opened(browser, shop, **DESKTOP) as desk:
        at_the_desk(desk)
        desk.get_by_label("Another code").fill(FROM_STAFF)
        desk.get_by_label("The label shows the serial of this order").check()
        desk.get_by_role("button", name="Send another code").click()
        expect(desk.get_by_text("is on its way to the customer")).to_be_visible()
        expect_code(phone, FROM_STAFF)
        # that one fails, too: refunded
        answer_until_serial(phone, LABEL)
        send_photos(phone)
        desk.goto(f"/admin/orders/order/{Order.objects.get().pk}/problem/")
        desk.get_by_role("link", name="Refund", exact=True).click()
        desk.get_by_label("Reason").select_option("wrong_code")
        desk.get_by_role("button", name="Go on").click()
        desk.locator("button[name=is_sure]").click()
        expect_status(phone, "refunded")
    assert Order.objects.get().codes.count() == 3
    subjects = " ".join(str(mail.subject) for mail in inbox.wait_for(8, timeout=20))
    assert SERIAL not in subjects and "report that the code doesn't work" in subjects
