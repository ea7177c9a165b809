"""An order on hold waits for staff: a mail reminds them, and says how much time is left."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from orders.desk.deadlines import decide_by
from orders.desk.holds import put_on_hold
from orders.models import Mail, Order
from orders.sweep import recover_stuck_orders
from tests.steps.attention import settle
from tests.steps.factories import make_order, make_payment, make_staff
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def order_on_hold(*, since: timedelta = HOUR, **payment: Any) -> Order:
    order = make_order(status="placed")
    make_payment(order, **payment)
    put_on_hold(order, "fraud")
    Order.objects.update(on_hold_at=timezone.now() - since)
    order.refresh_from_db()
    return order


def taken(since: timedelta = HOUR) -> Order:
    return order_on_hold(since=since, status="captured", amount_captured=1499)


def mails(order: Order) -> list[str]:
    return list(order.emails.values_list("mail", flat=True))


def test_staff_are_told_at_once_why_and_until_when(mailoutbox: list[Any], settings: Any) -> None:
    order = taken()
    for _ in range(2):
        work_until_quiet()
    [mail] = mailoutbox
    assert mail.to == [settings.STAFF_EMAIL]
    for part in (mail.body, mail.alternatives[0][0]):
        words = " ".join(part.split())
        assert order.number in words and "Stripe warns of fraud" in words
        assert f"Decide by: {date_format(timezone.localtime(decide_by(order)), 'l j F')}" in words
        assert f"/admin/orders/order/{order.pk}/change/" in words
        assert order.token not in words and order.email not in words


def test_whose_money_was_taken_waits_no_longer_than_it_could_be_held(settings: Any) -> None:
    order = taken()
    assert order.on_hold_at and decide_by(order) == order.on_hold_at + settings.HOLD_LASTS


def test_what_is_held_is_decided_about_before_it_is_let_go(settings: Any) -> None:
    ends = timezone.now() + 3 * DAY
    order = order_on_hold(status="held", hold_ends_at=ends)
    assert decide_by(order) == ends - settings.HOLD_MARGIN


def test_a_day_before_the_end_they_are_told_once_more(settings: Any) -> None:
    order = taken(since=settings.HOLD_LASTS - 25 * HOUR)
    recover_stuck_orders()
    assert mails(order) == [Mail.ON_HOLD]
    Order.objects.update(on_hold_at=timezone.now() - settings.HOLD_LASTS + 23 * HOUR)
    for _ in range(2):
        recover_stuck_orders()
    assert mails(order) == [Mail.ON_HOLD, Mail.HOLD_ENDS]


def test_an_answer_that_the_bank_waits_for_is_a_deadline_too() -> None:
    order = make_order(status="delivered")
    payment = make_payment(order, status="captured", amount_captured=1499)
    put_on_hold(order, "dispute")
    assert decide_by(order) is None
    due: datetime = timezone.now() + 20 * HOUR
    payment.disputes.create(
        stripe_id="du_1", status="needs_response", reason="fraudulent", amount=1499,
        currency="eur", opened_at=timezone.now(), evidence_due_at=due,
    )  # fmt: skip
    assert decide_by(order) == due


def test_whoever_settled_it_hears_no_more(mailoutbox: list[Any]) -> None:
    order = taken()
    recover_stuck_orders()
    settle(order)
    work_until_quiet()
    assert order.emails.get(mail=Mail.ON_HOLD).status == "dropped"


def test_the_list_and_the_order_say_so_with_the_time_that_is_left(client: Client) -> None:
    order = taken()
    client.force_login(make_staff("vera", "view_order", "change_order"))
    for path in ("attention", order.pk):
        page = " ".join(
            client.get(f"/admin/orders/order/{path}/", follow=True).content.decode().split()
        )
        assert "On hold" in page and "in 5 days" in page
        assert "Let it go on" in page
