"""Each event in each state of a payment, twice, and in every order of two: what Stripe's books say
counts, whichever event it was that made us look.

The whole table is slow. A few rows, from different parts of it, are in the fast run too.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from orders.invariants import find_violations
from orders.models import Payment
from orders.payments.events import HANDLERS, SUBSCRIBED
from tests.steps.ledger_comparison import differences
from tests.steps.payment_cases import (
    DISPUTE_NEWS,
    KNOWN,
    MONEY_NEWS,
    PART,
    REFUND_NEWS,
    News,
    hear,
    object_of,
    opened,
    reread,
    snapshot,
)
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

TYPES = sorted(SUBSCRIBED)
DISPUTES = {type for type in TYPES if type.startswith("charge.dispute.")}
REFUNDS = {"charge.refunded", "refund.created", "refund.updated", "refund.failed"}
ONE_OF_EACH_HANDLER = sorted({handler: type for type, handler in HANDLERS.items()}.values())
NEWS = MONEY_NEWS | REFUND_NEWS | DISPUTE_NEWS
WARNING = "radar.early_fraud_warning.created"
DOUBTS = {WARNING, "review.opened"}  # only the event tells of it
IN_THE_FAST_RUN = {
    "captured", "expired",
    "the money is captured at once", "the bank refuses",
    "the authorization expires when the code is found",
    "a part is refunded", "a refund fails weeks later", "the bank disputes",
}  # fmt: skip


def rows(names: Iterable[str]) -> list[Any]:
    return [
        pytest.param(name, marks=[] if name in IN_THE_FAST_RUN else [pytest.mark.slow])
        for name in names
    ]


@pytest.fixture(autouse=True)
def all_ways_to_pay(settings: Any) -> None:
    settings.PAYMENT_METHODS = ["card", "paypal", "ideal", "sepa_debit"]


@contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """Handling an event only reads from Stripe, so one story serves many tries."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class Seen:
    """What our rows say once we have heard of something."""

    order: str
    payment: str
    is_on_hold: bool
    rows: list[str]

    @property
    def statuses(self) -> tuple[str, str]:
        return self.order, self.payment


def see(payment: Payment) -> Seen:
    now = reread(payment)
    return Seen(now.order.status, now.status, now.order.is_on_hold, snapshot())


def once_and_again(stripe: Stripe, payment: Payment, type: str) -> tuple[Seen, Seen]:
    """Once; then the same delivery and task again, and another event that says the same."""
    with forgotten_afterwards():
        hear(stripe, payment, type, "1")
        once = see(payment)
        hear(stripe, payment, type, "1")
        hear(stripe, payment, type, "2")
        return once, see(payment)


