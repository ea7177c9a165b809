"""An order on hold waits for staff: a mail reminds them, and says how much time is left."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from orders.business_hours import working_time
from orders.desk.deadlines import DECIDED_WITHIN, decide_by
from orders.desk.holds import put_on_hold
from orders.models import Mail, Order
from orders.sweep import recover_stuck_orders
from tests.steps.attention import settle
from tests.steps.factories import make_order, make_payment, make_staff
from tests.steps.order_page import order_page
from tests.steps.payments import authorized_with_staff, state
from tests.steps.stripe import Stripe
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
    to_staff, to_customer = sorted(mailoutbox, key=lambda mail: mail.to != [settings.STAFF_EMAIL])
    assert (to_staff.to, to_customer.to) == ([settings.STAFF_EMAIL], [order.email])
    mail = to_staff
    for part in (mail.body, mail.alternatives[0][0]):
        words = " ".join(part.split())
        assert order.number in words and "Stripe warns of fraud" in words
        assert f"Decide by: {date_format(timezone.localtime(decide_by(order)), 'l j F')}" in words
        assert f"/admin/orders/order/{order.pk}/change/" in words
        assert order.token not in words and order.email not in words


def test_staff_decide_in_working_hours(settings: Any) -> None:
    settings.DESK_OPEN = ["Mon-Fri 09:00-13:00"]
    order = order_on_hold(status="held", hold_ends_at=timezone.now() + 20 * DAY)
    ends = decide_by(order)
    assert order.on_hold_at and ends
    assert working_time().between(order.on_hold_at, ends) == DECIDED_WITHIN
    assert ends - order.on_hold_at > DAY


def test_the_customer_reads_at_once_what_is_checked_and_until_when(mailoutbox: list[Any]) -> None:
    order = order_on_hold(status="held", hold_ends_at=timezone.now() + 5 * DAY)
    recover_stuck_orders()
    work_until_quiet()
    [mail] = [each for each in mailoutbox if each.to == [order.email]]
    by = date_format(timezone.localtime(decide_by(order)), "l j F, H:i T")
    for part in (mail.body, mail.alternatives[0][0]):
        words = " ".join(part.split())
        assert "reserved on your card and not charged yet" in words
        assert "If we have not decided by then, the order ends and you pay nothing." in words
        assert "Are you a workshop or a dealer" in words and by in words
    assert by in " ".join(order_page(order).split())


def test_undecided_it_ends_at_that_time_and_nothing_is_charged(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    put_on_hold(order, "fraud")
    Order.objects.update(on_hold_at=timezone.now() - DECIDED_WITHIN + HOUR)
    work_until_quiet()
    assert state(order) == ("with_staff", "held")
    Order.objects.update(on_hold_at=timezone.now() - DECIDED_WITHIN)
    work_until_quiet()
    assert state(order) == ("released", "cancelled")
    assert order.ended_because == "undecided"


def test_captured_money_waits_for_staff_after_that_time() -> None:
    order = taken(since=DECIDED_WITHIN + HOUR)
    recover_stuck_orders()
    order.refresh_from_db()
    assert order.status == "placed"
    assert {Mail.ON_HOLD, Mail.HOLD_ENDS} < set(mails(order))


def test_what_is_held_is_decided_about_before_it_is_let_go(settings: Any) -> None:
    ends = timezone.now() + 28 * HOUR
    order = order_on_hold(status="held", hold_ends_at=ends)
    assert decide_by(order) == ends - settings.HOLD_MARGIN


def test_when_half_the_time_is_left_they_are_told_once_more() -> None:
    order = taken(since=DECIDED_WITHIN / 2 - HOUR)
    recover_stuck_orders()
    assert mails(order) == [Mail.ON_HOLD, Mail.BEING_CHECKED]
    Order.objects.update(on_hold_at=timezone.now() - DECIDED_WITHIN / 2 - HOUR)
    for _ in range(2):
        recover_stuck_orders()
    assert mails(order) == [Mail.ON_HOLD, Mail.BEING_CHECKED, Mail.HOLD_ENDS]


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
        assert "On hold" in page and "in 6 hours" in page
        assert "Let it go on" in page
