"""Stripe's answers that arrive after other workers, staff or the customer have acted."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from orders import stripe_api
from orders.models import Dispute, Mail, Order, Payment, Refund
from orders.payments.checkout import NoCheckoutError, checkout_url, new_payment
from orders.payments.reconcile import reconcile
from orders.payments.sync import sync_payment
from orders.stripe_api import StripeTroubleError
from orders.tasks import settle_payment
from tests.steps.attention import open_reasons
from tests.steps.crossing import Crossing, cross_answers
from tests.steps.disputes import deliver_dispute_event
from tests.steps.factories import make_code_book_entry, make_order
from tests.steps.payments import (
    authorized_with_staff,
    checked_out,
    delivered,
    found_by_staff,
    intent,
    paid,
    state,
)
from tests.steps.refunds import captured_with_staff, refunds_at_stripe
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_later, work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture
def crossing(monkeypatch: pytest.MonkeyPatch) -> Crossing:
    return cross_answers(monkeypatch)


def others_work() -> None:
    let_time_pass()
    work_until_quiet()


# ------------------------------------------------------------------ payments
@pytest.mark.also_on_sqlite
def test_a_read_beside_placing_finding_and_capturing(stripe: Stripe, crossing: Crossing) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    crossing.during("sessions.retrieve", others_work)
    sync_payment(Payment.objects.get(pk=payment.pk))
    work_later()
    assert state(order) == ("delivered", "captured")
    assert (open_reasons(order), payment.refunds.count()) == ([], 0)
    assert len(stripe.events("charge.captured")) == 1


def test_a_read_from_before_the_release_raises_no_alarm(stripe: Stripe, crossing: Crossing) -> None:
    order, payment = authorized_with_staff(stripe)

    def released() -> None:
        assert order.end("no_code")
        work_until_quiet()

    crossing.during("sessions.retrieve", released)
    sync_payment(Payment.objects.get(pk=payment.pk))
    assert state(order) == ("released", "cancelled")
    assert open_reasons(order) == []


def changed_by_another() -> None:
    Payment.objects.update(version=F("version") + 1)


def test_a_payment_that_changes_at_every_read_is_read_later(
    stripe: Stripe, crossing: Crossing
) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    for _ in range(3):
        crossing.during("sessions.retrieve", changed_by_another)
    with pytest.raises(StripeTroubleError):
        sync_payment(payment)
    assert state(order) == ("pending", "open")
    work_later()
    assert state(order)[1] == "held"


def test_an_order_that_is_placed_while_its_old_page_is_closed_gets_no_second_page(
    stripe: Stripe, crossing: Crossing
) -> None:
    order, payment = checked_out()
    Payment.objects.update(expires_at=timezone.now())

    def pays() -> None:
        stripe.change("checkout.session", str(payment.session_id), {"status": "open"})
        stripe.pay(str(payment.session_id))

    crossing.during("sessions.expire", pays)
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    assert state(order) == ("placed", "held")
    assert order.payments.count() == 1


def test_a_session_that_came_late_to_a_page_whose_time_was_up_is_kept(
    stripe: Stripe, crossing: Crossing
) -> None:
    """One call creates the session; a worker finds the time for a second call too short."""
    order = make_order()

    def too_late_for_another() -> None:
        Payment.objects.update(expires_at=timezone.now())
        work_later()

    crossing.during("sessions.create", too_late_for_another)
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    assert [each["status"] for each in stripe.books()["checkout.session"]] == ["expired"]
    assert checkout_url(order)
    assert list(order.payments.values_list("status", flat=True)) == ["expired", "open"]


# ------------------------------------------------------------------ in processes of their own
def at_the_same_time(*acts: Callable[[], object]) -> None:
    """Each with a connection of its own, as in processes of their own."""

    def run(act: Callable[[], object]) -> None:
        with suppress(NoCheckoutError):
            act()
        connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_slow_read_in_one_process_and_all_the_work_in_another(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    stripe.delay("sessions.retrieve", 2, times=1)

    def works() -> None:
        while stripe.world.delays.waiting:
            time.sleep(0.01)  # until the first read is on its way
        others_work()

    at_the_same_time(lambda: sync_payment(Payment.objects.get(pk=payment.pk)), works)
    work_later()
    assert state(order) == ("delivered", "captured")
    assert (open_reasons(order), Refund.objects.count()) == ([], 0)
    assert len(stripe.events("charge.captured")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["card", "ideal"])
def test_one_press_answered_late_and_one_that_meets_a_gateways_error(
    stripe: Stripe, settings: Any, method: str
) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    make_code_book_entry()
    order = make_order()
    new_payment(order)
    stripe.delay("sessions.create", 1.5, times=1)

    def presses() -> None:
        checkout_url(Order.objects.get(pk=order.pk))

    def presses_again() -> None:
        while stripe.world.delays.waiting:
            time.sleep(0.01)
        stripe.fail("502", "POST", "/v1/checkout/sessions")
        presses()

    at_the_same_time(presses, presses_again)
    assert [s["status"] for s in stripe.books()["checkout.session"]] == ["expired"]
    assert checkout_url(order)
    stripe.pay(str(order.payments.latest("pk").session_id), method=method)
    work_later()
    assert state(order) == ("delivered", "captured")
    assert len(stripe.books()["charge"]) == 1


# ------------------------------------------------------------------ captures and releases
def refused_and_not_released(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The capture is declined, and Stripe refuses the cancel as well."""
    order, payment = authorized_with_staff(stripe)
    stripe.refuse_capture()
    cancel = stripe_api.cancel

    def refuses(*_: object) -> None:
        raise stripe_api.StripeRefusedError("charge_not_refundable")

    monkeypatch.setattr(stripe_api, "cancel", refuses)
    found_by_staff(order)
    work_until_quiet()
    order.refresh_from_db()
    return order, payment, lambda: monkeypatch.setattr(stripe_api, "cancel", cancel)


