"""One mail to staff for many orders that come to the desk."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.desk.reminders import announce
from orders.models import Email, Mail, Order
from tests.steps.factories import make_order
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]


def arrive(count: int = 1) -> list[Order]:
    orders = [make_order(status="with_staff") for _ in range(count)]
    for order in orders:
        announce(order)
    return orders


def wait(minutes: int) -> None:
    back = timedelta(minutes=minutes)
    for email in Email.objects.all():
        email.due_at = email.due_at and email.due_at - back
        email.sent_at = email.sent_at and email.sent_at - back
        email.save()


def test_the_first_order_is_announced_at_once_and_the_next_ones_together(
    mailoutbox: list[Any],
) -> None:
    (first,) = arrive()
    work_until_quiet()
    later = arrive(3)
    work_until_quiet()
    assert len(mailoutbox) == 1 and first.number in mailoutbox[0].subject
    wait(5)
    work_until_quiet()
    assert len(mailoutbox) == 2 and "4 codes wanted" in mailoutbox[1].subject
    for part in (mailoutbox[1].body, mailoutbox[1].alternatives[0][0]):
        assert all(order.number in part for order in later)
        assert "/admin/orders/order/desk/" in part
    assert all(mail.to == ["desk@encore.example"] for mail in mailoutbox)


def test_a_mail_that_may_be_under_way_announces_no_other_order() -> None:
    (order,) = arrive()
    Email.objects.update(due_at=timezone.now() + timedelta(seconds=20))
    arrive()
    times = [each.due_at for each in Email.objects.all()]
    assert times[0] and times[1] and times[1] - times[0] == timedelta(minutes=5)


def test_it_is_sent_for_the_others_when_its_own_order_was_answered(mailoutbox: list[Any]) -> None:
    arrive(2)
    (waiting, late) = Order.objects.order_by("pk")
    Order.objects.filter(pk=waiting.pk).update(status="found", deadline_at=None)
    work_until_quiet()
    assert late.number in mailoutbox[0].body and waiting.number not in mailoutbox[0].body
    Order.objects.update(status="found", deadline_at=None)
    email = Email.objects.create(order=late, mail=Mail.DESK_ALERT, to="d@e.example")
    email.make_due()
    work_until_quiet()
    email.refresh_from_db()
    assert email.status == "dropped"
