"""A misread serial is corrected once, free of charge, where it can only be a slip."""

from collections import defaultdict
from typing import Any

import pytest
from django.test import Client

from orders.desk.problems import correct, report
from orders.invariants import find_violations
from orders.key_rotation import SECRETS, rotate
from orders.models import Attempt, Code, Order, Problem
from orders.serials import is_misreading
from orders.tasks import ask_for_corrected_serial
from tests.steps.at_once import at_once
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code_book_entry,
    make_fallback_radio,
    make_order,
    make_radio,
    make_staff,
)
from tests.steps.order_page import order_page
from tests.steps.problems import (
    answer_until_serial,
    correct_serial,
    digits,
    send_photos,
    sold_order,
    submit,
)
from tests.steps.work import work_later, work_until_quiet

LABEL, RIGHT = "BP123456789072", "8135"  # 1 read for 7


@pytest.mark.parametrize(
    ("ordered", "label", "is_slip"),
    [
        ("BP123456789012", "BP123456789072", True),
        ("BP123456789012", "BP223456789072", True),
        ("BP123456789012", "BP223456789873", False),  # three others
        ("BPO23456789O1Z", "BP0234567890I2", True),  # any number of look-alikes
        ("BP12345678901", "BP123456789012", True),  # left out
        ("815BP1234567890", "BP1234567890", True),
        ("M123456", "V654321", False),
        ("A123", "A124", True),
        ("A123", "B124", False),  # half of it
        ("A1", "A1234", False),
    ],
)
def test_what_is_a_slip(ordered: str, label: str, is_slip: bool) -> None:
    assert is_misreading(ordered, label) is is_slip
    assert is_misreading(label, ordered) is is_slip


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_the_right_code_replaces_the_old_one() -> None:
    make_code_book_entry(LABEL, RIGHT)
    order = sold_order()
    answer_until_serial(order)
    page = submit(order, "serial", serial=LABEL).content.decode()
    assert "Position 13: 1 when you ordered, 7 now" in page
    page = submit(order, "compare", answer="typed").content.decode()
    assert "We are looking for the right code" in page and order.status == "problem"
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.serial, digits(order)) == ("delivered", LABEL, RIGHT)
    page = order_page(order)
    assert RIGHT in page and CODE not in page and "The serial number was corrected" in page
    assert list(order.emails.values_list("mail", flat=True)) == ["your_code"]
    former = order.codes.get(is_current=False)
    assert (former.digits, former.family_hash == order.family_hash) == (CODE, False)
    assert order.payments.get().amount_captured == order.price  # nothing more
    assert [str(each) for each in find_violations()] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_the_second_correction_goes_to_staff() -> None:
    make_code_book_entry(LABEL, RIGHT)
    make_code_book_entry("BP123456789032", "1111")
    order = sold_order()
    correct_serial(order, LABEL)
    work_until_quiet()
    page = correct_serial(order, "BP123456789032").content.decode()
    assert "corrected once already" in page and order.status == "delivered"
    send_photos(order)
    work_later()
    order.refresh_from_db()
    assert (order.status, order.serial, digits(order)) == ("problem", LABEL, RIGHT)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
@pytest.mark.parametrize(
    "label",
    ["BP999900001111", pytest.param("BP123456789077", id="of another buyer")],
)
def test_what_is_no_slip_or_anothers_goes_to_staff(label: str) -> None:
    make_order(serial="BP123456789077", email="ben@example.com", status="delivered")
    make_code_book_entry(label, RIGHT)
    order = sold_order()
    correct_serial(order, label)
    send_photos(order)
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.serial, digits(order)) == ("problem", SERIAL, CODE)


@pytest.mark.django_db
@pytest.mark.usefixtures("on_sale")
def test_without_a_provider_it_is_with_staff_under_the_right_serial() -> None:
    order = sold_order()
    correct_serial(order, LABEL)
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.serial, digits(order)) == ("problem", LABEL, CODE)
    assert "One of us is checking" in order_page(order)
    mails = set(order.emails.values_list("mail", flat=True))
    assert mails == {"problem_received", "problem_alert"}


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_a_slip_while_reading_the_second_time_is_read_again() -> None:
    order = sold_order()
    answer_until_serial(order)
    submit(order, "serial", serial=LABEL)
    page = submit(order, "compare", answer="ordered").content.decode()
    assert "Read the serial number once more" in page
    submit(order, "serial", serial=SERIAL)
    assert Problem.objects.get().readings == 2 and order.serial == SERIAL


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_two_tabs_correct_once() -> None:
    make_code_book_entry(LABEL, RIGHT)
    make_code_book_entry("BP123456789032", "1111")
    order = sold_order()
    correct_serial(order, LABEL)
    submit(order, "compare", answer="typed")
    submit(order, "serial", serial="BP123456789032")
    problem = Problem.objects.get()
    for _worker in range(2):
        ask_for_corrected_serial(problem.pk)
    assert Code.objects.filter(order=order).count() == 2
    assert Attempt.objects.filter(source="code_book").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.also_on_sqlite
def test_of_a_correction_and_two_reports_at_once_one_counts(in_code_book: None) -> None:
    order = sold_order()
    answer_until_serial(order)
    pk = Problem.objects.get().pk

    def mine() -> Problem:
        return Problem.objects.select_related("order__radio").get(pk=pk)

    won = at_once(
        lambda: correct(mine(), LABEL, order.radio),
        lambda: correct(mine(), "BP123456789032", order.radio),
        lambda: report(mine(), "It says ERR"),
    )
    assert sorted(won) == [False, False, True]
    assert order.history.filter(move="report_problem").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_a_refund_under_way_lets_no_other_code_out() -> None:
    make_code_book_entry(LABEL, RIGHT)
    order = sold_order()
    correct_serial(order, LABEL)
    payment = order.payments.get()
    payment.refunds.create(amount=payment.amount, number=1, reason="goodwill", status="pending")
    ask_for_corrected_serial(Problem.objects.get().pk)
    order.refresh_from_db()
    assert (order.status, digits(order)) == ("problem", CODE)
    assert Problem.objects.get().due_at is None


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_staff_correct_the_serial_that_they_read_on_the_photo() -> None:
    make_code_book_entry("BP999900001111", RIGHT)
    make_fallback_radio()
    order = sold_order()
    answer_until_serial(order)
    submit(order, "serial", serial=SERIAL)
    send_photos(order)
    client = Client()
    client.force_login(make_staff("vera", "enter_code", "correct_serial"))
    url = f"/admin/orders/order/{order.pk}/problem/"
    client.get(url)
    order.refresh_from_db()
    seen = {"version": order.version, "claim_token": str(order.claim_token)}
    assert client.post(f"{url}serial/", seen | {"serial": "BP999900001111"}).status_code == 302
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, order.serial, digits(order)) == ("delivered", "BP999900001111", RIGHT)
    assert order.history.get(move="correct_serial").by is not None


@pytest.mark.django_db
@pytest.mark.usefixtures("in_code_book")
def test_new_keys_keep_a_replaced_code_under_its_former_serial(settings: Any) -> None:
    make_code_book_entry(LABEL, RIGHT)
    order = sold_order()
    correct_serial(order, LABEL)
    work_until_quiet()
    settings.HASH_KEYS = ["a-new-key-of-this-test-alone-which-is-long", *settings.HASH_KEYS]
    for secret in SECRETS:
        rotate(secret, defaultdict(set))
    sold = make_order(radio=make_radio(), serial=SERIAL, email="ben@example.com")
    former = Code.objects.get(is_current=False)
    assert former.family_hash == Order.objects.get(pk=sold.pk).hashes.family[0]
