"""What a customer does in a storm: orders, pays, looks at the order's page, and goes away."""

import random
import re
from dataclasses import dataclass

from django.db import connection

from tests.chaos.browser import Browser, StuckError, Town
from tests.chaos.customer import Customer
from tests.chaos.radios import Kind, code_of
from tests.chaos.staff import Staff

CODE = re.compile(r'id="code".*?class="code-text">([^<]*)<', re.DOTALL)


@dataclass
class Purchase:
    """`outage` is what was wrong with the machines when its customer came."""

    kind: Kind
    customer: Customer
    outage: str = ""
    trouble: str = ""

    def look(self) -> str:
        """At the order's page, from anew; the code that it shows, or nothing."""
        c = self.customer
        browser = Browser(c.town, c.address)
        try:
            answer = browser.get(c.page)
        finally:
            browser.client.close()
        if answer.status_code != 200:
            raise StuckError(f"the order's page answers {answer.status_code}")
        shown = CODE.search(answer.text)
        return shown[1] if shown else ""


def draw(town: Town, seed: str, place: int, kind: Kind) -> Purchase:
    customer = Customer(town, place, random.Random(f"{seed}-{place}"))
    customer.code = code_of(kind, place)
    return Purchase(kind, customer)


def buy(purchase: Purchase) -> None:
    c = purchase.customer
    try:
        c.send_form(purchase.kind.serial(c.place))
        c.pay_somehow()
        if c.comes_back:
            c.browser.get(c.page)
    except Exception as error:  # the others go on; the end of the run reports it
        purchase.trouble = f"{type(error).__name__}: {error}"
    finally:
        c.browser.client.close()
        connection.close()  # each thread has its own


def find(purchase: Purchase, staff: Staff) -> None:
    """Staff at the desk, as soon as the order is there."""
    try:
        purchase.customer.wait_for("with_staff")
        staff.find(purchase.customer)
    except Exception as error:
        purchase.trouble = f"at the desk: {type(error).__name__}: {error}"
    finally:
        connection.close()
