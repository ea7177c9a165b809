"""The checks of what must always be true: each sees what breaks it, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.invariants import CHECKS, find_violations
from orders.models import Alert, History, Order, Refund
from orders.tasks import check_invariants
from tests.steps.factories import (
    make_code,
    make_code_book_entry,
    make_order,
    make_payment,
    make_refund,
    make_staff,
)
from tests.steps.payments import paid
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = [pytest.mark.django_db, pytest.mark.also_on_sqlite]

LONG_AGO = timezone.now() - timedelta(days=10)
NOW = timedelta(0)


def found() -> list[tuple[str, Order]]:
    """In windows of two orders, as a shop with a million has them of thousands."""
    return [(each.rule, each.order) for each in find_violations(NOW, window=2)]


def taken(order: Order, **values: Any) -> Any:
    return make_payment(
        order, **{"status": "captured", "amount_captured": order.price, "captured_at": LONG_AGO}
        | values
    )  # fmt: skip


def with_code(status: str, **values: Any) -> Order:
    order = make_order(status=status, **values)
    make_code(order)
    return order


# ------------------------------------------------------------------ what breaks them
def paid_and_never_placed() -> Order:
    order = make_order(status="expired")
    make_payment(order, status="held", held_at=LONG_AGO)
    return order


def placed_and_forgotten() -> Order:
    return make_order(status="placed", due_at=None)


def deadline_passed() -> Order:
    return make_order(status="with_staff", deadline_at=LONG_AGO)


def found_and_forgotten() -> Order:
    order = with_code("found", found_at=LONG_AGO)
    make_payment(order, status="held")
    return order


def ending_for_ever() -> Order:
    return make_order(status="ending")


def authorization_ended() -> Order:
    order = make_order(status="with_staff")
    make_payment(order, status="held", hold_ends_at=LONG_AGO)
    return order


def on_hold_for_ever() -> Order:
    order = make_order(status="placed", on_hold_at=LONG_AGO, on_hold_reason="fraud")
    taken(order)
    return order


def code_and_refund() -> Order:
    order = with_code("delivered")
    make_refund(taken(order), reason="no_code", status="pending")
    return order


def code_without_money() -> Order:
    order = with_code("ready")
    make_payment(order, status="failed")
    return order


def released_and_kept() -> Order:
    order = make_order(status="released")
    taken(order)
    return order


def released_and_authorized() -> Order:
    order = make_order(status="released")
    make_payment(order, status="held")
    return order


def other_amount() -> Order:
    order = make_order()
    make_payment(order, amount=order.price + 1)
    return order


def other_currency() -> Order:
    order = make_order()
    make_payment(order, currency="gbp")
    return order


def taken_twice() -> Order:
    order = with_code("delivered")
    taken(order)
    taken(order)
    return order


def refunds_do_not_add_up() -> Order:
    order = with_code("delivered")
    taken(order, status="part_refunded", amount_refunded=500)
    return order


def no_code() -> Order:
    order = make_order(status="delivered")
    taken(order)
    return order


def another_code() -> Order:
    first, second = with_code("delivered"), make_order(status="delivered")
    make_code(second, "9999")
    taken(first)
    taken(second)
    return second


def mailed_too_early() -> Order:
    order = make_order(status="released")
    order.emails.create(mail="your_code", to=order.email, status="sent", sent_at=LONG_AGO)
    return order


def mailed_on_hold() -> Order:
    order = with_code("ready", ready_at=LONG_AGO, on_hold_at=LONG_AGO, on_hold_reason="dispute")
    taken(order)
    order.on_hold_at = timezone.now() - timedelta(days=1)
    order.save(update_fields=["on_hold_at"])
    order.emails.create(mail="your_code", to=order.email, status="sent", sent_at=timezone.now())
    return order


def placed_twice() -> Order:
    order = make_order(status="placed")
    for _ in range(2):
        History.objects.create(
            order=order, subject="order", subject_id=order.pk, move="place", status="placed"
        )
    return order


BROKEN = [
    ("I1", paid_and_never_placed),
    ("I1", placed_and_forgotten),
    ("I1", deadline_passed),
    ("I1", found_and_forgotten),
    ("I1", ending_for_ever),
    ("I1", authorization_ended),
    ("I1", on_hold_for_ever),
    ("I2", code_and_refund),
    ("I2", code_without_money),
    ("I2", released_and_kept),
    ("I2", released_and_authorized),
    ("I3", other_amount),
    ("I3", other_currency),
    ("I3", taken_twice),
    ("I3", refunds_do_not_add_up),
    ("I4", no_code),
    ("I4", another_code),
    ("I5", mailed_too_early),
    ("I5", mailed_on_hold),
    ("I6", placed_twice),
]


@pytest.mark.parametrize(("rule", "story"), BROKEN)
def test_what_breaks_a_rule_is_found_and_nothing_else(rule: str, story: Any) -> None:
    order = story()
    assert found() == [(rule, order)]


def test_every_check_has_its_story() -> None:
    assert len(BROKEN) >= len(CHECKS)


KEYS = """
I1: Paid, but the order was never placed.
I1: Placed, but nothing is due for it.
I1: Its deadline has passed, and the order has not ended.
I1: Its code does not work, the deadline has passed, and staff were not alerted.
I1: Its code does not work, but no report of that is open.
I1: Its code was found, but nothing is due for its payment.
I1: It is ending, but nothing is due that would end it, and no person was told.
I1: The hold of its money has run out without a decision.
I1: It has been on hold for days, with the customer's money taken.
I2: Its code is out, and the shop returned the money by itself.
I2: Its code is out, but no money was taken.
I2: It ended without a code, and something is held or kept.
I3: A payment is of another amount or currency than the customer was shown.
I3: Two payments of it were taken, and both count.
I3: Its refunds do not add up to what its payment says was returned.
I4: It must have one current code, and has not.
I4: Another order of the same radio and serial has another code, and no person decided so.
I5: Its code was mailed or shown before the order was ready, or while it was on hold.
I6: It made a move twice that an order makes once.
"""


def test_alerts_keep_their_keys() -> None:
    """Under another key staff would be alerted anew of what they know."""
    stored = [f"{each.rule}: {each.key or each.message}" for each in CHECKS]
    assert stored == KEYS.strip().splitlines()


# ------------------------------------------------------------------ what breaks none


def test_orders_on_their_way_break_none(stripe: Stripe) -> None:
    make_order()
    paid(stripe)
    assert found() == []
    work_until_quiet()
    assert found() == []


def test_orders_at_their_end_break_none(stripe: Stripe) -> None:
    make_code_book_entry()
    paid(stripe)
    work_until_quiet()
    ended, _payment = paid(stripe)
    ended.end("no_code")
    work_until_quiet()
    assert set(Order.objects.values_list("status", flat=True)) == {"delivered", "released"}
    assert found() == []


def test_a_person_may_decide_for_another_code() -> None:
    order = another_code()
    order.codes.update(by=make_staff())
    assert found() == []


def test_what_has_just_happened_is_given_time() -> None:
    make_payment(make_order(status="expired"), status="held", held_at=timezone.now())
    assert list(find_violations()) == []


# ------------------------------------------------------------------ by the clock, and by hand
def test_each_is_told_to_staff_once(mailoutbox: list[Any]) -> None:
    order = released_and_kept()
    for _ in range(2):
        check_invariants()
    alert = Alert.objects.get()
    assert (alert.kind, alert.order) == (Alert.Kind.DIFFERENCE, order)
    assert alert.key == f"I2:{order.pk}:It ended without a code, and something is held or kept."
    assert f"{order.number}, I2: It ended without a code" in alert.text


def test_the_command_fails_on_a_violation_and_names_it(capsys: Any) -> None:
    call_command("check_invariants")
    assert "as it must be" in capsys.readouterr().out
    order = released_and_kept()
    with pytest.raises(CommandError):
        call_command("check_invariants")
    assert f"I2 {order.number}" in capsys.readouterr().out


def test_a_refund_that_arrived_adds_up() -> None:
    order = make_order(status="refunded")
    make_code(order)
    payment = taken(order, status="refunded", amount_refunded=order.price)
    make_refund(payment, status="succeeded", amount=order.price)
    assert Refund.objects.count() == 1
    assert found() == []
