"""A chaos run: a shop of real processes with short times, a crowd, and the accounts."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User

from orders.leases import publish
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from tests.chaos.accounts import Account, count_up
from tests.chaos.browser import Town, together
from tests.chaos.crowd import Lot, draw, is_calm, live, what_is_left
from tests.chaos.radios import PRICES
from tests.chaos.staff import Staff
from tests.steps.factories import make_fallback_radio, make_radio
from tests.steps.processes import Shop, wait_until

WEEK = 7 * 24 * 3600
TOO_MUCH_TROUBLE = 20  # customers
HOUR = 15  # seconds, as far as beat's hourly comparison of the books is concerned


@dataclass(frozen=True)
class Options:
    """`staff_are_away` is how many seconds an authorization lasts, not a week."""

    orders: int
    seed: str
    customers: int = 12
    only: str = ""  # words of the faults that are drawn; all
    workers: int = 2
    staff_are_away: int = 40
    patience: float = 300


def run(folder: Path, options: Options) -> Account:
    with ExitStack() as stack:
        inbox = stack.enter_context(Inbox())
        stripe = StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests").start()
        stack.callback(stripe.stop)
        shop = Shop(folder, stripe, inbox)
        stack.callback(shop.stop)
        open_shop(shop, options)
        lots = let_them_come(shop, stripe, options)
        return count_up(lots, stripe, inbox)


def short_times(options: Options) -> dict[str, str]:
    """What takes hours or days in the shop takes seconds here."""
    return {
        "TRUSTED_PROXIES": "1",  # each customer comes from an address of their own
        "VELOCITY_SERIALS": "100000",  # but all pay with the same cards
        "PAYMENT_METHODS": "card,link,paypal,klarna,ideal,bancontact,sepa_debit",
        "SWEEP_EVERY": "3",
        "PAYMENT_SYNC_EVERY": "2",
        "CLAIM_LASTS": "10",
        "BACKOFF_MOST": "2",
        "DELAYED_SYNC_EVERY": "2",
        "PAYMENT_DUE_LASTS": str(options.staff_are_away // 2),
        "HOLD_LASTS": str(WEEK),
        "HOLD_MARGIN": str(WEEK - options.staff_are_away),
        "LOG_LEVEL": "WARNING",
    }


def open_shop(shop: Shop, options: Options) -> None:
    """One web process, two workers, and beat; the stand-in sends what the shop subscribed to."""
    make_radio(prices=PRICES)
    make_radio(key="book", name="Nissan radio with a serial starting BX", pattern=r"^BX\d{12}$",
               prefix="BX", sources=["code_book"], prices=PRICES)  # fmt: skip
    make_fallback_radio(prices=PRICES)
    # by a way that the shop knows: tests have one of their own, which is quick
    password = PBKDF2PasswordHasher().encode("secret", "salt", iterations=1000)
    User.objects.create(username="vera", password=password, is_staff=True, is_superuser=True)
    shop.environment |= short_times(options)
    setup = shop.start("setup", "django", "stripe_setup")
    together(
        setup.wait,
        shop.start_web,
        shop.start_beat,
        *[partial(shop.start_worker, f"worker-{number}") for number in range(options.workers)],
    )


def let_them_come(shop: Shop, stripe: StripeStandIn, options: Options) -> list[Lot]:
    """All customers live through what they drew; then time passes until nothing is left to do."""
    town = Town(shop.url, stripe, options.patience)
    staff = Staff(town, "vera", "secret")
    lots = draw(town, options.orders, options.seed, options.only)
    with every(HOUR, lambda: publish("orders.tasks.reconcile", 1)):
        with ThreadPoolExecutor(options.customers) as customers:
            for place, _lot in enumerate(customers.map(one_of(lots, staff), lots)):
                if place == len(lots) // 3:
                    kill_a_worker(shop)
                elif place == len(lots) * 2 // 3:
                    redis.Redis.from_url(settings.REDIS_URL).flushdb()
        stripe.advance_clock(hours=1)  # unpaid pages end
        stripe.settle(options.patience)
    shop.start("reconcile", "django", "reconcile", "--days", "1").wait(options.patience)
    try:
        wait_until(is_calm, seconds=options.patience, what="nothing is left to do")
    except AssertionError as error:
        troubles = [f"{each.fault.name}: {each.trouble}" for each in lots if each.trouble]
        raise AssertionError("\n".join([str(error), *what_is_left(), *troubles])) from error
    return lots


def one_of(lots: list[Lot], staff: Staff) -> Callable[[Lot], None]:
    """Stop where so many are in trouble that the shop itself must be broken."""

    def go(lot: Lot) -> None:
        if sum(bool(each.trouble) for each in lots) < TOO_MUCH_TROUBLE:
            live(lot, staff)

    return go


def kill_a_worker(shop: Shop) -> None:
    """In the middle of its work. Another takes its place."""
    next(process for process in shop.processes if process.name == "worker-0").kill()
    shop.start_worker("another")


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """In the background, as long as the block lasts."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