def test_a_refused_capture_whose_cancel_is_refused_is_released_later(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment, takes_it_now = refused_and_not_released(stripe, monkeypatch)
    assert state(order) == ("payment_due", "held")
    takes_it_now()
    work_later()
    assert state(order) == ("payment_due", "cancelled")
    assert intent(stripe, payment)["status"] == "canceled"
    assert not order.emails.filter(mail=Mail.PAID_TWICE).exists()


def test_who_pays_again_while_the_cancel_is_refused_gets_the_code(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, first, takes_it_now = refused_and_not_released(stripe, monkeypatch)
    checkout_url(order)
    second = order.payments.latest("pk")
    stripe.pay(str(second.session_id))
    sync_payment(second)
    takes_it_now()
    work_later()
    assert state(order) == ("delivered", "captured")
    first.refresh_from_db()
    assert first.status == "cancelled"


def test_staff_see_a_cancel_that_is_refused_again_and_again(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _payment, _takes_it = refused_and_not_released(stripe, monkeypatch)
    for _ in range(6):
        work_later()
    assert open_reasons(order) == ["tries"]


def test_a_capture_that_stripe_never_confirms_is_for_staff(stripe: Stripe) -> None:
    make_code_book_entry()
    order, _payment = paid(stripe)
    stripe.delay_capture()
    for _ in range(8):
        work_later()
    assert (state(order), open_reasons(order)) == (("found", "held"), ["no_answer"])


# ------------------------------------------------------------------ refunds
def test_a_refund_beside_a_dispute_waits(stripe: Stripe, crossing: Crossing) -> None:
    order, payment = captured_with_staff(stripe)
    assert order.end("no_code")

    def disputes() -> None:
        stripe.dispute(payment.intent_id)
        deliver_dispute_event(stripe, "created")

    work_first_refund(order)
    crossing.during("refunds.list", disputes)
    work_until_quiet()
    assert refunds_at_stripe(stripe) == []
    order.refresh_from_db()
    assert order.is_on_hold


def work_first_refund(order: Order) -> None:
    """The refund is decided on and not yet requested."""
    settle_payment(order.payments.get().pk)
    assert Refund.objects.get().status == "due"


def test_a_refund_that_is_refused_because_staff_made_it_is_no_failure(
    stripe: Stripe, crossing: Crossing, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = captured_with_staff(stripe)
    assert order.end("no_code")
    work_first_refund(order)

    def refuses(*_: object) -> None:
        """The Dashboard's refund came first, and its event was handled before our answer came."""
        stripe.refund(payment.intent_id)
        stripe.deliver("charge.refunded")
        work_until_quiet()
        raise stripe_api.StripeRefusedError("amount_too_large")

    monkeypatch.setattr(stripe_api, "create_refund", refuses)
    work_until_quiet()
    assert state(order) == ("released", "refunded")
    assert "refund_failed" not in open_reasons(order)


# ------------------------------------------------------------------ disputes
def test_an_older_read_of_a_dispute_does_not_undo_a_newer_one(
    stripe: Stripe, crossing: Crossing
) -> None:
    order, payment = delivered(stripe)
    stripe.dispute(payment.intent_id)

    def won_by_then() -> None:
        stripe.close_dispute(stripe.books()["dispute"][0]["id"], "won")
        deliver_dispute_event(stripe, "closed")

    crossing.during("disputes.retrieve", won_by_then)
    deliver_dispute_event(stripe, "created")
    order.refresh_from_db()
    assert (order.is_on_hold, order.may_show_code) == (False, True)
    assert Dispute.objects.get().status == "won"


def test_a_list_of_disputes_that_is_old_by_now_does_not_undo_a_newer_read(
    stripe: Stripe, crossing: Crossing
) -> None:
    order, payment = delivered(stripe)
    stripe.dispute(payment.intent_id)

    def won_by_then() -> None:
        stripe.close_dispute(stripe.books()["dispute"][0]["id"], "won")
        deliver_dispute_event(stripe, "closed")

    crossing.during("disputes.list", won_by_then)
    assert reconcile(3).is_clean
    order.refresh_from_db()
    assert (order.is_on_hold, Dispute.objects.get().status) == (False, "won")


def test_a_warning_of_fraud_beside_the_delivery_does_not_take_the_code_back(
    stripe: Stripe, crossing: Crossing
) -> None:
    order, payment = authorized_with_staff(stripe)
    found_by_staff(order)
    stripe.fraud_warning(payment.intent_id)
    stripe.deliver("radar.early_fraud_warning.created")
    crossing.during("sessions.retrieve", work_until_quiet)
    work_until_quiet()
    order.refresh_from_db()
    assert order.is_on_hold == (order.status != "delivered")
