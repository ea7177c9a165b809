"""What customers read about money that comes back, or does not."""

from typing import Any

import pytest

from orders.mail.compose import compose
from orders.models import Email, Mail, Payment, queue_mail
from orders.payments.sync import sync_payment
from tests.steps.factories import make_order, make_payment, make_refund
from tests.steps.payments import authorized_with_staff
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

FIVE, REST = "€5.00", "€9.99"


def parts(email: Email) -> tuple[str, str]:
    """Text and HTML, with their line breaks as spaces."""
    message = compose(email)
    html: Any = message.alternatives[0][0]
    return " ".join(str(message.body).split(" \n")).replace("\n", " "), " ".join(html.split("\n"))


def mail(kind: Mail, *, amount: int = 1499, **payment_values: Any) -> Email:
    returned = amount if kind == Mail.MONEY_RETURNED else 0
    payment = make_payment(
        make_order(status="delivered"), status="captured", amount_captured=1499,
        amount_refunded=returned, **payment_values,
    )  # fmt: skip
    status = "succeeded" if kind == Mail.MONEY_RETURNED else "failed"
    refund = make_refund(payment, amount=amount, status=status)
    return queue_mail(payment.order, kind, refund=refund)


def test_a_part_says_how_much_came_back_and_how_much_we_keep() -> None:
    email = mail(Mail.MONEY_RETURNED, amount=500)
    assert compose(email).subject.startswith("We've refunded €5.00 of what you paid")
    for part in parts(email):
        assert FIVE in part and REST in part


def test_the_whole_says_that_we_keep_nothing_and_how_long_banks_take() -> None:
    for part in parts(mail(Mail.MONEY_RETURNED)):
        assert "We've refunded the full" in " ".join(part.split())
        assert "ten working days" in " ".join(part.split())


def test_a_second_payment_is_called_one_too_many() -> None:
    for part in parts(mail(Mail.MONEY_RETURNED, is_superseded=True)):
        assert "You paid twice for this order" in " ".join(part.split())


def test_a_refund_that_failed_says_where_the_money_is_and_what_to_do() -> None:
    for part in parts(mail(Mail.REFUND_FAILED, amount=500)):
        plain = " ".join(part.replace("<b>", "").replace("</b>", "").split())
        assert "your bank rejected it and sent it back to us" in plain
        assert "Reply to this e-mail." in plain
        assert "Do not send card or account numbers" in plain


@pytest.mark.parametrize("kind", [Mail.MONEY_RETURNED, Mail.REFUND_FAILED])
def test_both_lead_to_the_order(kind: Mail) -> None:
    email = mail(kind)
    for part in parts(email):
        assert email.order.secret_link() in part


def second_authorization(stripe: Stripe, **order_values: Any) -> Email:
    order, first = authorized_with_staff(stripe)
    Payment.objects.filter(pk=first.pk).update(
        status="expired"
    )  # the first one ran out, we thought
    type(order).objects.update(**order_values)
    sync_payment(Payment.objects.get(pk=first.pk))
    work_until_quiet()
    return Email.objects.get(order=order, mail=Mail.PAID_TWICE)


def test_a_second_hold_that_is_released_is_told_of(stripe: Stripe) -> None:
    email = second_authorization(stripe)
    assert email.status == "sent"
    for part in parts(email):
        assert "only reserved, not charged" in " ".join(part.split())
        assert "Your order is not affected" in " ".join(part.split())


def test_a_hold_that_came_too_late_is_told_of(stripe: Stripe) -> None:
    email = second_authorization(
        stripe, status="released", ended_because="no_code", deadline_at=None
    )
    for part in parts(email):
        assert "had ended when this payment arrived" in " ".join(part.split())
