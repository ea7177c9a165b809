"""On hold, or half undone in Stripe's Dashboard: no robot asks for money or lets a code go."""

from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from orders.desk.holds import put_on_hold, refuse
from orders.models import Mail, Order
from orders.payments.sync import sync_payment
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_staff
from tests.steps.mail import sent_mails
from tests.steps.order_page import order_page
from tests.steps.payments import authorized_with_staff, found_by_staff, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


def found_on_hold(stripe: Stripe) -> Order:
    order, _payment = authorized_with_staff(stripe)
    put_on_hold(order, "fraud")
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("found", "held")
    return order


def test_nobody_on_hold_is_asked_to_pay_again(stripe: Stripe) -> None:
    order = found_on_hold(stripe)
    stripe.expire_authorization(str(order.payments.get().session_id))
    sync_payment(order.payments.get())
    work_until_quiet()
    assert state(order) == ("payment_due", "failed")
    assert Mail.PAY_AGAIN not in sent_mails(order)
    assert "One of us checks it by hand" in order_page(order)
    assert f"{order.secret_link()}pay/" not in order_page(order)
    settle(order)
    work_until_quiet()
    assert Mail.PAY_AGAIN in sent_mails(order)
    assert f"{order.secret_link()}pay/" in order_page(order)


def test_what_is_found_and_on_hold_can_be_refused(stripe: Stripe) -> None:
    order = found_on_hold(stripe)
    assert refuse(order, make_staff("carl"), Q(version=order.version))
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert (order.ended_because, order.on_hold_at) == ("fraud", None)


def test_nothing_else_can_be_refused(stripe: Stripe) -> None:
    order, _payment = authorized_with_staff(stripe)
    assert not refuse(order, make_staff("carl"), Q(version=order.version))


def test_for_a_part_of_the_price_a_person_decides(stripe: Stripe) -> None:
    order = found_on_hold(stripe)
    settle(order)
    payment = order.payments.get()
    stripe.capture(payment.intent_id, 500)
    work_until_quiet()
    assert state(order) == ("found", "captured")
    assert (order.on_hold_reason, open_reasons(order)) == ("mismatch", ["mismatch"])
    assert Mail.YOUR_CODE not in sent_mails(order)
    settle(order)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_what_is_held_no_more_is_not_said_to_be_held(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    stripe.expire_authorization(str(payment.session_id))
    sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("with_staff", "failed")
    assert "Nothing is reserved any more. We ask you to pay again" in order_page(order)
    assert "14.99 is reserved" not in order_page(order)


def test_an_order_on_hold_with_nothing_held_ends_by_itself(stripe: Stripe, settings: Any) -> None:
    order, payment = authorized_with_staff(stripe)
    Order.objects.update(status="placed", deadline_at=None)
    put_on_hold(order, "fraud")
    stripe.expire_authorization(str(payment.session_id))
    sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("placed", "failed")
    Order.objects.update(on_hold_at=timezone.now() - settings.HOLD_LASTS)
    work_until_quiet()
    assert state(order) == ("released", "failed")
    assert order.ended_because == "undecided"
