"""Payment methods: authorized first, captured at once, or answered by the bank in days."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import Order, Payment
from orders.payments.checkout import NoCheckoutError, checkout_url
from orders.payments.methods import METHODS, offered
from orders.payments.sync import sync_payment
from sandbox.stripe.contract.stripe_schema import SCHEMAS
from tests.steps.factories import make_code_book_entry, make_order
from tests.steps.order_page import order_page
from tests.steps.payments import state
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

ALL = list(METHODS)
AUTHORIZED = [name for name in ALL if METHODS[name].can_be_authorized]
CAPTURED_AT_ONCE = [
    name
    for name, method in METHODS.items()
    if not method.can_be_authorized and not method.takes_days
]


@pytest.fixture(autouse=True)
def every_way(settings: Any) -> None:
    settings.PAYMENT_METHODS = ALL


def paid_with(stripe: Stripe, method: str, country: str = "DE") -> tuple[Order, Payment]:
    order = make_order()
    checkout_url(order)
    payment = order.payments.get()
    stripe.pay(str(payment.session_id), method=method, country=country)
    sync_payment(payment)
    order.refresh_from_db()
    return order, payment


def test_methods_that_can_be_authorized_are_those_of_stripes_contract() -> None:
    for name, method in METHODS.items():
        in_stripe = "".join(word.title() for word in name.split("_"))
        options = SCHEMAS[f"Checkout.SessionCreateParams.PaymentMethodOptions.{in_stripe}"]
        assert ("capture_method" in options["properties"]) == method.can_be_authorized, name


@pytest.mark.parametrize("method", AUTHORIZED)
def test_it_authorizes_then_captures_when_the_code_is_there(stripe: Stripe, method: str) -> None:
    make_code_book_entry()
    order, payment = paid_with(stripe, method)
    assert state(order) == ("placed", "held")
    assert (payment.method, payment.country) == (method, "DE")
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


@pytest.mark.parametrize("method", CAPTURED_AT_ONCE)
def test_what_cannot_be_held_is_taken_at_once_and_the_code_delivered(
    stripe: Stripe, method: str
) -> None:
    make_code_book_entry()
    order, payment = paid_with(stripe, method)
    assert state(order) == ("placed", "captured")
    assert payment.amount_captured == order.price
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_a_way_is_offered_only_in_its_currencies() -> None:
    assert offered("eur") == ALL
    assert offered("gbp") == ["card", "link", "paypal", "klarna"]
    assert offered("jpy") == ["card", "link"]


def test_the_form_says_before_paying_what_cannot_be_held(client: Client, on_sale: None) -> None:
    text = " ".join(client.get("/order/nissan/").content.decode().split())
    assert "Card, Link, PayPal and Klarna: reserved now." in text
    assert "iDEAL, Bancontact and SEPA debit: charged now, refunded if there is no code." in text
    assert "SEPA debit takes a few working days before we start." in text


def test_with_cards_only_nothing_is_said_to_be_taken_at_once(
    client: Client, on_sale: None, settings: Any
) -> None:
    settings.PAYMENT_METHODS = ["card"]
    assert "charged now" not in client.get("/order/nissan/").content.decode()


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("card", "€14.99 is reserved on your card and not charged yet."),
        ("paypal", "€14.99 is reserved with PayPal and not charged yet."),
        ("ideal", "You paid €14.99; we refund it if we find no code."),
    ],
)
def test_page_and_mail_say_what_became_of_the_money(
    stripe: Stripe, mailoutbox: list[Any], method: str, says: str
) -> None:
    order, _payment = paid_with(stripe, method)
    assert says in order_page(order)
    work_until_quiet()
    mail = next(mail for mail in mailoutbox if mail.to == [order.email])
    for part in (mail.body, mail.alternatives[0][0]):
        assert says in " ".join(part.split())


def test_a_charged_customer_is_told_that_cancelling_returns_the_money(stripe: Stripe) -> None:
    order, _payment = paid_with(stripe, "ideal")
    assert "We refund you in full" in order_page(order)
    text = Client().get(f"{order.secret_link()}withdraw/").content.decode()
    assert "refund the full" in text


# ------------------------------------------------------------------ banks that take days
def test_nothing_is_fulfilled_while_the_bank_thinks(stripe: Stripe, mailoutbox: list[Any]) -> None:
    make_code_book_entry()
    order, _payment = paid_with(stripe, "sepa_debit")
    Order.objects.update(created_at=timezone.now() - timedelta(days=2))
    for _ in range(3):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("pending", "processing")
    assert not order.codes.exists()
    assert [mail.subject.split(" for")[0] for mail in mailoutbox] == ["Your bank is paying"]
    assert "Your bank is making the payment" in order_page(order)
    assert "/pay/" not in order_page(order)


def test_no_second_page_opens_while_the_bank_thinks(stripe: Stripe) -> None:
    order, _payment = paid_with(stripe, "sepa_debit")
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    Client().post(f"{order.secret_link()}pay/")
    assert order.payments.count() == 1


def test_money_that_arrives_days_later_places_the_order(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = paid_with(stripe, "sepa_debit")
    stripe.settle_delayed(str(payment.session_id))
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_a_bank_that_refuses_days_later_leaves_time_to_pay_in_another_way(
    stripe: Stripe, mailoutbox: list[Any]
) -> None:
    make_code_book_entry()
    order, payment = paid_with(stripe, "sepa_debit")
    Order.objects.update(created_at=timezone.now() - timedelta(days=5))
    stripe.settle_delayed(str(payment.session_id), succeed=False)
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("pending", "failed")
    assert "Your bank refused the payment" in order_page(order)
    assert "Your bank refused the payment" in mailoutbox[-1].subject
    order.refresh_from_db()
    checkout_url(order)
    again = order.payments.latest("pk")
    stripe.pay(str(again.session_id))
    sync_payment(again)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_nobody_pays_after_the_bank_refused_and_the_order_ends(stripe: Stripe) -> None:
    order, payment = paid_with(stripe, "sepa_debit")
    stripe.settle_delayed(str(payment.session_id), succeed=False)
    sync_payment(payment)
    past = timezone.now() - timedelta(days=5)
    Order.objects.update(created_at=past, deadline_at=past)
    work_until_quiet()
    assert state(order) == ("expired", "failed")


def test_the_bank_is_asked_hourly(stripe: Stripe, settings: Any) -> None:
    settings.DELAYED_SYNC_EVERY = timedelta(hours=1)
    _order, payment = paid_with(stripe, "sepa_debit")
    let_time_pass()
    work_until_quiet()
    payment.refresh_from_db()
    assert payment.due_at
    assert timedelta(minutes=59) < payment.due_at - timezone.now() <= timedelta(hours=1)
