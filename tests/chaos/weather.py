"""One machine after the other fails, and customers come all the while."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from orders.models import Order, Status
from tests.chaos.buying import Purchase, buy, find
from tests.chaos.outages import Outage, Site
from tests.chaos.staff import Staff
from tests.steps.processes import wait_until

PEOPLE_AT_THE_DESK = 3
# Orders that workers are busy with; while there are more, no new customer comes. Faults are tried,
# not load: a customer at the end of a long queue would tell of the queue alone.
QUEUE = 25
UNDER_WAY = (Status.PLACED, Status.FOUND, Status.READY, Status.ENDING)
TOO_MUCH_TROUBLE = 20  # customers: then the shop itself must be broken, and the run stops


@dataclass
class Course:
    """`customers` at a time order and pay; after each outage there is a `pause`."""

    purchases: list[Purchase]
    outages: list[Outage]
    site: Site
    staff: Staff
    customers: int
    pause: float
    now: str = ""
    let_in: int = 0
    served: int = 0
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def open_for(self, count: int) -> None:
        self.let_in += count
        if count:
            self.gate.release(count)

    @property
    def is_broken(self) -> bool:
        return sum(bool(each.trouble) for each in self.purchases) > TOO_MUCH_TROUBLE


def let_it_rage(course: Course) -> None:
    with (
        ThreadPoolExecutor(PEOPLE_AT_THE_DESK) as desk,
        ThreadPoolExecutor(course.customers) as street,
    ):
        for purchase in course.purchases:
            street.submit(come, course, purchase, desk)
        try:
            for place, outage in enumerate(course.outages, 1):
                until = len(course.purchases) * place // len(course.outages)
                pass_over(course, outage, until - course.let_in)
        finally:  # all go through the form
            course.open_for(len(course.purchases) - course.let_in)


def come(course: Course, purchase: Purchase, desk: ThreadPoolExecutor) -> None:
    course.gate.acquire()
    purchase.outage = course.now
    if not course.is_broken:
        buy(purchase)
    if purchase.kind.staff_find and not purchase.trouble:
        desk.submit(find, purchase, course.staff)
    course.served += 1


def pass_over(course: Course, outage: Outage, orders: int) -> None:
    """Half of its customers are on their way when it begins, half come in the middle of it."""
    print(f"{course.let_in:>6} orders, {outage.name}", flush=True)
    course.now = outage.row or outage.name
    course.open_for(orders - orders // 2)
    with outage.happens(course.site):
        course.site.wait(1 / 2)
        course.open_for(orders // 2)
        course.site.wait(1 / 2)
    time.sleep(course.pause)
    town = course.staff.browser.town
    wait_until(
        lambda: course.let_in - course.served <= course.customers and town.insist(is_queue_short),
        seconds=town.patience, what="customers get through",
    )  # fmt: skip


def is_queue_short() -> bool:
    return Order.objects.filter(status__in=UNDER_WAY).count() <= QUEUE
