"""Orders on their way through payment, as customer, Stripe and staff move them."""

from datetime import timedelta
from typing import Any

from orders.models import Order, Payment
from orders.payments.checkout import checkout_url
from orders.payments.sync import sync_payment
from tests.steps.factories import make_code_book_entry, make_order, make_staff
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet


def checked_out(**values: Any) -> tuple[Order, Payment]:
    """An order whose payment page is open."""
    order = make_order(**values)
    checkout_url(order)
    return order, order.payments.get()


def paid(stripe: Stripe, **values: Any) -> tuple[Order, Payment]:
    """The card is authorized and the order placed; no work has been done on it."""
    order, payment = checked_out(**values)
    stripe.pay(str(payment.session_id))
    sync_payment(payment)
    order.refresh_from_db()
    return order, payment


def authorized_with_staff(stripe: Stripe) -> tuple[Order, Payment]:
    order, payment = paid(stripe)
    work_until_quiet()
    order.refresh_from_db()
    assert order.status == "with_staff"
    return order, payment


def delivered(stripe: Stripe) -> tuple[Order, Payment]:
    make_code_book_entry()
    order, payment = paid(stripe)
    work_until_quiet()
    payment.refresh_from_db()
    assert state(order) == ("delivered", "captured")
    return order, payment


def found_by_staff(order: Order) -> None:
    vera = make_staff()
    assert order.open_for(vera, timedelta(minutes=15))
    assert order.find("4307", "desk", by=vera)


def state(order: Order) -> tuple[str, str]:
    """The status of the order and of its last payment."""
    order.refresh_from_db()
    return order.status, order.payments.latest("pk").status


def intent(stripe: Stripe, payment: Payment) -> Any:
    """The payment's intent, as Stripe has it."""
    payment.refresh_from_db()
    return next(i for i in stripe.books()["payment_intent"] if i["id"] == payment.intent_id)
