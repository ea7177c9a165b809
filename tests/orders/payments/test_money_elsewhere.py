"""Money that moves without us: in Stripe's Dashboard, at the bank, in the last moment."""

import socket
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from orders import stripe_api
from orders.desk.holds import put_on_hold, refuse
from orders.models import Order, Payment
from orders.payments import sync
from orders.payments.checkout import (
    CheckoutRefusedError,
    NoCheckoutError,
    checkout_url,
    create_session,
    new_payment,
)
from orders.payments.reconcile import reconcile
from orders.payments.sync import record_authorization, sync_payment
from orders.tasks import sweep_here
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_code_book_entry, make_order, make_payment, make_staff
from tests.steps.payments import (
    authorized_with_staff,
    checked_out,
    delivered,
    found_by_staff,
    paid,
    state,
)
from tests.steps.stripe import Stripe
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db


def take_in_dashboard(payment: Payment) -> None:
    stripe_api.capture(payment.intent_id, uuid.uuid4().hex)


def asked_to_pay_again(stripe: Stripe) -> tuple[Order, Payment]:
    """The code is there, the authorization expired, and the customer has a new page open."""
    order, payment = authorized_with_staff(stripe)
    stripe.expire_authorization(payment.intent_id)
    found_by_staff(order)
    work_until_quiet()
    order.refresh_from_db()
    assert order.status == "payment_due"
    checkout_url(order)
    return order, order.payments.latest("pk")


def newest_intent(stripe: Stripe) -> Any:
    return stripe.books()["payment_intent"][-1]


