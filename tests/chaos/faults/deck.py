"""A fault is a tale: what a customer, Stripe, a bank and staff do to one order, and how it must end
whatever else happens."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.customer import Customer
from tests.chaos.staff import Staff

Script = Callable[[Customer, Staff], object]
NEVER_PAID, DELIVERED, RELEASED, REFUNDED = "pending", "delivered", "released", "refunded"


@dataclass(frozen=True)
class Fault:
    """`ends` are the states in which its order may end."""

    name: str
    ends: tuple[str, ...]
    play: Script


FAULTS: list[Fault] = []


def fault(name: str, *ends: str) -> Callable[[Script], Script]:
    def remember(play: Script) -> Script:
        FAULTS.append(Fault(name, ends, play))
        return play

    return remember


def take_at_once(c: Customer) -> None:
    """Paid in a way that is captured at once, and the code is not found yet."""
    c.currency = "eur"
    c.order(into_book=False)
    c.pay(method=c.chance.choice(["ideal", "bancontact"]))
    c.wait_for("with_staff")


def deliver(c: Customer) -> None:
    c.order()
    c.pay_somehow()
    c.wait_for("delivered")
