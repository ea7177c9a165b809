"""Invariants: what must be true of every order, as far as the database can tell.

They are checked nightly, by hand (`manage.py check_invariants`), and by tests when all work is
done. Work under way is no violation: only what has been so for a while counts.

Each check reads a range of orders, so that no statement takes long. It asks about other rows in
subqueries of each order, and never counts through a whole table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.desk.deadlines import WAITING
from orders.desk.reminders import late_attention
from orders.lib.batches import ranges
from orders.models import (
    AUTOMATIC_REASONS,
    CODE_IS_OUT,
    DISPUTE_LOST,
    EVER_CAPTURED,
    KEEPING_MONEY,
    LIVE_REFUNDS,
    Alert,
    Code,
    Email,
    History,
    LastRun,
    Mail,
    Order,
    Payment,
    PaymentStatus,
    Problem,
    Refund,
    RefundStatus,
    Status,
    needs_staff,
    on_its_own,
    raise_alert,
)

A_WHILE = timedelta(hours=1)
WINDOW = 100_000  # orders; a second for each question, where a million would take ten
AUTOMATIC_CODES = Code.objects.filter(is_current=True, by=None)
Orders = QuerySet[Order]


Query = Callable[[datetime], Orders]


@dataclass(frozen=True)
class Check:
    """One question about all orders: which of them break a rule?

    Alerts are stored under `key`, or else the message: a check that is reworded keeps its key.
    """

    rule: str
    message: str
    query: Query
    key: str = ""
    # asked of each order that the database finds, where its columns alone do not decide
    confirm: Callable[[Order], bool] | None = None

    def violations(self, before: datetime, part: Q) -> Iterator[Order]:
        for order in self.query(before).filter(part):
            if self.confirm is None or self.confirm(order):
                yield order


@dataclass(frozen=True)
class Violation:
    """An order that breaks a rule."""

    check: Check
    order: Order

    @property
    def rule(self) -> str:
        return self.check.rule

    @property
    def alert_key(self) -> str:
        return f"{self.rule}:{self.order.pk}:{self.check.key or self.check.message}"

    def __str__(self) -> str:
        return f"{self.order.number}, {self.rule}: {self.check.message}"


CHECKS: list[Check] = []


def check(
    rule: str, message: str, *, key: str = "", confirm: Callable[[Order], bool] | None = None
) -> Callable[[Query], Query]:
    """Add the query to the checks."""

    def add(query: Query) -> Query:
        CHECKS.append(Check(rule, message, query, key, confirm))
        return query

    return add


def find_violations(settled_for: timedelta = A_WHILE, window: int = WINDOW) -> Iterator[Violation]:
    """Yield all violations. Tests ask with a `settled_for` of nothing once all work is done."""
    for each in CHECKS:
        yield from violations_of(each, settled_for, window)


def violations_of(
    each: Check, settled_for: timedelta = A_WHILE, window: int = WINDOW
) -> Iterator[Violation]:
    before = timezone.now() - settled_for
    for part in ranges(Order, window):
        for order in each.violations(before, part):
            yield Violation(each, order)


def report_violations() -> int:
    """Raise an alert for each violation. Returns how many there are."""
    count = done = 0
    for each in CHECKS:
        with on_its_own(each.query.__name__):
            for found in violations_of(each):
                raise_alert(Alert.Kind.DIFFERENCE, found.alert_key, str(found), found.order)
                count += 1
            done += 1
    if done == len(CHECKS):
        LastRun.note(LastRun.CHECK_INVARIANTS)
    return count


# ------------------------------------------------------------------ parts of the queries
def with_payment(*conditions: Q, **values: object) -> Exists:
    """The order has such a payment, and it counts."""
    counting = Payment.objects.filter(order=OuterRef("pk"), is_superseded=False)
    return Exists(counting.filter(*conditions, **values))


def any_payment(*conditions: Q, **values: object) -> Exists:
    return Exists(Payment.objects.filter(*conditions, order=OuterRef("pk"), **values))


# ------------------------------------------------------------------ I1: none waits without a clock
@check("I1", "Paid, but the order was never placed.")
def paid_but_not_placed(before: datetime) -> Orders:
    secured = with_payment(
        Q(held_at__lte=before) | Q(captured_at__lte=before),
        status__in=[PaymentStatus.AUTHORIZED, *KEEPING_MONEY],
    )
    return Order.objects.filter(secured, status__in=[Status.PENDING, Status.EXPIRED])


@check("I1", "Placed, but nothing is due for it.")
def stuck_search(before: datetime) -> Orders:
    return Order.objects.filter(status=Status.PLACED, due_at=None, placed_at__lte=before)


@check("I1", "Its deadline has passed, and the order has not ended.")
def missed_deadline(before: datetime) -> Orders:
    late = Order.objects.filter(
        status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE], deadline_at__lte=before
    )
    at_work = Q(claimed_until__gt=before)
    paying = any_payment(status__in=[PaymentStatus.OPEN, PaymentStatus.PROCESSING])
    return late.exclude(at_work).exclude(paying)


@check("I1", "Its code does not work, the deadline has passed, and staff were not alerted.")
def missed_problem(before: datetime) -> Orders:
    late = Order.objects.filter(status=Status.PROBLEM, deadline_at__lte=before)
    return late.exclude(Exists(late_attention()))


@check("I1", "Its code does not work, but no report of that is open.")
def problem_without_report(before: datetime) -> Orders:
    open_ = Problem.objects.filter(order=OuterRef("pk"), closed_at=None, reported_at__isnull=False)
    return Order.objects.filter(~Exists(open_), status=Status.PROBLEM)


@check("I1", "Its code was found, but nothing is due for its payment.")
def uncharged_code(before: datetime) -> Orders:
    charging = any_payment(due_at__isnull=False)
    return Order.objects.filter(~charging, status=Status.FOUND, found_at__lte=before)


@check(
    "I1",
    "It is ending, but no work is due that would end it, and staff were not alerted.",
    key="It is ending, but nothing is due that would end it, and no person was told.",
)
def stuck_ending(before: datetime) -> Orders:
    undone = any_payment(due_at__isnull=False)
    returning = Refund.objects.filter(payment__order=OuterRef("pk"), due_at__isnull=False)
    ended = History.objects.filter(
        order=OuterRef("pk"), status=Status.ENDING, subject="order", at__gt=before
    )
    stuck = Order.objects.filter(~undone, ~Exists(returning), ~Exists(ended), status=Status.ENDING)
    return stuck.exclude(needs_staff())


@check(
    "I1",
    "The authorization of its payment ended without a decision.",
    key="The hold of its money has run out without a decision.",
)
def expired_authorization(before: datetime) -> Orders:
    return Order.objects.filter(
        any_payment(status=PaymentStatus.AUTHORIZED, hold_ends_at__lte=before)
    )


@check(
    "I1",
    "It has been on hold for days, and the customer's money is captured.",
    key="It has been on hold for days, with the customer's money taken.",
)
def stale_hold(before: datetime) -> Orders:
    return Order.objects.filter(
        with_payment(status__in=KEEPING_MONEY),
        status__in=WAITING,
        on_hold_at__lte=before - settings.HOLD_LASTS,
    )


# ------------------------------------------------------------------ I2: a code or the money
@check(
    "I2",
    "Its code is out, and the shop refunded the money automatically.",
    key="Its code is out, and the shop returned the money by itself.",
)
def code_and_refund(before: datetime) -> Orders:
    refunded = Refund.objects.filter(
        payment__order=OuterRef("pk"),
        payment__is_superseded=False,
        reason__in=AUTOMATIC_REASONS,
        status__in=[*LIVE_REFUNDS, RefundStatus.SUCCEEDED],
    )
    return Order.objects.filter(Exists(refunded), status__in=CODE_IS_OUT)


@check(
    "I2",
    "Its code is out, but no money was captured.",
    key="Its code is out, but no money was taken.",
)
def code_without_money(before: datetime) -> Orders:
    return Order.objects.filter(~with_payment(amount_captured__gt=0), status__in=CODE_IS_OUT)


@check(
    "I2",
    "It ended without a code, and money is authorized or kept.",
    key="It ended without a code, and something is held or kept.",
)
def released_and_kept(before: datetime) -> Orders:
    disputed = Q(disputes__status=DISPUTE_LOST)
    kept = Q(amount_captured__gt=F("amount_refunded")) & ~disputed
    unsettled = Q(status__in=[PaymentStatus.AUTHORIZED, PaymentStatus.PROCESSING])
    return Order.objects.filter(any_payment(kept | unsettled), status=Status.RELEASED)


# ------------------------------------------------------------------ I3: no more than was shown
@check("I3", "A payment is of another amount or currency than the customer was shown.")
def amount_mismatch(before: datetime) -> Orders:
    other = ~Q(amount=OuterRef("price")) | ~Q(currency=OuterRef("currency"))
    more = Q(amount_captured__gt=F("amount"))
    return Order.objects.filter(any_payment(other | more))


@check(
    "I3",
    "Two payments of it were captured, and both count.",
    key="Two payments of it were taken, and both count.",
)
def captured_twice(before: datetime) -> Orders:
    captured = Q(payments__status__in=KEEPING_MONEY, payments__is_superseded=False)
    return Order.objects.annotate(captured=Count("payments", captured)).filter(captured__gt=1)


@check(
    "I3",
    "Its refunds do not add up to what its payment says was refunded.",
    key="Its refunds do not add up to what its payment says was returned.",
)
def refund_sum_mismatch(before: datetime) -> Orders:
    arrived = Sum("refunds__amount", filter=Q(refunds__status=RefundStatus.SUCCEEDED))
    wrong = (
        Payment.objects.filter(order=OuterRef("pk"), status__in=EVER_CAPTURED)
        .annotate(arrived=Coalesce(arrived, 0))
        .filter(Q(arrived__lt=F("amount_refunded")) | Q(arrived__gt=F("amount_captured")))
    )
    return Order.objects.filter(Exists(wrong))


# ------------------------------------------------------------------ I4: one code
@check("I4", "It must have one current code, and has not.")
def missing_code(before: datetime) -> Orders:
    has_one = Exists(Code.objects.filter(order=OuterRef("pk"), is_current=True))
    must = [Status.FOUND, Status.PAYMENT_DUE, *CODE_IS_OUT]
    # an anonymised order has no code any more
    return Order.objects.filter(~has_one, status__in=must, anonymised_at=None)


def has_another_code(order: Order) -> bool:
    """Than the first one of its serial."""
    code = AUTOMATIC_CODES.get(order=order)
    same = AUTOMATIC_CODES.filter(family_hash=code.family_hash)
    return same.order_by("pk")[0].digits != code.digits


@check(
    "I4",
    "Another order of the same radio and serial has another code, and staff did not decide so.",
    key="Another order of the same radio and serial has another code, and no person decided so.",
    confirm=has_another_code,
)
def conflicting_codes(before: datetime) -> Orders:
    # codes that were not the first of their serial; to compare codes they must be decrypted
    first = AUTOMATIC_CODES.filter(
        family_hash=OuterRef("family_hash"),
        pk__lt=OuterRef("pk"),
    )
    later = AUTOMATIC_CODES.filter(Exists(first), family_hash__gt="", order=OuterRef("pk"))
    return Order.objects.filter(Exists(later))


# ------------------------------------------------------------------ I5: a code leaves when it may
@check("I5", "Its code was mailed or shown before the order was ready, or while it was on hold.")
def early_code(before: datetime) -> Orders:
    mailed = Email.objects.filter(order=OuterRef("pk"), mail=Mail.YOUR_CODE, sent_at__isnull=False)
    never_ready = Q(ready_at=None) & (Exists(mailed) | Q(first_shown_at__isnull=False))
    on_hold = Exists(mailed.filter(sent_at__gt=OuterRef("on_hold_at")))
    shown_on_hold = Q(first_shown_at__gt=F("on_hold_at"))
    return Order.objects.filter(never_ready | on_hold | shown_on_hold)


# ------------------------------------------------------------------ I6: twice changes nothing
ONCE = ("place", "find")


@check("I6", "It made a move twice that an order makes once.")
def repeated_move(before: datetime) -> Orders:
    moves = History.objects.filter(order=OuterRef("pk"), subject="order", move__in=ONCE).order_by()
    doubted = History.objects.filter(order=OuterRef("pk"), subject="order", move="doubt")
    twice = moves.values("move").annotate(n=Count("pk")).filter(n__gt=1)
    return Order.objects.filter(Exists(twice), ~Exists(doubted))
