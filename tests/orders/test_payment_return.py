"""The addresses at which Stripe's page leads back, which hold no link of the order."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from orders.mail.resend import correct_email
from orders.models import Order, Payment, PaymentStatus
from orders.payments.checkout import checkout_url, create_session
from tests.steps.factories import make_order
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db

FIND = "/orders/find/"
RIGHT = "anna@example.org"


def opened(**values: Any) -> Payment:
    order = make_order(**values)
    checkout_url(order)
    return order.payments.get()


def opened_before(stripe: Stripe) -> Payment:
    """As former versions opened it: Stripe was given the order's link of that time."""
    order = make_order()
    payment = Payment(
        order=order, amount=order.price, currency=order.currency,
        expires_at=timezone.now() + timedelta(minutes=45),
    )  # fmt: skip
    new = opened(serial="BP610342718806")
    link = settings.SITE_URL + order.secret_link()
    metadata = {"order": order.number, "payment": str(payment.uuid)}
    payment.params = new.params | {
        "success_url": link + "?session_id={CHECKOUT_SESSION_ID}", "cancel_url": link,
        "client_reference_id": order.number, "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }  # fmt: skip
    payment.save()
    return create_session(payment)


def success(payment: Payment) -> str:
    address = str(payment.params["success_url"])
    return address.replace("{CHECKOUT_SESSION_ID}", str(payment.session_id))


def cancel(payment: Payment) -> str:
    return str(payment.params["cancel_url"])


def corrected(order: Order) -> Order:
    assert correct_email(order, RIGHT)
    return order


def link(order: Order) -> str:
    order.refresh_from_db()
    return order.secret_link()


def opened_long_ago(payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - timedelta(hours=2))


def test_what_stripe_is_asked_holds_no_token(stripe: Stripe) -> None:
    payment = opened()
    assert payment.order.token not in str(payment.params)
    assert success(payment) == (
        f"{settings.SITE_URL}/orders/return/{payment.uuid}/?session_id={payment.session_id}"
    )


@pytest.mark.also_on_sqlite
def test_a_customer_who_paid_comes_back_to_the_order(client: Client, stripe: Stripe) -> None:
    payment = opened()
    stripe.pay(str(payment.session_id))
    answer = client.get(success(payment))
    assert (answer.status_code, answer["Location"]) == (303, link(payment.order))
    assert payment.order.status == "placed"
    assert "no-store" in answer["Cache-Control"]


def test_a_customer_who_cancelled_comes_back_too(client: Client, stripe: Stripe) -> None:
    payment = opened()
    assert client.get(cancel(payment))["Location"] == link(payment.order)
    assert payment.order.status == "pending"


@pytest.mark.parametrize("way_back", [success, cancel])
def test_it_leads_to_the_new_link_after_a_correction(
    client: Client, stripe: Stripe, way_back: Any
) -> None:
    payment = opened()
    corrected(payment.order)
    assert client.get(way_back(payment))["Location"] == link(payment.order)


@pytest.mark.parametrize("way_back", [success, cancel])
def test_two_hours_later_it_leads_to_no_order(
    client: Client, stripe: Stripe, way_back: Any
) -> None:
    payment = opened()
    stripe.pay(str(payment.session_id))
    opened_long_ago(payment)
    assert client.get(way_back(payment))["Location"] == FIND


def test_money_is_learnt_of_two_hours_later_too(client: Client, stripe: Stripe) -> None:
    payment = opened()
    stripe.pay(str(payment.session_id))
    opened_long_ago(payment)
    client.get(success(payment))
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.AUTHORIZED


def test_it_takes_this_payments_session_or_signature(client: Client, stripe: Stripe) -> None:
    payment, other = opened(), opened(serial="BP610342718806")
    address = f"/orders/return/{payment.uuid}/"
    signature = cancel(other).partition("=")[2]
    for wrong in (
        {}, {"session_id": ""}, {"session_id": str(other.session_id)}, {"session_id": "None"},
        {"cancelled": ""}, {"cancelled": "é:x"}, {"cancelled": signature},
    ):  # fmt: skip
        assert client.get(address, wrong).status_code == 404, wrong
    Payment.objects.filter(pk=payment.pk).update(session_id=None)
    assert client.get(address, {"session_id": "None"}).status_code == 404
    assert client.get(f"/orders/return/{payment.order.form_key}/").status_code == 404


def test_an_order_to_pay_again_says_that_it_is_being_confirmed(
    client: Client, stripe: Stripe
) -> None:
    soon = timezone.now() + timedelta(days=1)
    payment = opened(status="payment_due", deadline_at=soon)
    stripe.fail("down", times=None)
    page = client.get(success(payment), follow=True).content.decode()
    assert "Your payment is being confirmed" in page
    assert "data-hx-trigger" in page


# ------------------------------------------------------------------ of former versions
@pytest.mark.also_on_sqlite
def test_a_former_return_address_still_leads_back(client: Client, stripe: Stripe) -> None:
    payment = opened_before(stripe)
    stripe.pay(str(payment.session_id))
    assert client.get(success(payment))["Location"] == link(payment.order)
    assert payment.order.status == "placed"


def test_a_former_return_address_leads_back_after_a_correction(
    client: Client, stripe: Stripe
) -> None:
    payment = opened_before(stripe)
    former = payment.order.token
    corrected(payment.order)
    stripe.pay(str(payment.session_id))
    location = client.get(success(payment))["Location"]
    assert location == link(payment.order)
    assert payment.order.status == "placed"
    assert former not in location


def test_a_former_token_alone_does_not(client: Client, stripe: Stripe) -> None:
    payment, other = opened_before(stripe), opened(serial="BP610342718807")
    corrected(payment.order)
    for session in ("", "cs_unknown", str(other.session_id)):
        answer = client.get(cancel(payment), {"session_id": session})
        assert answer.status_code == 404, session
    wrong = success(payment).replace(cancel(payment)[-9:-1], "x" * 8)
    assert client.get(wrong).status_code == 404
    opened_long_ago(payment)
    assert client.get(success(payment)).status_code == 404
