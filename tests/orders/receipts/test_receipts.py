"""Receipts, credit notes and cancellations: when they are issued, and what they say of VAT."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from orders.models import (
    NumberSeries,
    Order,
    Payment,
    Receipt,
    cancel_credit_note,
    issue_credit_note,
    issue_receipt,
)
from orders.payments.sync import make_ready
from tests.steps.factories import make_code_book_entry
from tests.steps.payments import authorized_with_staff, paid
from tests.steps.receipts import captured, credited, refunded, sold
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ the receipt
def test_it_is_issued_when_the_code_is_ready(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    assert not Receipt.objects.exists()
    work_until_quiet()
    receipt = order.receipts.get()
    assert (receipt.payment, receipt.number_text) == (payment, "R-000001")
    assert (receipt.amount, receipt.amount_vat, receipt.amount_net) == (1499, 239, 1260)
    assert receipt.seller["name"] == "Encore Test Shop"


def test_an_order_without_a_code_gets_none(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    assert order.withdraw()
    work_until_quiet()
    order.refresh_from_db()
    assert order.status == "released"
    assert not Receipt.objects.exists()


def test_issued_twice_it_is_the_same_receipt() -> None:
    payment = captured()
    assert issue_receipt(payment) == issue_receipt(payment)
    assert NumberSeries.objects.get().last == 1


def test_it_keeps_what_was_true_on_its_day(settings: Any) -> None:
    payment = sold()
    settings.SELLER = {"name": "Somebody else", "address": "Elsewhere"}
    settings.VAT_RATE = 7
    payment.order.radio.name = "Renamed"
    payment.order.radio.save()
    receipt = Receipt.objects.get()
    assert receipt.seller["name"] == "Encore Test Shop"
    assert receipt.vat_rate == 19
    assert receipt.description == "Unlock code for Nissan radio with a serial starting BP"


@pytest.mark.parametrize(
    ("amount", "rate", "currency", "vat"),
    [
        (1499, 19, "eur", 239),
        (1499, 0, "eur", 0),
        (1499, 25.5, "eur", 305),  # 304.59
        (105, 5, "eur", 5),
        (63, 20, "eur", 11),  # 10.5 is rounded up
        (2400, 10, "jpy", 218),  # whole yen
        (240_000, 24, "isk", 46_500),  # whole krónur, of which Stripe counts hundredths: 464.52
    ],
)
def test_vat_is_within_the_amount(
    settings: Any, amount: int, rate: float, currency: str, vat: int
) -> None:
    settings.VAT_RATE = rate
    sold(amount=amount, currency=currency)
    assert Receipt.objects.get().amount_vat == vat


def test_vat_that_stripe_worked_out_counts_and_no_rate_is_claimed() -> None:
    sold(amount_tax=250, country="SE")
    receipt = Receipt.objects.get()
    assert (receipt.amount_vat, receipt.vat_rate, receipt.buyer_country) == (250, None, "SE")


# ------------------------------------------------------------------ numbers
def test_each_kind_counts_for_itself() -> None:
    note = credited(sold(), 500)
    sold()
    assert note.number_text == "C-000001"
    assert [r.number_text for r in Receipt.objects.order_by("pk")] == [
        "R-000001",
        "C-000001",
        "R-000002",
    ]


def test_a_rollback_leaves_no_gap() -> None:
    sold()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sold()
        raise ZeroDivisionError
    sold()
    assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.also_on_sqlite
def test_orders_that_become_ready_at_once_get_numbers_without_gap_or_double() -> None:
    payments = [captured() for _ in range(8)]
    together = threading.Barrier(len(payments))

    def become_ready(payment: Payment) -> None:
        try:
            together.wait()
            make_ready(Payment.objects.get(pk=payment.pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=become_ready, args=[each]) for each in payments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Receipt.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert Order.objects.filter(status="ready").count() == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.also_on_sqlite
def test_one_order_made_ready_by_many_gets_one_receipt() -> None:
    payment = captured()
    together = threading.Barrier(4)

    def become_ready() -> None:
        try:
            together.wait()
            make_ready(Payment.objects.get(pk=payment.pk))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=become_ready) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Receipt.objects.get().number == 1
    assert NumberSeries.objects.get().last == 1


def test_the_database_refuses_a_second_receipt_for_a_payment() -> None:
    receipt = issue_receipt(captured())
    receipt.pk, receipt.number = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        receipt.save()


# ------------------------------------------------------------------ credit notes
def test_a_credit_note_gives_back_amount_and_vat() -> None:
    note = credited(sold(country="DE"), 1499)
    assert (note.amount, note.amount_vat) == (1499, 239)
    assert note.vat_rate == 19
    assert (note.currency, note.buyer_country) == ("eur", "DE")


def test_part_refunds_together_give_back_the_vat_to_the_cent() -> None:
    payment = sold(amount=1000)  # with 160 of VAT
    notes = [credited(payment, amount) for amount in (333, 333, 334)]
    assert [note.amount_vat for note in notes] == [53, 54, 53]


def test_a_credit_note_keeps_the_rate_of_the_sale(settings: Any) -> None:
    payment = sold()
    settings.VAT_RATE = 7
    assert credited(payment, 1499).amount_vat == 239


def test_a_refund_gets_one_credit_note() -> None:
    refund = refunded(sold(), 500)
    assert issue_credit_note(refund) == issue_credit_note(refund)
    assert refund.credit_note.number == 1


def test_money_returned_without_a_sale_gets_no_credit_note() -> None:
    assert issue_credit_note(refunded(captured(), 1499)) is None
    assert not Receipt.objects.exists()


# ------------------------------------------------------------------ a refund that failed later
def test_a_refund_that_fails_later_cancels_its_credit_note() -> None:
    payment = sold()
    note = credited(payment, 500)
    assert note.refund is not None
    cancellation = cancel_credit_note(note.refund)
    assert cancellation is not None
    assert (cancellation.number_text, cancellation.cancels) == ("X-000001", note)
    assert (cancellation.amount, cancellation.amount_vat) == (note.amount, note.amount_vat)
    assert cancel_credit_note(note.refund) == cancellation


def test_a_refund_that_never_succeeded_has_nothing_to_cancel() -> None:
    assert cancel_credit_note(refunded(sold(), 500)) is None


def test_the_next_refund_gives_back_the_vat_once_more() -> None:
    payment = sold(amount=1000)
    first = credited(payment, 1000)
    assert first.refund is not None
    cancel_credit_note(first.refund)
    assert credited(payment, 1000).amount_vat == 160
