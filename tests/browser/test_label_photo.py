"""A photo of the label, from the order form to the order, with the process that reads it."""

from importlib.util import find_spec

import pytest
from playwright.sync_api import FilePayload, Page, expect

from orders.models import Order
from sandbox.inbox import Inbox
from tests.steps.browser_order import expect_code, fill_in, from_guide_to_form, pay, send
from tests.steps.factories import SERIAL
from tests.steps.labels import as_jpeg, label, on_a_radio


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="requirements-ocr.txt: .ci/ocr")
def test_a_photo_of_the_label_is_read_compared_and_ordered(phone: Page, inbox: Inbox) -> None:
    picture = as_jpeg(on_a_radio(label(["BLAUPUNKT", "28185 BC20A", f"S/N {SERIAL}"])))
    file: FilePayload = {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": picture}
    from_guide_to_form(phone)
    serial = phone.get_by_label("Serial number of the radio")
    # a machine with much other work may read no photo in ten seconds
    for kept in ("We have your photo", "We have 2 photos", "We have 3 photos"):
        phone.locator("#id_label_photo").set_input_files(file)
        expect(phone.locator("#photos")).to_contain_text(kept, timeout=30_000)
        if serial.input_value():
            break
    expect(serial).to_have_value(SERIAL)
    expect(phone.locator("#serial-reading")).to_contain_text("14.99")
    fill_in(phone)
    send(phone)
    expect(phone.get_by_role("alert")).to_contain_text("Compare the serial number with the label")
    phone.get_by_label("I have compared it with the label").check()
    phone.get_by_label("This is my car").check()
    phone.get_by_label("Start now and send the code").check()
    send(phone)
    pay(phone)
    expect_code(phone)
    assert Order.objects.get().label_photos.exists()
