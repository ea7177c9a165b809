"""Money on its way back: refunds that wait and fail, the Dashboard, disputes, warnings of fraud."""

from typing import Any

from orders.models import Dispute, Order, Refund
from tests.chaos.customer import Customer
from tests.chaos.faults.deck import (
    DELIVERED,
    REFUNDED,
    RELEASED,
    Script,
    deliver,
    fault,
    take_at_once,
)
from tests.chaos.staff import Staff

DISPUTED_AT_ONCE, WARNED_AT_ONCE = "4000000000000259", "4000000000005423"


# ------------------------------------------------------------------ the robot's refunds
def refund_of(c: Customer, **values: Any) -> Refund:
    """Of this order, as soon as there is one like that."""
    refunds = Refund.objects.filter(payment__order__number=c.number, **values)
    c.wait_until(refunds.exists, f"a refund is {values}")
    return refunds.latest("pk")


def settle(c: Customer, status: str, becomes: str) -> None:
    """The bank decides on the refund that has the status now."""
    waiting = str(refund_of(c, status=status).stripe_id)
    c.bank.settle_refund(waiting, becomes)


def ended(c: Customer, staff: Staff, refund_is: str) -> None:
    """The money was taken, there is no code, and the refund of it is not simply done."""
    take_at_once(c)
    c.stripe.refund_outcome(refund_is, payment=c.session)
    staff.end(c)


@fault("refund fails, staff return it", RELEASED)
def refund_fails(c: Customer, staff: Staff) -> None:
    ended(c, staff, "failed")
    refund_of(c, status="failed")
    staff.refund(c)


@fault("refund waits, then arrives", RELEASED)
def refund_waits(c: Customer, staff: Staff) -> None:
    ended(c, staff, "pending")
    settle(c, "pending", "succeeded")


@fault("refund waits, fails, staff return it", RELEASED)
def refund_waits_and_fails(c: Customer, staff: Staff) -> None:
    ended(c, staff, "pending")
    settle(c, "pending", "failed")
    refund_of(c, status="failed")
    staff.refund(c)


@fault("refund given up, staff return it", RELEASED)
def refund_is_given_up(c: Customer, staff: Staff) -> None:
    ended(c, staff, "requires_action")
    settle(c, "requires_action", "canceled")
    refund_of(c, status="cancelled")
    staff.refund(c)


@fault("refund: too little balance at first", RELEASED)
def too_little_balance(c: Customer, staff: Staff) -> None:
    ended(c, staff, "balance_insufficient")


@fault("refund fails weeks later, staff return it", RELEASED)
def refund_fails_weeks_later(c: Customer, staff: Staff) -> None:
    ended(c, staff, "succeeded")
    c.wait_for("released")
    settle(c, "succeeded", "failed")
    refund_of(c, status="failed")
    staff.refund(c)


# ------------------------------------------------------------------ after the code
@fault("staff return all of it", REFUNDED)
def staff_return(c: Customer, staff: Staff) -> None:
    deliver(c)
    staff.refund(c)


@fault("staff return it, the bank sends it back", DELIVERED)
def staff_return_in_vain(c: Customer, staff: Staff) -> None:
    staff_return(c, staff)
    c.wait_for("refunded")
    settle(c, "succeeded", "failed")
    refund_of(c, status="failed")


@fault("Dashboard: all returned", REFUNDED)
def returned_in_dashboard(c: Customer, staff: Staff) -> None:
    deliver(c)
    c.bank.refund(c.session)


@fault("Dashboard: half returned", DELIVERED)
def half_returned_in_dashboard(c: Customer, staff: Staff) -> None:
    deliver(c)
    c.bank.refund_half(c.session)
    refund_of(c, status="succeeded")


# ------------------------------------------------------------------ before the code
@fault("Dashboard: returned at the desk", RELEASED)
def returned_at_the_desk(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    c.bank.refund(c.session)


@fault("Dashboard: half returned, then no code", RELEASED)
def half_returned_at_the_desk(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    c.bank.refund_half(c.session)
    staff.end(c)


@fault("Dashboard: hold cancelled, paid again", DELIVERED)
def cancelled_at_the_desk(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.bank.cancel(c.session)
    staff.find(c)
    c.pay_again()


def captured_at_the_desk(c: Customer) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.bank.capture(c.session)


@fault("Dashboard: captured, then found", DELIVERED)
def captured_then_found(c: Customer, staff: Staff) -> None:
    captured_at_the_desk(c)
    staff.find(c)


@fault("Dashboard: captured, then no code", RELEASED)
def captured_then_none(c: Customer, staff: Staff) -> None:
    captured_at_the_desk(c)
    staff.end(c)


# ------------------------------------------------------------------ disputes and warnings
def dispute(c: Customer, **how: Any) -> str:
    """Opened, and known to us."""
    opened = str(c.bank.dispute(c.session, **how)["id"])
    c.wait_until(Dispute.objects.filter(stripe_id=opened).exists, "the dispute is known")
    return opened


def decide(c: Customer, opened: str, outcome: str) -> None:
    """The bank has; and we know how."""
    c.bank.close_dispute(opened, outcome)
    closed = Dispute.objects.filter(stripe_id=opened, closed_at__isnull=False)
    c.wait_until(closed.exists, "it is known how the dispute ended")


def is_free(c: Customer) -> bool:
    return not c.row().is_on_hold


def disputed_after(outcome: str, **how: Any) -> Script:
    def play(c: Customer, staff: Staff) -> None:
        deliver(c)
        decide(c, dispute(c, **how), outcome)

    return play


fault("dispute after delivery: won", DELIVERED)(disputed_after("won"))
fault("dispute after delivery: lost", DELIVERED)(disputed_after("lost"))
fault("inquiry after delivery: closed", DELIVERED)(
    disputed_after("warning_closed", is_inquiry=True)
)


@fault("dispute at the desk: won, then found", DELIVERED)
def disputed_then_found(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    decide(c, dispute(c), "won")
    c.wait_until(lambda: is_free(c), "the hold is lifted")
    staff.find(c)


@fault("dispute at the desk: lost", RELEASED)
def disputed_and_lost(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    decide(c, dispute(c), "lost")


@fault("dispute the moment it is taken: won", DELIVERED)
def disputed_at_once(c: Customer, staff: Staff) -> None:
    c.order()
    c.pay(DISPUTED_AT_ONCE)
    disputes = Dispute.objects.filter(payment__order__number=c.number)
    c.wait_until(disputes.exists, "the dispute is known")
    decide(c, disputes.get().stripe_id, "won")


def hear(c: Customer) -> None:
    """We do not read Stripe's list of warnings: who does not hear the event never knows."""
    if c.weather in ("drop", "wrong_secret"):
        c.weather = "normal"


@fault("fraud warning at the desk, settled, found", DELIVERED)
def warned_then_found(c: Customer, staff: Staff) -> None:
    hear(c)
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.bank.fraud_warning(c.session)
    c.wait_until(lambda: not is_free(c), "the warning is heeded")
    staff.settle(c)
    staff.find(c)


@fault("fraud warning at the desk, nobody looks", RELEASED)
def warned_and_forgotten(c: Customer, staff: Staff) -> None:
    hear(c)
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.bank.fraud_warning(c.session)


@fault("fraud warning the moment it is taken", DELIVERED)
def warned_at_once(c: Customer, staff: Staff) -> None:
    hear(c)
    c.order()
    c.pay(WARNED_AT_ONCE)
    warned = Order.objects.filter(number=c.number, history__note="fraud")
    c.wait_until(warned.exists, "the warning is heeded")
    if not is_free(c):
        staff.settle(c)
