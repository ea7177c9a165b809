"""Stripe's answers are late: others have read, captured, refunded or decided by then."""

import threading
import time
from functools import partial

from tests.chaos.browser import together
from tests.chaos.customer import DECLINED, Customer
from tests.chaos.faults.deck import DELIVERED, NEVER_PAID, RELEASED, deliver, fault, take_at_once
from tests.chaos.faults.refunds import decide, dispute
from tests.chaos.staff import Staff


def late(c: Customer, call: str, about: str, most: float = 6, times: int | None = None) -> None:
    """With the state as it was when asked, or as it is by then."""
    kind = c.chance.choice(["late", "late", "slow"])
    c.stripe.delay(call, c.chance.uniform(0.5, most), kind, times, about)


@fault("late: reading the payment", DELIVERED)
def reading(c: Customer, staff: Staff) -> None:
    c.order()
    late(c, "sessions.retrieve", c.session, times=c.chance.choice([1, 2]))
    c.pay_somehow()


@fault("late: reading and capturing", DELIVERED)
def reading_and_capturing(c: Customer, staff: Staff) -> None:
    c.order()
    late(c, "sessions.retrieve", c.session, times=1)
    late(c, "payment_intents.capture", c.payment)
    c.pay_somehow()


@fault("late: capture lost besides", DELIVERED)
def capture_lost(c: Customer, staff: Staff) -> None:
    c.order()
    c.stripe.fail("lost", "POST", "/v1/payment_intents/*/capture", times=1, about=c.payment)
    late(c, "payment_intents.capture", c.payment)
    late(c, "sessions.retrieve", c.session, times=2)
    c.pay_somehow()


@fault("late: one page opened, the other one fails", DELIVERED)
def opening(c: Customer, staff: Staff) -> None:
    """Pay pressed twice: one answer is late, and the other one is a gateway's error."""
    c.order()
    c.bank.expire(c.session)
    page = c.browser.get(c.page).text

    def press(after: float) -> None:
        time.sleep(after)
        c.browser.send(c.page + "pay/", page)

    c.stripe.delay("sessions.create", 2.5, times=1, about=c.email)
    error = partial(c.stripe.fail, "502", "POST", "/v1/checkout/sessions", about=c.email)
    gateway = threading.Timer(0.4, error)
    gateway.start()
    together(partial(press, 0), partial(press, 0.7))
    gateway.join()
    c.press_pay()
    c.pay_somehow()


@fault("late: declined, then expiring", NEVER_PAID)
def declined_and_expired(c: Customer, staff: Staff) -> None:
    c.order()
    late(c, "sessions.retrieve", c.session, times=2)
    c.pay(DECLINED)
    c.bank.expire(c.session)


@fault("late: cancel", RELEASED)
def cancelling(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    late(c, "payment_intents.cancel", c.payment)
    c.pay_somehow()
    c.wait_for("with_staff")
    staff.end(c)


@fault("late: refund and its list", RELEASED)
def refunding(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    intent = c.books("checkout.session", c.session)["payment_intent"]
    late(c, "refunds.create", c.payment)
    late(c, "refunds.list", intent, times=1)
    staff.end(c)


@fault("late: dispute, won by then", DELIVERED)
def disputing(c: Customer, staff: Staff) -> None:
    deliver(c)
    c.stripe.delay("disputes.retrieve", c.chance.uniform(2, 6), times=1)
    decide(c, dispute(c), "won")
    c.wait_until(lambda: not c.row().is_on_hold, "the code is shown again")
