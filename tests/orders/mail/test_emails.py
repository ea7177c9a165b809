"""Mails, sent over SMTP to the inbox that stands in for the customer's."""

import re
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from guides.models import Guide, Symptom
from orders.lib import crypto
from orders.models import (
    Consent,
    EmailStatus,
    Mail,
    Order,
    Question,
    Receipt,
    Refund,
    cancel_credit_note,
    queue_mail,
)
from orders.receipts.pdf import draw
from orders.tasks import send_email
from sandbox.inbox import Inbox
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_car_model,
    make_code,
    make_order,
    make_payment,
    make_radio,
)
from tests.steps.mail import ready_order, send
from tests.steps.receipts import credited, sold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inbox")]


def parts(inbox: Inbox) -> list[str]:
    """Text and HTML of the one mail that came, each as one line."""
    (mail,) = inbox.messages
    return [" ".join(part.split()) for part in (mail.text, mail.html)]


# ------------------------------------------------------------------ the code
def test_text_and_html_hold_the_code_and_the_link(inbox: Inbox) -> None:
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    for part in parts(inbox):
        assert CODE in part
        assert f"http://testserver{order.secret_link()}" in part


def test_subject_and_preview_do_not_tell_the_code(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    assert CODE not in inbox.messages[0].subject
    before_the_heading, _rest = inbox.messages[0].html.split("<h1")
    assert CODE not in before_the_heading


def test_text_and_html_hold_the_steps_of_this_radio(inbox: Inbox) -> None:
    car_model = make_car_model()
    order = ready_order(car_model=car_model, generation=car_model.generations.get())
    send(order, Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Step each digit with presets 1 to 4." in part
        assert "preset 1: press 4 times" in part
        assert "preset 3: leave it alone" in part


def test_the_face_shows_how_often_to_press(inbox: Inbox) -> None:
    send(ready_order(car_model=make_car_model()), Mail.YOUR_CODE)
    assert re.findall(r"(\d)×", inbox.messages[0].html) == list(CODE)


def test_steps_that_staff_typed_are_in_both_parts(inbox: Inbox) -> None:
    send(ready_order(entry_steps="Hold SCAN.\nType the code."), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Hold SCAN." in part
        assert "We do not know this radio" not in part


def test_it_says_where_the_buttons_are_not_known(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Your handbook shows which buttons to press" in part
        assert "preset 1:" not in part


def test_without_a_guide_it_advises_two_tries(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Try it twice at most, then stop." in part


def test_a_guide_that_allows_fewer_tries_is_quoted(inbox: Inbox) -> None:
    car_model = make_car_model()
    Guide.objects.update(tries="Stop after one.")
    send(ready_order(car_model=car_model), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Stop after one." in part
        assert "twice" not in part


def test_a_running_timer_comes_before_the_steps(inbox: Inbox) -> None:
    car_model = make_car_model()
    Symptom.objects.create(
        guide=car_model.guide,
        shows="wait",
        title="WAIT",
        answer="Wait an hour.",
        code_helps="later",
    )
    send(ready_order(car_model=car_model, shows="wait"), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert 0 < part.index("Wait an hour.") < part.index("Switch the radio on.")


def test_what_was_agreed_is_repeated_word_for_word(inbox: Inbox) -> None:
    order = ready_order()
    send(order, Mail.YOUR_CODE)
    for part in parts(inbox):
        for consent in Consent.objects.filter(order=order):
            assert consent.text in unescape(part)
        assert part.count("You ticked this on") == 2


def test_terms_that_nobody_ticked_are_not_called_ticked(inbox: Inbox) -> None:
    order = ready_order()
    Consent.objects.create(order=order, kind="terms", version="1", text="Our terms apply.")
    send(order, Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "Our terms apply." in part
        assert "You read this beside the button when you ordered, on" in part
        assert part.count("You ticked this on") == 2


def test_price_with_vat_and_seller_stand_in_both_parts(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "€14.99, including 19 % VAT" in part
        assert "Encore Test Shop" in part
        assert "1 Example Street, 00000 Example Town" in part


def test_a_name_with_an_ampersand_is_escaped_in_html_only(inbox: Inbox) -> None:
    send(ready_order(radio=make_radio(name="Town & Country <2>")), Mail.YOUR_CODE)
    text, html = parts(inbox)
    assert "Town & Country <2>" in text
    assert "Town &amp; Country &lt;2&gt;" in html


# ------------------------------------------------------------------ the other mails
def test_order_received_names_deadline_and_hold(inbox: Inbox) -> None:
    order = make_order(status="with_staff", deadline_at="2026-11-23T15:30:00Z")
    make_payment(order, status="held")
    send(order, Mail.ORDER_RECEIVED)
    for part in parts(inbox):
        assert "Monday 23 November, 16:30 CET" in part
        assert "€14.99" in part
        assert "not charged" in part.replace("</b>", "")


def test_money_that_could_not_be_held_is_not_called_held(inbox: Inbox) -> None:
    order = make_order(status="with_staff")
    make_payment(order, status="captured", amount_captured=1499)
    send(order, Mail.ORDER_RECEIVED)
    for part in parts(inbox):
        assert "You paid €14.99; we refund it if we find no code." in part
        assert "not charged" not in part


@pytest.mark.parametrize(
    ("because", "found_at", "words"),
    [
        ("no_code", None, "We looked for this radio"),
        ("deadline", None, "We promised you an answer by now"),
        ("deadline", "2026-11-20T12:00:00Z", "We had your code, but the payment"),
        ("withdrawn", None, "You cancelled this order"),
        ("fraud", None, "This order ended before we sent a code"),
    ],
)
def test_no_code_says_why_and_that_nothing_was_charged(
    inbox: Inbox, because: str, found_at: str | None, words: str
) -> None:
    order = make_order(status="released", ended_because=because, found_at=found_at)
    send(order, Mail.NO_CODE)
    for part in parts(inbox):
        assert words in part
        assert "Nothing was charged" in part


def test_pay_again_tells_no_code(inbox: Inbox) -> None:
    order = make_order(status="payment_due", deadline_at="2026-11-23T15:30:00Z")
    make_code(order)
    send(order, Mail.PAY_AGAIN)
    for part in parts(inbox):
        assert "Monday 23 November, 16:30 CET" in part
        assert order.secret_link() in part
        assert CODE not in part


def test_order_link_goes_to_the_order(inbox: Inbox) -> None:
    order = ready_order()
    send(order, Mail.ORDER_LINK)
    for part in parts(inbox):
        assert order.secret_link() in part
        assert CODE not in part


def asked(text: str = "Is it <red> & new?") -> Order:
    order = make_order(status="with_staff", deadline_at="2026-11-23T15:30:00Z")
    Question.objects.create(order=order, text_encrypted=crypto.encrypt(text), wants_photo=True)
    return order


@pytest.mark.parametrize("mail", [Mail.QUESTION, Mail.QUESTION_AGAIN, Mail.ORDER_RECEIVED])
def test_a_question_comes_with_its_deadline_and_where_to_answer(inbox: Inbox, mail: Mail) -> None:
    order = asked()
    send(order, mail)
    text, html = parts(inbox)
    assert "Is it <red> & new?" in text
    assert "Is it &lt;red&gt; &amp; new?" in html
    for part in (text, html.replace("<b>", "")):
        assert f"{order.secret_link()}answer/" in part
        assert "by Monday 23 November, 16:30 CET" in part


@pytest.mark.parametrize("mail", [Mail.QUESTION, Mail.QUESTION_AGAIN])
def test_what_was_answered_is_not_asked_again(inbox: Inbox, mail: Mail) -> None:
    order = asked()
    order.questions.update(closed_at=timezone.now())
    assert send(order, mail).status == EmailStatus.DROPPED
    assert inbox.messages == []


@pytest.mark.parametrize("mail", [Mail.DESK_ALERT, Mail.DESK_LATE, Mail.ANSWERED])
def test_staff_are_told_neither_serial_nor_address_nor_link(inbox: Inbox, mail: Mail) -> None:
    order = make_order(status="with_staff")
    send(order, mail, to="desk@encore.example")
    (came,) = inbox.messages
    assert came.recipients == ("desk@encore.example",)
    for part in (came.subject, came.text, came.html):
        assert order.number in part
        for secret in (SERIAL, order.email, order.token):
            assert secret not in part


@pytest.mark.parametrize("mail", [Mail.YOUR_CODE, Mail.ORDER_LINK])
def test_the_demo_says_so(inbox: Inbox, settings: Any, mail: Mail) -> None:
    settings.DEMO = True
    send(ready_order(), mail)
    for part in parts(inbox):
        assert "This is a demo: no money moves." in part


# ------------------------------------------------------------------ the receipt
def attachments(inbox: Inbox) -> dict[str, bytes]:
    (mail,) = inbox.messages
    files = mail.message.iter_attachments()
    return {str(each.get_filename()): each.get_content() for each in files}


def test_the_receipt_comes_with_the_code(inbox: Inbox) -> None:
    order = sold(status="ready").order
    send(order, Mail.YOUR_CODE)
    ((name, content),) = attachments(inbox).items()
    assert name == "receipt-R-000001.pdf"
    assert content == draw(order.receipts.get())
    for part in parts(inbox):
        assert "R-000001" in part
        assert f"http://testserver{order.secret_link()}receipt/" in part
        assert CODE in part


def test_a_code_without_a_receipt_is_sent_all_the_same(inbox: Inbox) -> None:
    send(ready_order(), Mail.YOUR_CODE)
    assert attachments(inbox) == {}
    assert "receipt/" not in inbox.messages[0].text


def test_a_code_does_not_wait_for_a_receipt_that_cannot_be_drawn(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    order = sold(status="ready").order
    Receipt.objects.update(seller="not what the shop writes")
    assert send(order, Mail.YOUR_CODE).status == EmailStatus.SENT
    assert attachments(inbox) == {}
    assert f"order {order.number}: no PDF of R-000001: TypeError" in caplog.text
    for part in parts(inbox):
        assert CODE in part
        assert f"{order.secret_link()}receipt/" in part


def test_vat_that_stripe_worked_out_is_told_as_an_amount(inbox: Inbox) -> None:
    send(sold(status="ready", amount_tax=300).order, Mail.YOUR_CODE)
    for part in parts(inbox):
        assert "€14.99, including €3.00 of VAT" in part


def test_returned_money_comes_with_its_own_credit_note(inbox: Inbox) -> None:
    payment = sold(status="delivered")
    credited(payment, 500)
    note = credited(payment, 300)
    send_email(queue_mail(payment.order, Mail.MONEY_RETURNED, refund=note.refund).pk)
    assert list(attachments(inbox)) == ["receipt-C-000002.pdf"]
    for part in parts(inbox):
        assert f"{payment.order.secret_link()}receipt/C-000002/" in part


def test_a_refund_that_failed_comes_with_the_cancellation(inbox: Inbox) -> None:
    payment = sold(status="delivered")
    refund = credited(payment, 500).refund
    assert refund is not None
    cancel_credit_note(refund)
    Refund.objects.update(status="failed")
    send_email(queue_mail(payment.order, Mail.REFUND_FAILED, refund=refund).pk)
    assert list(attachments(inbox)) == ["receipt-X-000001.pdf"]
