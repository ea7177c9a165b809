"""Customers, Stripe, workers and staff act at random, and the promise holds: who has paid gets a
code, or a refund, and our rows equal Stripe's books to the cent.

A failure prints the steps that lead to it, as few as Hypothesis could find. `make test` tries the
same hundred steps each time, `make test-slow` a few hundred, and HYPOTHESIS_PROFILE=thorough tens
of thousands of new ones:

    HYPOTHESIS_PROFILE=thorough python -m pytest tests/orders/payments/test_money_machine.py
"""

import os
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from orders.invariants import find_violations
from orders.models import Email, Mail, Order, Payment, RefundReason, Status
from orders.payments.reconcile import reconcile
from orders.payments.refund import start_refund
from tests.steps.attention import settle
from tests.steps.clock import grow_older
from tests.steps.crossing import cross_answers
from tests.steps.ledger_comparison import differences, kept
from tests.steps.money_rules import WAYS, Crossings
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

BASE = settings(
    deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None
)
SAME_EACH_TIME = settings(BASE, derandomize=True, phases=[Phase.generate, Phase.shrink])
PROFILES = {
    "small": settings(SAME_EACH_TIME, max_examples=4, stateful_step_count=25),
    "quick": settings(SAME_EACH_TIME, max_examples=12, stateful_step_count=30),
    "thorough": settings(BASE, max_examples=300, stateful_step_count=80),
}
SLOW = os.environ.get("HYPOTHESIS_PROFILE", "quick")


class MoneyMachine(Crossings):
    def __init__(self) -> None:
        super().__init__()
        self.doings = ExitStack()
        self.doings.enter_context(transaction.atomic())
        self.doings.callback(transaction.set_rollback, True)
        self.doings.enter_context(connection.execute_wrapper(self.note_writing))
        self.has_written = False
        self.open_shop()

    def note_writing(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.has_written |= not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, params, many, context)

    @invariant()
    def promises_are_kept(self) -> None:
        """All but I1, which says that nothing waits for ever: that shows at the end."""
        if not self.has_written:
            return  # as they were kept before this step
        self.has_written = False
        assert [str(each) for each in find_violations() if each.rule != "I1"] == []

    def teardown(self) -> None:
        with self.doings:
            self.calm_down()
            self.check_the_end()

    def calm_down(self) -> None:
        """Nothing goes wrong any more, all who wait decide, and time passes."""
        self.stripe.heal()
        self.crossing.planned.clear()
        let_time_pass()
        work_until_quiet(rounds=40)
        for _ in range(5):
            self.banks_decide()
            self.staff_decide()
            grow_older(self.stripe, timedelta(days=3))
            reconcile(90)
            let_time_pass()
            work_until_quiet(rounds=40)

    def banks_decide(self) -> None:
        for intent in self.at_stripe("payment_intent", status="processing"):
            self.stripe.settle_delayed(intent["id"])
        for status in ("pending", "requires_action"):
            for refund in self.at_stripe("refund", status=status):
                self.stripe.settle_refund(refund["id"])
        for dispute in self.at_stripe("dispute", status="needs_response"):
            self.stripe.close_dispute(dispute["id"], "won")

    def staff_decide(self) -> None:
        """What is on their list is looked at; a refund that came to nothing is made once more."""
        for order in self.orders():
            settle(order)
        while self.orders(Status.PROBLEM):
            self.answer_a_problem(0, has_code=False)
        for payment in self.payments():
            is_over = payment.order.status == Status.ENDING or payment.is_superseded
            if is_over and payment.amount_kept:
                start_refund(payment, payment.amount_kept, RefundReason.OTHER, by=self.vera)

    def check_the_end(self) -> None:
        assert differences(self.stripe) == []
        assert [str(each) for each in find_violations(timedelta(0))] == []
        for payment in Payment.objects.select_related("order"):
            if kept(self.stripe, payment):
                assert self.has_code(payment.order) and not payment.is_superseded
            assert payment.status not in ("open", "processing", "held")
        sent = Email.objects.filter(mail=Mail.YOUR_CODE, sent_at__isnull=False)
        for order in Order.objects.filter(emails__in=sent).distinct():
            codes = order.codes.count()
            assert sent.filter(order=order).count() <= codes
        assert (self.stripe.violations, self.stripe.misuses) == ([], [])

    def has_code(self, order: Order) -> bool:
        """Mailed; or on their page, and staff know that for a day no mail could be sent."""
        if order.status == Status.READY:
            return order.emails.filter(mail=Mail.YOUR_CODE, status="failed").exists()
        return order.status == Status.DELIVERED


@pytest.mark.parametrize("profile", ["small", pytest.param(SLOW, marks=pytest.mark.slow)])
def test_who_has_paid_gets_a_code_or_the_money_back(
    stripe: Stripe, settings: Any, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    settings.PAYMENT_METHODS = WAYS
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.0)  # between its tries
    MoneyMachine.stripe, MoneyMachine.crossing = stripe, cross_answers(monkeypatch)
    run_state_machine_as_test(MoneyMachine, settings=PROFILES[profile])