def test_what_was_taken_elsewhere_is_never_called_released(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    take_in_dashboard(payment)
    sync_payment(payment)
    order.refresh_from_db()
    assert order.withdraw()
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_what_was_taken_elsewhere_pays_for_the_code_that_staff_find(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    take_in_dashboard(payment)
    sync_payment(payment)
    found_by_staff(order)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_an_order_whose_money_was_taken_at_once_is_served(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    stripe_api.capture(newest_intent(stripe)["id"], "x")
    sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


@pytest.mark.parametrize("method", ["card", "ideal"])
def test_a_payment_that_was_given_up_but_paid_is_served(
    stripe: Stripe, settings: Any, method: str
) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    make_code_book_entry()
    order, payment = checked_out()
    payment.fail("given up")
    stripe.pay(str(payment.session_id), method=method)
    stripe.deliver("checkout.session.completed")
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert (open_reasons(order), order.payments.get().failure) == ([], "")


@pytest.mark.parametrize(("method", "undone"), [("card", "cancelled"), ("ideal", "refunded")])
def test_a_payment_that_was_given_up_and_paid_besides_another_is_undone(
    stripe: Stripe, settings: Any, method: str, undone: str
) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal"]
    make_code_book_entry()
    order, first = checked_out()
    first.fail("given up")
    checkout_url(order)
    second = order.payments.latest("pk")
    for payment in (second, first):
        stripe.pay(str(payment.session_id), method=method)
        sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    first.refresh_from_db()
    assert (first.status, first.is_superseded) == (undone, True)
    assert open_reasons(order) == ["two_payments"]


def test_an_authorization_whose_capture_was_refused_is_not_used_again(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    payment.fail("card_declined")  # and Stripe did not cancel it
    sync_payment(payment)
    order.refresh_from_db()
    assert (payment.status, open_reasons(order)) == ("failed", ["unknown_state"])


def failed_while_created(monkeypatch: pytest.MonkeyPatch) -> tuple[Order, Payment]:
    """Stripe's answer is late; in the meantime a second process got a 502 for the same payment."""
    order = make_order()
    payment = new_payment(order)
    create = stripe_api.create_session

    def fails(*_: Any, **__: Any) -> None:
        raise stripe_api.StripeBrokenError("APIError")

    def answers_late(*args: Any, **kwargs: Any) -> Any:
        created = create(*args, **kwargs)
        monkeypatch.setattr(stripe_api, "create_session", fails)
        with pytest.raises(stripe_api.StripeBrokenError):
            create_session(Payment.objects.get(pk=payment.pk))
        return created

    monkeypatch.setattr(stripe_api, "create_session", answers_late)
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    monkeypatch.setattr(stripe_api, "create_session", create)
    return order, Payment.objects.get(pk=payment.pk)


def test_a_session_made_for_a_payment_that_failed_in_the_meantime_cannot_be_paid(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, payment = failed_while_created(monkeypatch)
    assert payment.status == "failed"
    assert [each["status"] for each in stripe.books()["checkout.session"]] == ["expired"]
    checkout_url(order)
    assert list(order.payments.values_list("status", flat=True)) == ["failed", "open"]


def test_a_session_that_could_not_be_expired_is_learnt_once_it_is_paid(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe.fail("down", "POST", "*/expire", times=None)
    order, payment = failed_while_created(monkeypatch)
    stripe.pay(str(payment.session_id))
    assert reconcile(3).is_clean
    assert state(order) == ("placed", "held")


def test_a_worker_that_is_late_does_not_undo_the_only_payment(stripe: Stripe) -> None:
    """It read the row as open; others held and found, and their capture is not recorded yet."""
    order, payment = checked_out()
    late = Payment.objects.get(pk=payment.pk)
    stripe.pay(str(payment.session_id))
    sync_payment(payment)
    work_until_quiet()
    order.refresh_from_db()
    found_by_staff(order)
    take_in_dashboard(payment)
    sync_payment(late)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert not late.is_superseded and not late.refunds.exists()


def being_captured(stripe: Stripe) -> tuple[Order, Payment]:
    """Stripe answered the capture with `processing`."""
    make_code_book_entry()
    order, payment = paid(stripe)
    stripe.delay_capture()
    for _ in range(3):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("found", "held")
    assert not open_reasons(order) and not order.receipts.exists()
    return order, payment


@pytest.mark.parametrize(
    ("succeed", "leads_to"),
    [(True, ("delivered", "captured")), (False, ("payment_due", "failed"))],
)
def test_a_capture_that_is_processing_is_read_again(
    stripe: Stripe, succeed: bool, leads_to: tuple[str, str]
) -> None:
    order, payment = being_captured(stripe)
    stripe.settle_delayed(payment.intent_id, succeed)
    work_until_quiet()
    assert state(order) == leads_to
    assert [paper.amount for paper in order.receipts.all()] == ([1499] if succeed else [])


def test_a_capture_that_is_processing_while_its_order_ends_is_refunded(stripe: Stripe) -> None:
    order, payment = being_captured(stripe)
    put_on_hold(order, "fraud")
    assert refuse(order, make_staff(), Q())
    for _ in range(8):
        work_until_quiet()
        let_time_pass()
    assert state(order) == ("ending", "held")
    assert "tries" not in open_reasons(order)
    stripe.settle_delayed(payment.intent_id)
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def recorded_as_nothing(stripe: Stripe) -> tuple[Order, Payment]:
    """An earlier version took an answer of 0 for the whole capture."""
    order, payment = authorized_with_staff(stripe)
    found_by_staff(order)
    take_in_dashboard(payment)
    payment.refresh_from_db()
    assert payment.capture(0)
    put_on_hold(order, "mismatch")
    return order, payment


def test_an_amount_that_was_recorded_too_early_is_corrected(stripe: Stripe) -> None:
    order, payment = recorded_as_nothing(stripe)
    sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("delivered", "captured")
    assert [paper.amount for paper in order.receipts.all()] == [1499]
    assert not order.is_on_hold and not open_reasons(order)


def test_money_of_an_order_that_was_released_as_uncaptured_is_refunded(stripe: Stripe) -> None:
    order, payment = recorded_as_nothing(stripe)
    assert refuse(order, make_staff("vera2"), Q())
    work_until_quiet()
    assert state(order) == ("released", "captured")
    sync_payment(payment)
    work_until_quiet()
    assert state(order) == ("released", "refunded")


def test_a_late_failure_does_not_give_up_a_page_that_another_process_opened(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order()
    in_worker = new_payment(order)
    checkout_url(order)  # at that moment the customer's click got the session

    def fails(*_: Any, **__: Any) -> None:
        raise stripe_api.StripeBrokenError("APIError")

    monkeypatch.setattr(stripe_api, "create_session", fails)  # what only the worker's call meets
    with pytest.raises(stripe_api.StripeBrokenError):
        create_session(in_worker)
    assert order.payments.get().status == "open"


def test_a_payment_that_was_processed_may_still_be_held(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    intent = newest_intent(stripe)["id"]
    stripe.change("payment_intent", intent, {"status": "processing"})
    sync_payment(payment)
    assert state(order) == ("pending", "processing")
    stripe.change("payment_intent", intent, {"status": "requires_capture"})
    sync_payment(payment)
    assert state(order) == ("placed", "held")


@pytest.mark.parametrize("status", ["processing", "canceled"])
def test_an_ending_order_does_not_ask_stripe_without_pause(stripe: Stripe, status: str) -> None:
    order, payment = asked_to_pay_again(stripe)
    stripe.pay(str(payment.session_id))
    stripe.change("payment_intent", newest_intent(stripe)["id"], {"status": status})
    assert order.end("deadline")
    looks = sum(sweep_here() for _ in range(30))
    assert looks < 12
    order.refresh_from_db()
    assert order.status == ("ending" if status == "processing" else "released")


def test_a_session_that_differs_takes_no_money(stripe: Stripe) -> None:
    make_code_book_entry()
    order, payment = paid(stripe)
    stripe.change("checkout.session", str(payment.session_id), {"client_reference_id": "RC-OTHER"})
    work_until_quiet()
    order.refresh_from_db()
    assert state(order) == ("found", "held")
    assert open_reasons(order) == ["mismatch"]


def test_who_pays_again_just_in_time_gets_the_code(stripe: Stripe) -> None:
    order, payment = asked_to_pay_again(stripe)
    stripe.pay(str(payment.session_id))  # no event has come yet
    Order.objects.update(deadline_at=timezone.now())
    work_until_quiet()
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_stripe_refusing_our_key_for_long_calls_a_person(stripe: Stripe, settings: Any) -> None:
    make_code_book_entry()
    order, _payment = paid(stripe)
    settings.STRIPE_SECRET_KEY = "sk_test_revoked"
    for _ in range(10):
        let_time_pass()
        sweep_here()
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("found", ["no_answer"])


def test_money_returned_in_the_dashboard_calls_a_person(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.refund(payment.intent_id)
    stripe.deliver("charge.refunded")
    work_until_quiet()
    order.refresh_from_db()
    assert open_reasons(order) == ["refunded"]


def test_a_dispute_puts_the_order_on_hold(stripe: Stripe) -> None:
    order, payment = delivered(stripe)
    stripe.dispute(payment.intent_id)
    stripe.deliver("charge.dispute.created")
    work_until_quiet()
    order.refresh_from_db()
    assert order.is_on_hold and not order.may_show_code
    assert open_reasons(order) == ["dispute"]


def test_a_fraud_warning_keeps_the_code_back_until_a_person_has_looked(stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    stripe.fraud_warning(payment.intent_id)
    stripe.deliver("radar.early_fraud_warning.created")
    work_until_quiet()
    found_by_staff(order)
    for _ in range(2):
        let_time_pass()
        work_until_quiet()
    assert state(order) == ("found", "held")
    settle(order)
    let_time_pass()
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


def test_a_later_reason_for_a_look_is_not_lost() -> None:
    order = make_order(status="ready")
    order.needs_attention("other_code")
    order.needs_attention("mismatch")
    assert open_reasons(order) == ["other_code", "mismatch"]
    noted = order.history.filter(move="attention").values_list("note", flat=True)
    assert list(noted) == ["other_code", "mismatch"]


def test_a_page_that_stripe_refuses_for_good_is_for_a_person(stripe: Stripe) -> None:
    order = make_order(email="anna@nowhere")  # Stripe wants a dot
    with pytest.raises(CheckoutRefusedError):
        checkout_url(order)
    order.refresh_from_db()
    assert open_reasons(order) == ["refused"]


def test_a_frozen_stripe_keeps_the_customer_waiting_for_seconds_only(settings: Any) -> None:
    with socket.socket() as frozen:
        frozen.bind(("127.0.0.1", 0))
        frozen.listen()
        settings.STRIPE_API_BASE = f"http://127.0.0.1:{frozen.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(NoCheckoutError):
            checkout_url(make_order())
        assert time.monotonic() - began < 30  # three slow tries would take a minute


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_the_deadline_at_the_same_moment_do_not_lock_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = make_order(status="payment_due")
    payment = make_payment(order)
    quick = sync.secure_order

    def slow(payment: Payment) -> None:
        time.sleep(0.5)
        quick(payment)

    monkeypatch.setattr(sync, "secure_order", slow)
    errors: list[str] = []

    def run(work: Any) -> None:
        try:
            work()
        except Exception as error:
            errors.append(repr(error))
        finally:
            connections.close_all()

    holding = threading.Thread(
        target=run,
        args=(lambda: record_authorization(Payment.objects.get(pk=payment.pk), "pi_1", None),),
    )
    ending = threading.Thread(
        target=run, args=(lambda: Order.objects.get(pk=order.pk).end("deadline"),)
    )
    holding.start()
    time.sleep(0.2)
    ending.start()
    holding.join()
    ending.join()
    assert errors == []


def test_a_forgotten_order_with_money_taken_does_not_expire() -> None:
    order = make_order(created_at=timezone.now() - timedelta(hours=2))
    make_payment(order, status="captured", amount_captured=1499)
    assert not order.expire()
