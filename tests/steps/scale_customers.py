"""Customers who keep coming: each reads a guide, orders, pays, and wants one code in one mail."""

import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count

from django.db import connection

from sandbox.inbox import Inbox
from tests.chaos.browser import Town
from tests.chaos.customer import Customer
from tests.steps.processes import wait_until

FILE = re.compile(r'"(/static/[^"]+)"')
AT_ONCE = 3


class Flow:
    """`customers` have their codes; `troubles` says what went wrong for others."""

    def __init__(self, town: Town, *, stocked: bool = False) -> None:
        """`stocked`: the code book has their codes already."""
        self.town, self.stocked = town, stocked
        self.customers: list[Customer] = []
        self.troubles: list[str] = []
        self.files: set[str] = set()  # that pages named, and that were there
        self._places = count(1)
        self._over = threading.Event()

    @contextmanager
    def flowing(self) -> Iterator["Flow"]:
        """Until the block ends, or sooner if `over` says so."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            self._coming = [threads.submit(self._come_and_go) for _customer in range(AT_ONCE)]
            try:
                yield self
            finally:
                self._over.set()

    def over(self) -> None:
        self._over.set()
        wait(self._coming)

    def _come_and_go(self) -> None:
        while not self._over.is_set():
            place = next(self._places)
            customer = Customer(self.town, place, random.Random(place))
            # what is at fault here are machines: neither Stripe's events nor the button's currency
            customer.weather, customer.currency = "normal", "eur"
            try:
                self._read(customer)
                customer.order(into_book=not self.stocked)
                customer.pay_somehow()
                customer.wait_for("delivered")
                self.customers.append(customer)
            except Exception as error:  # the others go on; the test reports it
                self.troubles.append(f"{type(error).__name__}: {error}")
            finally:
                customer.browser.client.close()
                connection.close()  # each thread has its own

    def _read(self, customer: Customer) -> None:
        """A guide, and the files that it names, which another machine may be asked for."""
        page = customer.browser.get("/nissan/micra/")
        assert page.status_code == 200, f"the guide answers {page.status_code}"
        for path in FILE.findall(page.text):
            file = customer.browser.get(path)
            assert file.status_code == 200, f"{path} answers {file.status_code}"
            self.files.add(path)

    def wait_for_more(self, number: int = 2) -> None:
        """Customers who come from now on."""
        wanted = len(self.customers) + number
        wait_until(
            lambda: len(self.customers) >= wanted or self.troubles,
            seconds=150, what=f"{number} more customers have their codes",
        )  # fmt: skip

    def check(self, inbox: Inbox) -> None:
        """Each has their own code, by one mail, and their order went the straight way."""
        for customer in self.customers:
            mails = [mail for mail in inbox.messages if customer.email in mail.recipients]
            # a worker killed while the mail server answers sends it again: the same mail
            assert len({mail.message_id for mail in mails}) == 1, customer.number
            assert customer.code in mails[0].text
            moves = customer.row().history.filter(subject="order").values_list("move", flat=True)
            assert list(moves) == ["place", "find", "ready", "deliver"]
