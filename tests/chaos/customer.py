"""The customers of a chaos run.

They use the pages that everybody uses; what only they know, such as the state of their order, they
look up in the database and in Stripe's books.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from orders.models import CodeBookEntry, Order
from sandbox.stripe import StripeStandIn
from tests.chaos.browser import Browser, StuckError, Town, together
from tests.steps.factories import make_brand

GOOD, DECLINED, THREE_D_SECURE = "4242424242424242", "4000000000000002", "4000002760003184"
CAPTURE_REFUSED = "4000000000006660"
AUTHORIZED_FIRST = ("card", "link", "paypal", "klarna")
CURRENCIES = ("eur", "eur", "gbp", "usd", "sek")
# how Stripe's events about an order travel; half of the orders have good weather
WEATHER = ("normal",) * 5 + ("drop", "double", "delay", "shuffle", "wrong_secret")


@dataclass
class Customer:
    """One customer and their order. What they do by chance is drawn from the run's seed."""

    town: Town
    place: int
    chance: random.Random
    number: str = ""
    session: str = ""
    last_act: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        draw = self.chance
        self.email = f"customer{self.place}@example.com"
        self.code = f"{draw.randrange(10_000):04}"
        self.comes_back = draw.random() < 0.7
        self.weather = draw.choice(WEATHER)
        self.currency = draw.choice(CURRENCIES)
        self.address = f"10.1.{self.place // 250}.{self.place % 250 + 1}"
        self.browser = Browser(self.town, self.address)
        self.stripe = self.town.stripe

    # ------------------------------------------------------------------ ordering
    @property
    def serial(self) -> str:
        return f"BP{self.place:012}"

    def order(self, *, into_book: bool = True, desk: bool = True, twice: bool = False) -> None:
        """`into_book`: puts the code there first; `desk`: staff look for what no book has."""
        serial = self.serial if desk else self.serial.replace("BP", "BX")
        if into_book:
            CodeBookEntry.make(make_brand(), serial, self.code, origin="chaos").save()
        self.send_form(serial, twice=twice)

    def send_form(self, serial: str, *, twice: bool = False) -> None:
        page = self.browser.get("/order/nissan/").text
        answers = {
            "shows": "code", "serial": serial, "email": self.email, "currency": self.currency,
            "is_owner": "on", "consent": "on",
        }  # fmt: skip
        sent: list[httpx.Response] = []
        together(*[lambda: sent.append(self._send_form(page, answers))] * (2 if twice else 1))
        for answer in sent:
            if answer.status_code != 303:
                raise StuckError(f"the form answered {answer.status_code}")
            self._follow(answer)
        if not self.session:
            self.press_pay()
        self.acted()

    def _send_form(self, page: str, answers: dict[str, str]) -> httpx.Response:
        answer = self.browser.send("/order/nissan/", page, **answers)
        if answer.status_code == 422:  # the button spoke of another currency; now it is right
            answer = self.browser.send("/order/nissan/", answer.text, **answers)
        return answer

    def _follow(self, answer: httpx.Response) -> None:
        """To Stripe's page, or to the order's own where Stripe could not be reached."""
        location = answer.headers["Location"]
        if location.startswith(self.stripe.url):
            self.session = location.rsplit("/", 1)[1]
            cancel = self.books("checkout.session", self.session)["cancel_url"]
            location = self.browser.get(cancel).headers["Location"]
        self.page = self.town.shop + location.removeprefix(self.town.shop)
        self.number = self.page.split("/")[4]
        if self.weather != "normal":
            seconds = self.chance.uniform(0.5, 3)
            self.stripe.webhooks(self.weather, seconds=seconds, about=self.number)

    def press_pay(self, *, tabs: int = 1) -> None:
        """On the order's page, until a page of Stripe's opens that can be paid."""
        old = self.session

        def press() -> None:
            answer = self.browser.send(self.page + "pay/", self.browser.get(self.page).text)
            if answer.is_redirect:
                self._follow(answer)

        def opens() -> bool:
            together(*[press] * tabs)
            return bool(self.session) and self.session != old

        self.wait_until(opens, "a payment page opens", every=0.3)

    # ------------------------------------------------------------------ paying
    def pay(self, card: str = GOOD, method: str = "card", *, agrees: bool = True) -> bool:
        """On Stripe's page, and at the bank's where it asks. Returns whether it was taken."""
        address = f"{self.stripe.url}/c/pay/{self.session}"
        typed = {
            "method": method, "number": card, "expiry": "12 / 34", "cvc": "123", "country": "DE",
            "email": self.email, "name": "A. Customer",
        }  # fmt: skip
        answer = self.browser.client.post(address, data=typed)
        if answer.is_redirect and answer.headers["Location"].endswith("/authenticate"):
            said = {"answer": "complete" if agrees else "fail"}
            answer = self.browser.client.post(f"{address}/authenticate", data=said)
        self.acted()
        if answer.is_redirect and self.comes_back:
            self.browser.get(answer.headers["Location"])
        return answer.is_redirect

    def pay_somehow(self) -> None:
        """In a way that can be held."""
        offered = self.books("checkout.session", self.session)["payment_method_types"]
        method = self.chance.choice([way for way in AUTHORIZED_FIRST if way in offered])
        if not self.pay(method=method):
            raise StuckError(f"{method} was not taken")

    def pay_again(self, card: str = GOOD) -> None:
        self.wait_for("payment_due")
        self.press_pay()
        self.pay(card)

    def withdraw(self) -> None:
        address = self.page + "withdraw/"
        answer = self.browser.send(address, self.browser.get(address).text)
        if answer.status_code != 303:
            raise StuckError(f"the withdrawal answered {answer.status_code}")
        self.acted()

    # ------------------------------------------------------------------ what they look up
    def books(self, kind: str, id: str) -> dict[str, Any]:
        with self.stripe.world.lock:
            return dict(self.stripe.world.need(kind, id))

    @property
    def payment(self) -> str:
        """Our uuid of the payment, which is in Stripe's metadata and in every key."""
        return str(self.books("checkout.session", self.session)["metadata"]["payment"])

    def row(self) -> Order:
        return self.town.insist(lambda: Order.objects.get(number=self.number))

    def status(self) -> str:
        """This column alone: in a rolling update the table may lack others that the model has."""
        rows = Order.objects.filter(number=self.number).values_list("status", flat=True)
        return self.town.insist(rows.get)

    @property
    def bank(self) -> StripeStandIn:
        """A bank at Stripe, or the shop's owner in the Dashboard."""
        self.acted()
        return self.stripe

    def acted(self) -> None:
        self.last_act = time.time()

    def wait_for(self, *statuses: str) -> None:
        self.wait_until(lambda: self.status() in statuses, f"the order is {statuses[0]}")

    def wait_until(self, happens: Callable[[], object], what: str, every: float = 0.4) -> None:
        end = time.monotonic() + self.town.patience
        while not self.town.insist(happens):
            if time.monotonic() > end:
                raise StuckError(f"not within {self.town.patience:.0f} s: {what}")
            time.sleep(every)
