"""Stripe's pages: which one a customer is sent to, and what becomes of a page nobody paid on."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from stripe import RequestsClient

from orders.models import Order, Payment
from orders.payments.checkout import NoCheckoutError, checkout_url
from orders.privacy.retention import apply_retention
from tests.steps.attention import open_reasons
from tests.steps.clock import grow_older
from tests.steps.factories import make_order, make_payment
from tests.steps.payments import checked_out, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_later, work_until_quiet

pytestmark = pytest.mark.django_db

DECLINED = "4000000000000002"


# ------------------------------------------------------------------ a declined card
def declined(stripe: Stripe) -> tuple[Order, Payment]:
    """Stripe's sessions name the intent of a card that was tried; those of the stand-in do not."""
    order, payment = checked_out()
    stripe.pay(str(payment.session_id), card=DECLINED)
    [intent] = stripe.books()["payment_intent"]
    stripe.change("checkout.session", str(payment.session_id), {"payment_intent": intent["id"]})
    return order, payment


@pytest.mark.parametrize("learnt", ["by event", "by the sweep", "before its session"])
def test_a_page_that_ends_after_a_declined_card_is_expired_quietly(
    stripe: Stripe, learnt: str
) -> None:
    order, payment = declined(stripe)
    stripe.expire(str(payment.session_id))
    if learnt == "before its session":  # Stripe ends them one after the other
        stripe.change("checkout.session", str(payment.session_id), {"status": "open"})
    if learnt == "by event":
        stripe.deliver("payment_intent.canceled")
        stripe.deliver("checkout.session.expired")
    work_later()
    assert state(order) == ("pending", "expired")
    assert (open_reasons(order), order.payments.get().failure) == ([], "")


def test_an_order_with_a_declined_card_is_deleted_like_any_unpaid_one(
    stripe: Stripe, settings: Any
) -> None:
    order, _payment = declined(stripe)
    stripe.advance_clock(46 * 60)
    Order.objects.update(created_at=timezone.now() - timedelta(minutes=51))
    work_later()
    assert state(order) == ("expired", "expired")
    grow_older(stripe, timedelta(days=settings.UNPAID_KEPT_DAYS + 1))
    apply_retention()
    assert not Order.objects.filter(pk=order.pk).exists()


def test_an_order_that_ends_while_a_declined_card_is_on_its_page_is_released(
    stripe: Stripe,
) -> None:
    order, _payment = declined(stripe)
    Order.objects.update(status="payment_due", deadline_at=timezone.now())
    order.refresh_from_db()
    assert order.end("deadline")
    work_until_quiet()
    assert state(order) == ("released", "expired")


# ------------------------------------------------------------------ no page, as Stripe failed
def test_pages_that_stripe_failed_to_open_are_no_tries(
    client: Client, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.limits.PAYMENTS_PER_ORDER", 3)
    pay = make_order().secret_link() + "pay/"
    stripe.fail("500", "POST", "/v1/checkout/sessions", times=None)
    assert {client.post(pay).status_code for _ in range(5)} == {303}
    stripe.heal()
    assert client.post(pay)["Location"].startswith(stripe.url)


# ------------------------------------------------------------------ pages that have ended
def test_who_presses_pay_after_the_page_ended_early_gets_a_new_one_at_once(
    stripe: Stripe,
) -> None:
    order, first = checked_out()
    stripe.expire(str(first.session_id))  # its event was lost
    page = checkout_url(order)
    second = order.payments.latest("pk")
    assert (page, state(order)) == (second.checkout_url, ("pending", "open"))
    assert second.pk != first.pk


def test_who_presses_pay_after_paying_is_shown_the_order(client: Client, stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id))
    answer = client.post(order.secret_link() + "pay/")
    assert answer["Location"] == order.secret_link()
    assert state(order)[1] == "held"


def test_while_stripe_is_away_the_page_that_is_known_is_opened(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.fail("down", "GET", times=None)
    assert checkout_url(order) == payment.checkout_url


def test_a_page_that_differs_is_not_opened(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.change("checkout.session", str(payment.session_id), {"client_reference_id": "RC-OTHER"})
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    assert open_reasons(order) == ["mismatch"]


def test_a_page_that_was_never_opened_makes_room_for_another_once_its_time_is_short(
    stripe: Stripe,
) -> None:
    order = make_order()
    make_payment(order, session_id=None, expires_at=timezone.now() + timedelta(minutes=20))
    assert checkout_url(order).startswith(stripe.url)
    assert list(order.payments.values_list("status", flat=True)) == ["expired", "open"]
    assert open_reasons(order) == []


def test_a_page_that_failed_in_another_tab_is_replaced(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both tabs found the same open payment; the other one's session was refused."""
    order = make_order()
    stale = make_payment(order, session_id=None)

    def fails_by_then(_order: Order) -> None:
        Payment.objects.filter(pk=stale.pk).update(status="failed")

    Payment.objects.update(expires_at=timezone.now())
    monkeypatch.setattr("orders.payments.checkout.refuse_more_payments", fails_by_then)
    assert checkout_url(order).startswith(stripe.url)


# ------------------------------------------------------------------ a price that Stripe refuses
def test_who_orders_at_a_price_that_stripe_refuses_is_told_why(
    client: Client, admin_client: Client, stripe: Stripe
) -> None:
    order = make_order(price=14)
    assert client.post(order.secret_link() + "pay/").status_code == 303
    page = client.get(order.secret_link()).content.decode()
    assert "does not accept the price of this order" in page
    assert "e-mail address" not in page.split("does not accept the price")[1].split("</p>")[0]
    assert open_reasons(order) == ["refused"]
    listed = admin_client.get("/admin/orders/order/attention/").content.decode()
    assert "amount_too_small" in listed


# ------------------------------------------------------------------ what Stripe is asked
def test_a_request_that_is_repeated_is_the_same_bytes(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database does not keep the order of stored keys."""
    order = make_order()
    stripe.fail("lost", "POST", "/v1/checkout/sessions")
    sent: list[tuple[str, str]] = []
    ask = RequestsClient.request

    def note(self: Any, method: str, url: str, headers: Any, post_data: Any = None) -> Any:
        if post_data:
            sent.append((headers["Idempotency-Key"], post_data))
        return ask(self, method, url, headers, post_data)

    monkeypatch.setattr(RequestsClient, "request", note)
    with pytest.raises(NoCheckoutError):
        checkout_url(order)
    checkout_url(order)
    assert (len(sent), len(set(sent))) == (2, 1)
