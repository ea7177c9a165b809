"""Stripe's events do not arrive as they should, and the customer does not come back either."""

from tests.chaos.customer import Customer
from tests.chaos.faults.deck import DELIVERED, Script, fault
from tests.chaos.staff import Staff


@fault("none", DELIVERED)
def all_goes_well(c: Customer, staff: Staff) -> None:
    c.weather, c.comes_back = "normal", True
    c.order()
    c.pay_somehow()


def webhooks(weather: str) -> Script:
    def play(c: Customer, staff: Staff) -> None:
        c.weather, c.comes_back = weather, False
        c.order()
        c.pay_somehow()

    return play


fault("webhooks lost, customer gone", DELIVERED)(webhooks("drop"))
fault("webhooks doubled, customer gone", DELIVERED)(webhooks("double"))
fault("webhooks delayed, customer gone", DELIVERED)(webhooks("delay"))
fault("webhooks shuffled, customer gone", DELIVERED)(webhooks("shuffle"))
