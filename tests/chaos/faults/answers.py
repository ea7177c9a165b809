"""Stripe is asked, and its answer is lost, or it fails before or after the work, or is away.

Once, which the shop's client makes up for where it may, or so often that it gives up.
"""

from tests.chaos.customer import Customer
from tests.chaos.faults.deck import DELIVERED, RELEASED, fault, take_at_once
from tests.chaos.staff import Staff

KINDS = ("lost", "500", "500_after", "down", "429")


def fails(c: Customer, method: str, path: str, about: str) -> None:
    kind, times = c.chance.choice(KINDS), c.chance.choice([1, 4])
    c.stripe.fail(kind, method, path, times=times, about=about)


@fault("Stripe fails: opening the page", DELIVERED)
def opening(c: Customer, staff: Staff) -> None:
    fails(c, "POST", "/v1/checkout/sessions", c.email)
    c.order()
    c.pay_somehow()


@fault("Stripe fails: reading the payment", DELIVERED)
def reading(c: Customer, staff: Staff) -> None:
    c.order()
    fails(c, "GET", "/v1/checkout/sessions/*", c.session)
    c.pay_somehow()


@fault("Stripe fails: capture", DELIVERED)
def capturing(c: Customer, staff: Staff) -> None:
    c.order()
    fails(c, "POST", "/v1/payment_intents/*/capture", c.payment)
    c.pay_somehow()


@fault("Stripe fails: cancel", RELEASED)
def cancelling(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    fails(c, "POST", "/v1/payment_intents/*/cancel", c.payment)
    c.pay_somehow()
    c.wait_for("with_staff")
    staff.end(c)


@fault("Stripe fails: refund", RELEASED)
def refunding(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    fails(c, "POST", "/v1/refunds", c.payment)
    staff.end(c)


@fault("Stripe fails: reading refunds", RELEASED)
def reading_refunds(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    intent = c.books("checkout.session", c.session)["payment_intent"]
    fails(c, "GET", "/v1/refunds", intent)
    staff.end(c)
