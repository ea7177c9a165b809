"""Sales for the tests of receipts: rows as the shop leaves them, without the talk with Stripe."""

from typing import Any

from orders.models import Payment, Receipt, Refund, issue_credit_note, issue_receipt
from tests.steps.factories import make_code, make_order, make_payment


def sold(**values: Any) -> Payment:
    """A captured payment with its receipt."""
    payment = captured(**values)
    issue_receipt(payment)
    return payment


def captured(amount: int = 1499, **values: Any) -> Payment:
    of_order = {name: values.pop(name) for name in ("status", "radio") if name in values}
    order = make_order(
        **{"status": "found", "price": amount, "currency": values.get("currency", "eur")} | of_order
    )
    make_code(order)
    return make_payment(order, status="captured", amount_captured=amount, **values)


def refunded(payment: Payment, amount: int) -> Refund:
    number = payment.refunds.count() + 1
    refund = Refund.objects.create(
        payment=payment, amount=amount, number=number, status="succeeded", reason="goodwill"
    )
    payment.count_refunds()
    return refund


def credited(payment: Payment, amount: int) -> Receipt:
    note = issue_credit_note(refunded(payment, amount))
    assert note is not None
    return note
