"""A shop in a storm: customers order, while one machine after the other fails; then it is calm."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.db import connection

from orders.models import Email, EmailStatus, Mail, Order, Status, StripeEvent
from sandbox.inbox import Inbox
from sandbox.stripe import StripeStandIn
from sandbox.supplier import SupplierStandIn
from tests.chaos.browser import Town
from tests.chaos.buying import Purchase, draw
from tests.chaos.crew import Crew
from tests.chaos.outages import OUTAGES, Outage, Site, both
from tests.chaos.radios import KINDS, fill_the_shelves
from tests.chaos.staff import Staff
from tests.chaos.weather import Course, let_it_rage
from tests.servers import Servers
from tests.steps.processes import SHORT_TIMES, Shop


@dataclass(frozen=True)
class Pace:
    """How long an outage lasts, the pause after it, how many orders come for each of them. The
    supplier is waited for not as long as its `silence`. Without `times` the shop has those of
    production."""

    lasts: float = 6.0
    pause: float = 2.0
    orders_each: int = 50
    silence: float = 12.0
    times: dict[str, str] = field(default_factory=dict)
    workers: int = 2
    is_short: bool = False


QUICK = Pace(
    lasts=0.8, pause=0.1, orders_each=2, silence=1.2, workers=1, is_short=True,
    times=SHORT_TIMES | {
        "SWEEP_EVERY": "2", "BACKOFF_MOST": "2", "PAYMENT_SYNC_EVERY": "2",
        "SUPPLIER_READ_LASTS": "1", "SUPPLIER_LASTS": "2", "CIRCUIT_LASTS": "2",
    },
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    orders: int
    seed: str
    pace: Pace = Pace()
    customers: int = 12
    calm: float = 300  # seconds, after which nothing may be left to do


@dataclass
class Storm:
    """What is left when it is over. `calm_after`: how long it took until nothing was left to do."""

    purchases: list[Purchase]
    outages: list[Outage]
    town: Town
    stripe: StripeStandIn
    supplier: SupplierStandIn
    inbox: Inbox
    crew: Crew
    calm_after: float = 0.0


@contextmanager
def storm(folder: Path, servers: Servers, options: Options) -> Iterator[Storm]:
    """The shop stays open, and calm, as long as the block lasts."""
    make_commits_last()
    chance, pace = random.Random(options.seed), options.pace
    with ExitStack() as stack:
        inbox = stack.enter_context(Inbox())
        supplier = stack.enter_context(SupplierStandIn())
        stripe = StripeStandIn(api_key="sk_test_tests", webhook_secret="whsec_tests").start()
        stack.callback(stripe.stop)
        shop = Shop(folder, stripe, inbox)
        stack.callback(shop.stop)
        for name in SHORT_TIMES:
            del shop.environment[name]
        shop.environment |= settings_of(supplier) | pace.times
        kinds = chance.choices(KINDS, [kind.share for kind in KINDS], k=options.orders)
        fill_the_shelves(kinds)
        crew = stack.enter_context(Crew(shop, pace.workers))
        town = Town(shop.url, stripe, options.calm, tries_again=True)
        purchases = [draw(town, options.seed, *each) for each in enumerate(kinds)]
        outages = draw_outages(chance, options)
        site = Site(servers, shop, crew, supplier, inbox, chance, pace.lasts, pace.silence)
        course = Course(purchases, outages, site, hire(town), options.customers, pace.pause)
        let_it_rage(course)
        calm_after = wait_for_calm(town)
        yield Storm(purchases, outages, town, stripe, supplier, inbox, crew, calm_after)


def settings_of(supplier: SupplierStandIn) -> dict[str, str]:
    return {
        "TRUSTED_PROXIES": "1",  # each customer comes from an address of their own
        "VELOCITY_SERIALS": "100000",  # but all pay with the same cards
        "PAYMENT_METHODS": "card,link,paypal,klarna",
        "PELOCK_API_KEY": supplier.api_key,
        "PELOCK_API_URL": supplier.url,
        "LOG_LEVEL": "WARNING",
    }


def hire(town: Town) -> Staff:
    """A user who may do everything, with a password that is quickly checked."""
    password = PBKDF2PasswordHasher().encode("secret", "salt", iterations=1000)
    User.objects.create(username="vera", password=password, is_staff=True, is_superuser=True)
    return Staff(town, "vera", "secret")


def draw_outages(chance: random.Random, options: Options) -> list[Outage]:
    """Each once, in any order; then two at once, as often as there are orders to meet them."""
    deck = [each for each in OUTAGES if not (options.pace.is_short and each.is_spared)]
    drawn = chance.sample(deck, len(deck))
    while len(drawn) < options.orders // options.pace.orders_each:
        one, other = chance.sample(deck, 2)
        if one.part != other.part:
            drawn.append(both(one, other))
    return drawn


def wait_for_calm(town: Town) -> float:
    """Seconds until nothing is left to do, or until that has lasted too long."""
    began = time.monotonic()
    town.stripe.settle(town.patience)
    while town.insist(left_to_do) and time.monotonic() - began < town.patience:
        time.sleep(0.5)
    return time.monotonic() - began


def left_to_do() -> list[str]:
    """What is still awaited, by order number or Stripe's id."""
    at_rest = [Status.DELIVERED, Status.RELEASED, Status.WITH_STAFF]
    orders = Order.objects.exclude(status__in=at_rest).values_list("number", flat=True)
    mails = Email.objects.filter(status=EmailStatus.QUEUED).exclude(mail=Mail.DESK_ALERT)
    events = StripeEvent.objects.filter(due_at__isnull=False).values_list("stripe_id", flat=True)
    numbers = mails.values_list("order__number", flat=True)
    return [*orders, *(number or "a mail" for number in numbers), *events]


def make_commits_last() -> None:
    """The tests' PostgreSQL may forget the last commits in a crash, which no real one does."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET synchronous_commit = on")
        cursor.execute("SELECT pg_reload_conf()")