def wrong(cases: dict[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    return {name: case for name, case in cases.items() if case[0] != case[1]}


# ------------------------------------------------------------------ nothing new
@pytest.mark.parametrize("status", rows(KNOWN))
def test_an_event_about_what_we_know_changes_nothing(stripe: Stripe, status: str) -> None:
    payment = KNOWN[status](stripe)
    assert payment.status == status
    before = see(payment)
    cases = {
        type: (once_and_again(stripe, payment, type), (before, before))
        for type in TYPES
        if type not in DISPUTES | DOUBTS
    }
    assert wrong(cases) == {}


@pytest.mark.parametrize("status", rows(KNOWN))
def test_a_review_moves_no_money_and_holds_once(stripe: Stripe, status: str) -> None:
    payment = KNOWN[status](stripe)
    once, again = once_and_again(stripe, payment, "review.opened")
    assert once.statuses == (payment.order.status, status)
    assert once.is_on_hold is (status == "held")  # in these stories the others have no code to come
    assert once == again


@pytest.mark.parametrize("status", rows(KNOWN))
def test_a_fraud_warning_moves_no_money_and_is_heeded_once(stripe: Stripe, status: str) -> None:
    payment = KNOWN[status](stripe)
    once, again = once_and_again(stripe, payment, WARNING)
    assert once.statuses == (payment.order.status, status)
    code_is_out = payment.order.status in ("delivered", "refunded")
    assert once.is_on_hold is not code_is_out
    assert once == again


# ------------------------------------------------------------------ news
def check_news(stripe: Stripe, news: News, heard_of_by: set[str]) -> None:
    """Events about it lead to what Stripe has; others change nothing yet."""
    payment = news.knew(stripe)
    before = see(payment)
    news.happens(stripe, payment)
    statuses, holds, twice = {}, {}, {}
    for type in TYPES:
        if type in DISPUTES and not stripe.world.store.all("dispute"):
            continue
        once, again = once_and_again(stripe, payment, type)
        statuses[type] = once.statuses, news.leads_to if type in heard_of_by else before.statuses
        if type not in DOUBTS:
            is_on_hold = news.is_on_hold if type in heard_of_by else before.is_on_hold
            holds[type] = once.is_on_hold, is_on_hold
        twice[type] = again, once
    assert wrong(statuses) == {}
    assert wrong(holds) == {}
    assert wrong(twice) == {}


@pytest.mark.parametrize("what", rows(MONEY_NEWS))
def test_any_event_tells_what_became_of_the_money(stripe: Stripe, what: str) -> None:
    check_news(stripe, MONEY_NEWS[what], set(TYPES))


@pytest.mark.parametrize("what", rows(REFUND_NEWS))
def test_any_event_about_refunds_tells_of_all_of_them(stripe: Stripe, what: str) -> None:
    check_news(stripe, REFUND_NEWS[what], REFUNDS)


@pytest.mark.parametrize("what", rows(DISPUTE_NEWS))
def test_any_event_about_a_dispute_tells_how_it_stands(stripe: Stripe, what: str) -> None:
    check_news(stripe, DISPUTE_NEWS[what], DISPUTES)


# ------------------------------------------------------------------ every order of two
@pytest.mark.parametrize(
    ("returned", "leads_to", "types"),
    [
        pytest.param(
            None,
            ("released", "refunded"),
            # no review holds an order that has ended; so for once it matters what came first
            [type for type in TYPES if type != "review.opened"],
            marks=pytest.mark.slow,
            id="all refunded",
        ),
        pytest.param(PART, ("placed", "part_refunded"), ONE_OF_EACH_HANDLER, id="a part refunded"),
    ],
)
def test_in_every_order_of_two_events_the_books_count(
    stripe: Stripe, returned: int | None, leads_to: tuple[str, str], types: list[str]
) -> None:
    """No event came since the page was opened: the payment was captured, refunded, disputed
    and doubted. We know what the two events make us read."""
    payment = opened(stripe)
    stripe.pay(str(payment.session_id), method="ideal")
    stripe.refund(str(payment.session_id), returned)
    stripe.dispute(str(payment.session_id))
    stripe.fraud_warning(str(payment.session_id))
    statuses, holds, orders = {}, {}, {}
    first_seen: dict[frozenset[str], Seen] = {}
    for first in types:
        with forgotten_afterwards():
            hear(stripe, payment, first)
            for second in types:
                pair, name = frozenset((first, second)), f"{first}, {second}"
                with forgotten_afterwards():
                    hear(stripe, payment, second)
                    seen = see(payment)
                wanted = leads_to if REFUNDS & pair else ("placed", "captured")
                statuses[name] = seen.statuses, wanted
                holds[name] = seen.is_on_hold, bool((DISPUTES | DOUBTS) & pair)
                orders[name] = seen, first_seen.setdefault(pair, seen)
    assert wrong(statuses) == {}
    assert wrong(holds) == {}
    assert wrong(orders) == {}


# ------------------------------------------------------------------ and then the work is done
@pytest.mark.parametrize("what", rows(NEWS))
def test_told_of_everything_in_any_order_the_work_leads_to_what_is_right(
    stripe: Stripe, what: str
) -> None:
    payment = NEWS[what].knew(stripe)
    NEWS[what].happens(stripe, payment)
    shuffled = Random(what)  # noqa: S311
    for number in "12":
        for type in shuffled.sample(TYPES, len(TYPES)):
            if type not in DOUBTS and object_of(stripe, payment, type):
                hear(stripe, payment, type, number)
    for _ in range(3):
        work_until_quiet()
        let_time_pass()
    assert differences(stripe) == []
    assert list(find_violations(timedelta(0))) == []
