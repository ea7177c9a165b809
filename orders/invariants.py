"""What must be true of every order, as far as the database can tell.

Run nightly, by hand (`manage.py check_invariants`), and by tests when all work is done. Work that
is under way breaks nothing: only what has been so for a while counts.

Each check is asked of so many orders at a time that no statement takes long; what it asks about
other rows it asks of each order, and counts nothing through a whole table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from orders.desk.deadlines import WAITING
from orders.lib.batches import ranges
from orders.models import (
    AUTOMATIC_REASONS,
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
    Refund,
    RefundStatus,
    Status,
    needs_staff,
    raise_alert,
)

A_WHILE = timedelta(hours=1)
WINDOW = 100_000  # orders; a second for each question, where a million would take ten
CODE_IS_OUT = (Status.READY, Status.DELIVERED)
CODES_OF_ROBOTS = Code.objects.filter(is_current=True, by=None)
Orders = QuerySet[Order]


@dataclass(frozen=True)
class Offence:
    """An order that is as none may be."""

    rule: str
    says: str
    order: Order


def offences(settled_for: timedelta = A_WHILE, window: int = WINDOW) -> Iterator[Offence]:
    """All of them. Tests that have let all work be done ask with a `settled_for` of nothing."""
    before = timezone.now() - settled_for
    parts = list(ranges(Order, window))
    for rule, checks in RULES.items():
        for check in checks:
            says = " ".join((check.__doc__ or "").split())
            for part in parts:
                for order in check(before).filter(part):
                    if check is not two_codes_of_one_radio or has_another_code(order):
                        yield Offence(rule, says, order)


def tell_of_offences() -> int:
    """Put each on the staff's list; returns how many there are."""
    count = 0
    for offence in offences():
        key = f"{offence.rule}:{offence.order.pk}:{offence.says}"
        text = f"{offence.order.number}, {offence.rule}: {offence.says}"
        raise_alert(Alert.Kind.DIFFERENCE, key, text, offence.order)
        count += 1
    LastRun.note(LastRun.CHECK_INVARIANTS)
    return count


# ------------------------------------------------------------------ what is asked of the rows
def with_payment(*conditions: Q, **values: object) -> Exists:
    """That there is a payment of the order that counts."""
    counting = Payment.objects.filter(order=OuterRef("pk"), is_superseded=False)
    return Exists(counting.filter(*conditions, **values))


def any_payment(*conditions: Q, **values: object) -> Exists:
    return Exists(Payment.objects.filter(*conditions, order=OuterRef("pk"), **values))


# ------------------------------------------------------------------ I1: none waits without a clock
def money_without_a_search(before: datetime) -> Orders:
    """Paid, but the order was never placed."""
    secured = with_payment(
        Q(held_at__lte=before) | Q(captured_at__lte=before),
        status__in=[PaymentStatus.AUTHORIZED, *KEEPING_MONEY],
    )
    return Order.objects.filter(secured, status__in=[Status.PENDING, Status.EXPIRED])


def search_that_nobody_goes_on_with(before: datetime) -> Orders:
    """Placed, but nothing is due for it."""
    return Order.objects.filter(status=Status.PLACED, due_at=None, placed_at__lte=before)


def deadline_that_nobody_kept(before: datetime) -> Orders:
    """Its deadline has passed, and the order has not ended."""
    late = Order.objects.filter(
        status__in=[Status.WITH_STAFF, Status.PAYMENT_DUE], deadline_at__lte=before
    )
    at_work = Q(claimed_until__gt=before)
    paying = any_payment(status__in=[PaymentStatus.OPEN, PaymentStatus.PROCESSING])
    return late.exclude(at_work).exclude(paying)


def code_that_nobody_charges_for(before: datetime) -> Orders:
    """Its code was found, but nothing is due for its payment."""
    charging = any_payment(due_at__isnull=False)
    return Order.objects.filter(~charging, status=Status.FOUND, found_at__lte=before)


def end_that_never_comes(before: datetime) -> Orders:
    """It is ending, but nothing is due that would end it, and no person was told."""
    undone = any_payment(due_at__isnull=False)
    returning = Refund.objects.filter(payment__order=OuterRef("pk"), due_at__isnull=False)
    ended = History.objects.filter(
        order=OuterRef("pk"), status=Status.ENDING, subject="order", at__gt=before
    )
    stuck = Order.objects.filter(~undone, ~Exists(returning), ~Exists(ended), status=Status.ENDING)
    return stuck.exclude(needs_staff())


def hold_that_nobody_decided_on(before: datetime) -> Orders:
    """The hold of its money has run out without a decision."""
    return Order.objects.filter(
        any_payment(status=PaymentStatus.AUTHORIZED, hold_ends_at__lte=before)
    )


def hold_that_nobody_lifts(before: datetime) -> Orders:
    """It has been on hold for days, with the customer's money taken."""
    return Order.objects.filter(
        with_payment(status__in=KEEPING_MONEY),
        status__in=WAITING,
        on_hold_at__lte=before - settings.HOLD_LASTS,
    )


# ------------------------------------------------------------------ I2: a code or the money
def code_and_refund(before: datetime) -> Orders:
    """Its code is out, and the shop returned the money by itself."""
    returned = Refund.objects.filter(
        payment__order=OuterRef("pk"),
        payment__is_superseded=False,
        reason__in=AUTOMATIC_REASONS,
        status__in=[*LIVE_REFUNDS, RefundStatus.SUCCEEDED],
    )
    return Order.objects.filter(Exists(returned), status__in=CODE_IS_OUT)


