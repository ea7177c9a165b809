"""The code book does not have the code: staff, the deadline or the customer decide."""

from collections.abc import Callable
from contextlib import suppress

from tests.chaos.browser import StuckError, together
from tests.chaos.customer import Customer
from tests.chaos.faults.deck import DELIVERED, RELEASED, fault, take_at_once
from tests.chaos.staff import Staff


@fault("no source has it: hold let go", RELEASED)
def no_source(c: Customer, staff: Staff) -> None:
    c.order(into_book=False, desk=False)
    c.pay_somehow()


@fault("no source has it: money returned", RELEASED)
def no_source_but_taken(c: Customer, staff: Staff) -> None:
    c.currency = "eur"
    c.order(into_book=False, desk=False)
    c.pay(method="ideal")


@fault("staff find it", DELIVERED)
def staff_find(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    staff.find(c)


@fault("staff find it, taken at once", DELIVERED)
def staff_find_what_is_paid(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    staff.find(c)


@fault("staff end it", RELEASED)
def staff_end(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    staff.end(c)


@fault("staff end it, taken at once", RELEASED)
def staff_end_what_is_paid(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    staff.end(c)


@fault("nobody looks until the hold ends", RELEASED)
def staff_are_away(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay()


@fault("customer withdraws", RELEASED)
def withdrawn(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    c.withdraw()


@fault("customer withdraws, taken at once", RELEASED)
def withdrawn_though_paid(c: Customer, staff: Staff) -> None:
    take_at_once(c)
    c.withdraw()


@fault("customer withdraws while staff find it", DELIVERED, RELEASED)
def withdrawn_or_found(c: Customer, staff: Staff) -> None:
    c.order(into_book=False)
    c.pay_somehow()
    c.wait_for("with_staff")
    together(tried(c.withdraw), tried(lambda: staff.find(c)))


def tried(act: Callable[[], None]) -> Callable[[], None]:
    """One of two comes too late, and the page says so."""

    def play() -> None:
        with suppress(StuckError):
            act()

    return play
