"""What may happen around a payment, one rule each: by customers, Stripe, workers and staff.

Every rule is something that its actor can do at any time, and none of them knows what the others
have done. `test_money_machine.py` puts them together and says what must hold.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from celery import current_app
from django.contrib.auth.models import User
from django.db.models import Model, Q
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orders.desk.problems import close, draft_of, replace, report
from orders.leases import lease
from orders.legal import withdraw
from orders.limits import TooManyError
from orders.models import CODE_IS_OUT, Order, Payment, RefundReason, Status
from orders.payments.checkout import NoCheckoutError, checkout_url
from orders.payments.reconcile import reconcile
from orders.payments.refund import start_refund
from orders.payments.sync import sync_payment
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.sweep import QUEUES, due_work
from orders.tasks import sweep_here
from sandbox.stripe.errors import Refused
from sandbox.stripe.faults import CALLS as CALLS_BY_NAME
from sandbox.stripe.faults import FAULT_KINDS
from tests.steps.attention import settle
from tests.steps.clock import grow_older
from tests.steps.crossing import Crossing
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_code_book_entry,
    make_order,
    make_radio,
    make_staff,
)
from tests.steps.stripe import Stripe, post_event
from tests.steps.work import let_time_pass

UNKNOWN_SERIAL = "BP999900001111"
WAYS = ["card", "paypal", "ideal", "sepa_debit"]
CARDS = [
    "4242424242424242",
    "4000000000000002",  # declined
    "4000002760003184",  # asks the bank
    "4000000000006660",  # held, but not to be captured
    "4000000000000259",  # disputed once captured
    "4000000000005423",  # doubted once captured
]
CALLS = [
    ("*", "*"),
    ("POST", "/v1/checkout/sessions"),
    ("GET", "/v1/checkout/sessions/*"),
    ("POST", "*/expire"),
    ("POST", "*/capture"),
    ("POST", "*/cancel"),
    ("POST", "/v1/refunds"),
    ("GET", "/v1/refunds*"),
]
QUICK_FAULTS = sorted(set(FAULT_KINDS) - {"slow", "late", "timeout"})
TASKS = [model.TASK for model in QUEUES]
which = st.integers(0, 11)  # which of those there are


def one_of(rows: list[Any], number: int) -> Any:
    return rows[number % len(rows)]


class Shop(RuleBasedStateMachine):
    """A shop with a book that knows one serial, a desk, and Stripe."""

    stripe: ClassVar[Stripe]
    crossing: ClassVar[Crossing]
    vera: User

    def open_shop(self) -> None:
        self.stripe.reset()
        self.crossing.planned.clear()
        make_code_book_entry(SERIAL, CODE)
        self.radios = [
            make_radio(),
            make_radio(key="no_desk", sources=["code_book"], name="A radio of no desk"),
        ]
        self.vera = make_staff()

    def orders(self, *statuses: str) -> list[Order]:
        rows = Order.objects.order_by("pk")
        return list(rows.filter(status__in=statuses) if statuses else rows)

    def payments(self) -> list[Payment]:
        return list(Payment.objects.order_by("pk"))

    def at_stripe(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        items = self.stripe.world.store.all(kind)
        return [item for item in items if all(item[key] == fields[key] for key in fields)]


class Customers(Shop):
    @initialize(
        is_known=st.booleans(),
        has_desk=st.booleans(),
        card=st.sampled_from(CARDS),
        way=st.sampled_from(WAYS),
    )
    def order_and_pay(self, is_known: bool, has_desk: bool, card: str, way: str) -> None:
        self.order(is_known, has_desk)
        self.pay(0, card, way)

    @precondition(lambda self: len(self.orders()) < 3)
    @rule(is_known=st.booleans(), has_desk=st.booleans())
    def order(self, is_known: bool, has_desk: bool) -> None:
        order = make_order(
            radio=self.radios[not has_desk],
            serial=SERIAL if is_known else UNKNOWN_SERIAL,
            email=f"anna{len(self.orders())}@example.com",
        )
        self.go_to_pay(order)

    def go_to_pay(self, order: Order) -> None:
        with suppress(NoCheckoutError, TooManyError):
            checkout_url(order)

    @precondition(lambda self: self.orders())
    @rule(number=which)
    def go_back_and_pay_again(self, number: int) -> None:
        self.go_to_pay(one_of(self.orders(), number))

    def pages(self) -> list[Payment]:
        """Those that a customer has seen, and may have open in a tab."""
        there = {each["id"] for each in self.at_stripe("checkout.session", status="open")}
        return [each for each in self.payments() if each.checkout_url and each.session_id in there]

    @precondition(lambda self: self.pages())
    @rule(number=which, card=st.sampled_from(CARDS), way=st.sampled_from(WAYS))
    def pay(self, number: int, card: str, way: str) -> None:
        page = one_of(self.pages(), number)
        self.stripe.pay(str(page.session_id), card=card, method=way)

    @precondition(lambda self: self.pages())
    @rule(number=which, succeed=st.booleans())
    def answer_the_bank(self, number: int, succeed: bool) -> None:
        with suppress(Refused):
            self.stripe.authenticate(str(one_of(self.pages(), number).session_id), succeed)

    @precondition(lambda self: self.payments())
    @rule(number=which)
    def return_from_stripe(self, number: int) -> None:
        with suppress(StripeTroubleError, StripeRefusedError):
            sync_payment(one_of(self.payments(), number), interactive=True)

    @precondition(lambda self: self.orders())
    @rule(number=which)
    def withdraw(self, number: int) -> None:
        withdraw(one_of(self.orders(), number))


class Banks(Shop):
    """Stripe, the banks behind it, and the shop's owner in Stripe's Dashboard."""

    @precondition(lambda self: self.at_stripe("event"))
    @rule(number=which, from_the_end=st.booleans(), times=st.integers(1, 2))
    def deliver(self, number: int, from_the_end: bool, times: int) -> None:
        """Any event, in any order, or again; what is never chosen was dropped."""
        events = self.at_stripe("event")
        event = one_of(events[::-1] if from_the_end else events, number)
        for _ in range(times):
            assert post_event(*self.stripe.signed(event)).status_code == 200

    @precondition(lambda self: len(self.stripe.world.faults.waiting) < 2)
    @rule(
        kind=st.sampled_from(QUICK_FAULTS),
        call=st.sampled_from(CALLS),
        times=st.sampled_from([1, 3]),
    )
    def fail(self, kind: str, call: tuple[str, str], times: int) -> None:
        self.stripe.fail(kind, *call, times=times)

    @precondition(lambda self: self.stripe.world.faults.waiting)
    @rule()
    def heal(self) -> None:
        self.stripe.heal()

    @rule(outcome=st.sampled_from(["pending", "requires_action", "failed", "balance_insufficient"]))
    def next_refund(self, outcome: str) -> None:
        self.stripe.refund_outcome(outcome)

    @rule(reason=st.sampled_from(["declined", "expired"]))
    def next_capture_is_refused(self, reason: str) -> None:
        self.stripe.refuse_capture(reason=reason)

    @rule()
    def delay_capture(self) -> None:
        self.stripe.delay_capture()

    @precondition(lambda self: self.at_stripe("payment_intent"))
    @rule(
        number=which,
        act=st.sampled_from(
            [
                "expire_authorization",
                "capture",
                "cancel",
                "refund",
                "dispute",
                "fraud_warning",
                "review",
            ]
        ),
    )
    def touch_a_payment(self, number: int, act: str) -> None:
        with suppress(Refused):
            getattr(self.stripe, act)(one_of(self.at_stripe("payment_intent"), number)["id"])

    @precondition(lambda self: self.at_stripe("payment_intent", status="succeeded"))
    @rule(number=which, amount=st.sampled_from([1, 500, 1499]))
    def refund_in_the_dashboard(self, number: int, amount: int) -> None:
        taken = self.at_stripe("payment_intent", status="succeeded")
        with suppress(Refused):
            self.stripe.refund(one_of(taken, number)["id"], amount)

    @precondition(lambda self: self.at_stripe("payment_intent", status="processing"))
    @rule(number=which, succeed=st.booleans())
    def settle(self, number: int, succeed: bool) -> None:
        waiting = self.at_stripe("payment_intent", status="processing")
        self.stripe.settle_delayed(one_of(waiting, number)["id"], succeed)

    @precondition(lambda self: self.at_stripe("refund"))
    @rule(number=which, outcome=st.sampled_from(["succeeded", "failed", "canceled"]))
    def settle_refund(self, number: int, outcome: str) -> None:
        with suppress(Refused):
            self.stripe.settle_refund(one_of(self.at_stripe("refund"), number)["id"], outcome)

    @precondition(lambda self: self.at_stripe("review", open=True))
    @rule(number=which, outcome=st.sampled_from(["approved", "refunded_as_fraud"]))
    def decide_a_review(self, number: int, outcome: str) -> None:
        with suppress(Refused):
            review = one_of(self.at_stripe("review", open=True), number)
            self.stripe.close_review(review["id"], outcome)

    @precondition(lambda self: self.at_stripe("dispute"))
    @rule(number=which, outcome=st.sampled_from(["won", "lost"]))
    def decide_a_dispute(self, number: int, outcome: str) -> None:
        with suppress(Refused):
            self.stripe.close_dispute(one_of(self.at_stripe("dispute"), number)["id"], outcome)


class Workers(Shop):
    @rule()
    def a_good_hour(self) -> None:
        """All that Stripe has sent arrives, and all that is due is done."""
        for event in self.at_stripe("event"):
            post_event(*self.stripe.signed(event))
        for _ in range(3):
            sweep_here()

    @precondition(lambda self: bool(list(due_work())))
    @rule(number=which)
    def do_what_is_due(self, number: int) -> None:
        task, pk = one_of(list(due_work()), number)
        current_app.tasks[task](pk)

    @rule(task=st.sampled_from(TASKS), number=which)
    def run_an_unwanted_task(self, task: str, number: int) -> None:
        model = next(each for each in QUEUES if each.TASK == task)
        if rows := self.rows(model):
            current_app.tasks[task](one_of(rows, number).pk)

    @rule(model=st.sampled_from(QUEUES), number=which)
    def die_after_a_claim(self, model: Any, number: int) -> None:
        if rows := self.rows(model):
            lease(model, one_of(rows, number).pk)

    def rows(self, model: type[Model]) -> list[Any]:
        return list(model._base_manager.order_by("pk"))

    @rule()
    def sweep(self) -> None:
        sweep_here()

    @rule()
    def let_time_pass(self) -> None:
        let_time_pass()

    @rule(hours=st.sampled_from([0.2, 1, 24, 72]))
    def grow_older(self, hours: float) -> None:
        grow_older(self.stripe, timedelta(hours=hours))

    @rule(minutes=st.integers(1, 10))
    @precondition(lambda self: self.stripe.world.skew() < 1200)
    def stripes_clock_runs_ahead(self, minutes: int) -> None:
        self.stripe.advance_clock(minutes=minutes)

    @rule()
    def reconcile(self) -> None:
        with suppress(StripeTroubleError):
            reconcile(30)


class Staff(Shop):
    @precondition(lambda self: self.orders(Status.WITH_STAFF))
    @rule(number=which)
    def enter_the_code(self, number: int) -> None:
        order = one_of(self.orders(Status.WITH_STAFF), number)
        if order.open_for(self.vera, timedelta(minutes=15)):
            assert order.find(CODE, "desk", by=self.vera)

    @precondition(lambda self: self.orders(Status.WITH_STAFF))
    @rule(number=which)
    def open_the_order_and_go_for_lunch(self, number: int) -> None:
        one_of(self.orders(Status.WITH_STAFF), number).open_for(self.vera, timedelta(minutes=15))

    @precondition(lambda self: self.orders(Status.WITH_STAFF))
    @rule(number=which)
    def give_up(self, number: int) -> None:
        order = one_of(self.orders(Status.WITH_STAFF), number)
        if order.open_for(self.vera, timedelta(minutes=15)):
            order.end("no_code", by=self.vera, only_if=order.lease_is_valid)

    @precondition(lambda self: self.payments())
    @rule(number=which, amount=st.sampled_from([1, 500, 1499]))
    def refund_by_staff(self, number: int, amount: int) -> None:
        payment = one_of(self.payments(), number)
        start_refund(payment, amount, RefundReason.GOODWILL, by=self.vera)

    @precondition(lambda self: self.orders())
    @rule(number=which)
    def say_that_all_is_well(self, number: int) -> None:
        settle(one_of(self.orders(), number))


class Complaints(Shop):
    """Codes that do not work, as customers say, and what staff answer."""

    @precondition(lambda self: self.orders(*CODE_IS_OUT))
    @rule(number=which)
    def report_a_problem(self, number: int) -> None:
        if draft := draft_of(one_of(self.orders(*CODE_IS_OUT), number)):
            report(draft, "It says ERR")

    @precondition(lambda self: self.orders(Status.PROBLEM))
    @rule(number=which, has_code=st.booleans())
    def answer_a_problem(self, number: int, has_code: bool) -> None:
        order = one_of(self.orders(Status.PROBLEM), number)
        if has_code:
            replace(order, "9999", "desk", by=self.vera)
        else:
            close(order.problems.get(closed_at=None), "It is right.", by=self.vera, only_if=Q())


class Crossings(Customers, Banks, Workers, Staff, Complaints):
    """Answers of Stripe that are late: others act between the answer and its arrival."""

    @precondition(lambda self: len(self.crossing.planned) < 2)
    @rule(
        call=st.sampled_from(sorted(CALLS_BY_NAME)),
        act=st.sampled_from(["customers", "banks", "workers", "other_workers", "staff"]),
        number=which,
    )
    def answer_late(self, call: str, act: str, number: int) -> None:
        """The answer is the one of before they act."""
        self.crossing.during(call, lambda: getattr(self, f"{act}_act")(number))

    def customers_act(self, number: int) -> None:
        if self.payments():
            self.return_from_stripe(number)
            self.go_back_and_pay_again(number)
        if self.pages():
            self.pay(number, CARDS[0], WAYS[number % len(WAYS)])

    def banks_act(self, number: int) -> None:
        acts = ["capture", "cancel", "refund", "dispute", "fraud_warning", "review"]
        if self.at_stripe("payment_intent"):
            self.touch_a_payment(number, one_of(acts, number))
        if self.at_stripe("dispute"):
            self.decide_a_dispute(number, one_of(["won", "lost"], number))

    def workers_act(self, _number: int) -> None:
        self.a_good_hour()

    def other_workers_act(self, _number: int) -> None:
        """The one that waits for the answer has lost its lease by now."""
        let_time_pass()
        self.a_good_hour()

    def staff_act(self, number: int) -> None:
        if self.orders(Status.PROBLEM):
            self.answer_a_problem(number, has_code=number % 2 == 0)
        elif self.orders(Status.WITH_STAFF):
            one_of([self.enter_the_code, self.give_up], number)(number)
        elif self.orders():
            self.withdraw(number)