def code_without_money(before: datetime) -> Orders:
    """Its code is out, but no money was taken."""
    return Order.objects.filter(~with_payment(amount_captured__gt=0), status__in=CODE_IS_OUT)


def released_and_kept(before: datetime) -> Orders:
    """It ended without a code, and something is held or kept."""
    disputed = Q(disputes__status=DISPUTE_LOST)
    kept = Q(amount_captured__gt=F("amount_refunded")) & ~disputed
    unsettled = Q(status__in=[PaymentStatus.AUTHORIZED, PaymentStatus.PROCESSING])
    return Order.objects.filter(any_payment(kept | unsettled), status=Status.RELEASED)


# ------------------------------------------------------------------ I3: no more than was shown
def taken_otherwise_than_shown(before: datetime) -> Orders:
    """A payment is of another amount or currency than the customer was shown."""
    other = ~Q(amount=OuterRef("price")) | ~Q(currency=OuterRef("currency"))
    more = Q(amount_captured__gt=F("amount"))
    return Order.objects.filter(any_payment(other | more))


def taken_twice(before: datetime) -> Orders:
    """Two payments of it were taken, and both count."""
    taken = Q(payments__status__in=KEEPING_MONEY, payments__is_superseded=False)
    return Order.objects.annotate(taken=Count("payments", taken)).filter(taken__gt=1)


def refunds_that_do_not_add_up(before: datetime) -> Orders:
    """Its refunds do not add up to what its payment says was returned."""
    arrived = Sum("refunds__amount", filter=Q(refunds__status=RefundStatus.SUCCEEDED))
    wrong = (
        Payment.objects.filter(order=OuterRef("pk"), status__in=EVER_CAPTURED)
        .annotate(arrived=Coalesce(arrived, 0))
        .filter(Q(arrived__lt=F("amount_refunded")) | Q(arrived__gt=F("amount_captured")))
    )
    return Order.objects.filter(Exists(wrong))


# ------------------------------------------------------------------ I4: one code
def not_one_code(before: datetime) -> Orders:
    """It must have one current code, and has not."""
    has_one = Exists(Code.objects.filter(order=OuterRef("pk"), is_current=True))
    must = [Status.FOUND, Status.PAYMENT_DUE, *CODE_IS_OUT]
    # with its customer the shop forgot the code
    return Order.objects.filter(~has_one, status__in=must, anonymised_at=None)


def two_codes_of_one_radio(before: datetime) -> Orders:
    """Another order of the same radio and serial has another code, and no person decided so."""
    # those that were not the first of their serial; whether codes differ, only their keys tell
    first = CODES_OF_ROBOTS.filter(
        order__radio=OuterRef("order__radio"),
        serial_hash=OuterRef("serial_hash"),
        pk__lt=OuterRef("pk"),
    )
    later = CODES_OF_ROBOTS.filter(Exists(first), order=OuterRef("pk"))
    return Order.objects.filter(Exists(later))


def has_another_code(order: Order) -> bool:
    """Than the first one of its serial."""
    code = CODES_OF_ROBOTS.get(order=order)
    same = CODES_OF_ROBOTS.filter(order__radio=order.radio_id, serial_hash=code.serial_hash)
    return same.order_by("pk")[0].digits != code.digits


# ------------------------------------------------------------------ I5: a code leaves when it may
def code_mailed_too_early(before: datetime) -> Orders:
    """Its code was mailed or shown before the order was ready, or while it was on hold."""
    mailed = Email.objects.filter(order=OuterRef("pk"), mail=Mail.YOUR_CODE, sent_at__isnull=False)
    never_ready = Q(ready_at=None) & (Exists(mailed) | Q(first_shown_at__isnull=False))
    on_hold = Exists(mailed.filter(sent_at__gt=OuterRef("on_hold_at")))
    shown_on_hold = Q(first_shown_at__gt=F("on_hold_at"))
    return Order.objects.filter(never_ready | on_hold | shown_on_hold)


# ------------------------------------------------------------------ I6: twice changes nothing
ONCE = ("place", "find")


def moved_twice(before: datetime) -> Orders:
    """It made a move twice that an order makes once."""
    moves = History.objects.filter(order=OuterRef("pk"), subject="order", move__in=ONCE).order_by()
    twice = moves.values("move").annotate(n=Count("pk")).filter(n__gt=1)
    return Order.objects.filter(Exists(twice))


Check = Callable[[datetime], Orders]
RULES: dict[str, list[Check]] = {
    "I1": [
        money_without_a_search,
        search_that_nobody_goes_on_with,
        deadline_that_nobody_kept,
        code_that_nobody_charges_for,
        end_that_never_comes,
        hold_that_nobody_decided_on,
        hold_that_nobody_lifts,
    ],
    "I2": [code_and_refund, code_without_money, released_and_kept],
    "I3": [taken_otherwise_than_shown, taken_twice, refunds_that_do_not_add_up],
    "I4": [not_one_code, two_codes_of_one_radio],
    "I5": [code_mailed_too_early],
    "I6": [moved_twice],
}
