"""Payments that differ from ours, or have no order: staff end them with a button."""

from typing import Any

import pytest
from django.test import Client

from orders.models import Alert, Order, Payment
from orders.payments.reconcile import reconcile
from orders.payments.sync import sync_payment
from tests.steps.attention import open_reasons, settle
from tests.steps.factories import make_code_book_entry, make_staff
from tests.steps.payments import authorized_with_staff, checked_out, found_by_staff, intent, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_later, work_until_quiet

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/attention/"


@pytest.fixture(autouse=True)
def ways_to_pay(settings: Any) -> None:
    settings.PAYMENT_METHODS = ["card", "ideal", "sepa_debit"]


def differing(stripe: Stripe, method: str | None = "card") -> tuple[Order, Payment]:
    order, payment = checked_out()
    if method:
        stripe.pay(str(payment.session_id), method=method)
    change_reference(stripe, payment)
    assert not sync_payment(payment)
    return order, payment


def change_reference(stripe: Stripe, payment: Payment) -> None:
    stripe.change("checkout.session", str(payment.session_id), {"client_reference_id": "RC-OTHER"})


def close(client: Client, payment: Payment) -> str:
    address = f"/admin/orders/order/{payment.order_id}/close-payment/{payment.pk}/"
    assert address in client.get(LIST).content.decode()
    answer = client.post(address, {"is_sure": "1"}, follow=True)
    payment.refresh_from_db()
    return str(answer.content.decode())


def refunded_at_stripe(stripe: Stripe) -> int:
    refunds = stripe.books().get("refund", [])
    return sum(each["amount"] for each in refunds if each["status"] == "succeeded")


@pytest.mark.parametrize(
    ("method", "intent_is", "refunded"),
    [(None, "", 0), ("card", "canceled", 1499), ("ideal", "succeeded", 1499)],
)
def test_a_session_that_differs_is_closed_released_or_refunded(
    admin_client: Client, stripe: Stripe, method: str | None, intent_is: str, refunded: int
) -> None:
    order, payment = differing(stripe, method)
    assert "released, or refunded in full" in close(admin_client, payment)
    assert (state(order), open_reasons(order)) == (("pending", "failed"), [])
    [session] = stripe.books()["checkout.session"]
    assert session["status"] != "open"
    assert [each["status"] for each in stripe.books().get("payment_intent", [])] == [
        intent_is
    ] * bool(intent_is)
    assert refunded_at_stripe(stripe) == refunded  # of a hold, Stripe lists its release


def test_it_does_not_come_back(admin_client: Client, stripe: Stripe) -> None:
    order, payment = differing(stripe, "ideal")
    reconcile(3)
    assert Alert.objects.filter(settled_at=None).count() == 1
    close(admin_client, payment)
    for _ in range(3):
        work_later()
    assert reconcile(3).is_clean
    assert open_reasons(order) == []
    assert not Alert.objects.filter(settled_at=None).exists()


def test_a_second_press_refunds_nothing_twice(admin_client: Client, stripe: Stripe) -> None:
    _order, payment = differing(stripe, "ideal")
    address = f"/admin/orders/order/{payment.order_id}/close-payment/{payment.pk}/"
    stripe.fail("500_after", "POST", "/v1/refunds", times=None)
    answer = admin_client.post(address, {"is_sure": "1"}, follow=True)
    assert "Press once more" in answer.content.decode()
    stripe.heal()
    close(admin_client, payment)
    assert (payment.status, refunded_at_stripe(stripe)) == ("failed", 1499)


def test_the_customer_may_pay_again_afterwards(admin_client: Client, stripe: Stripe) -> None:
    make_code_book_entry()
    order, first = differing(stripe)
    close(admin_client, first)
    pay = admin_client.post(order.secret_link() + "pay/")
    assert pay["Location"].startswith(stripe.url)
    second = order.payments.latest("pk")
    stripe.pay(str(second.session_id))
    work_later()
    assert state(order) == ("delivered", "captured")


def test_an_order_whose_code_is_found_waits_for_another_payment(
    admin_client: Client, stripe: Stripe
) -> None:
    order, payment = authorized_with_staff(stripe)
    change_reference(stripe, payment)
    found_by_staff(order)
    work_until_quiet()
    assert (state(order), open_reasons(order)) == (("found", "held"), ["mismatch"])
    close(admin_client, payment)
    assert state(order) == ("payment_due", "failed")
    assert intent(stripe, payment)["status"] == "canceled"


def test_an_order_that_is_ending_is_released(admin_client: Client, stripe: Stripe) -> None:
    order, payment = authorized_with_staff(stripe)
    change_reference(stripe, payment)
    assert order.end("no_code")
    work_until_quiet()
    assert state(order) == ("ending", "held")
    close(admin_client, payment)
    assert state(order) == ("released", "failed")


def test_while_a_bank_processes_it_nothing_can_be_done(
    admin_client: Client, stripe: Stripe
) -> None:
    _order, payment = differing(stripe, "sepa_debit")
    assert "The bank has not answered yet" in close(admin_client, payment)
    assert payment.status == "open"


def test_the_money_of_another_order_stays_where_it_is(admin_client: Client, stripe: Stripe) -> None:
    """Its session stands in our row by mistake."""
    other, theirs = checked_out()
    stripe.pay(str(theirs.session_id))
    session = theirs.session_id
    Payment.objects.filter(pk=theirs.pk).update(session_id="cs_gone")
    order, payment = checked_out(email="bert@example.com", serial="BP000000000009")
    Payment.objects.filter(pk=payment.pk).update(session_id=session)
    payment.refresh_from_db()
    assert not sync_payment(payment)
    close(admin_client, payment)
    assert state(order) == ("pending", "failed")
    assert stripe.books()["payment_intent"][0]["status"] == "requires_capture"


def test_an_authorization_that_was_given_up_and_stands_is_released(
    admin_client: Client, stripe: Stripe
) -> None:
    order, payment = authorized_with_staff(stripe)
    payment.fail("card_declined")
    sync_payment(payment)
    assert open_reasons(order) == ["unknown_state"]
    close(admin_client, payment)
    assert (payment.status, open_reasons(order)) == ("failed", [])
    assert intent(stripe, payment)["status"] == "canceled"


def test_what_agrees_by_now_is_left_alone(admin_client: Client, stripe: Stripe) -> None:
    order, payment = differing(stripe)
    reference = {"client_reference_id": order.number}
    stripe.change("checkout.session", str(payment.session_id), reference)
    assert "agrees with Stripe by now" in close(admin_client, payment)
    assert state(order) == ("placed", "held")


def test_a_payment_without_an_order_is_refunded(admin_client: Client, stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id), method="ideal")
    payment.delete()
    order.delete()
    reconcile(3)
    alert = Alert.objects.get(kind="no_order")
    address = f"/admin/orders/order/attention/{alert.pk}/refund/"
    assert address in admin_client.get(LIST).content.decode()
    admin_client.post(address, {"is_sure": "1"})
    assert refunded_at_stripe(stripe) == 1499
    assert reconcile(3).is_clean
    assert not Alert.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize("address", ["1/close-payment/1/", "attention/1/refund/"])
def test_who_may_not_return_money_may_not_close(client: Client, address: str) -> None:
    client.force_login(make_staff("otto", "view_order", "change_order"))
    answer = client.post(f"/admin/orders/order/{address}", {"is_sure": "1"})
    assert answer.status_code == 403
    assert client.get(LIST).status_code == 200


def test_money_returned_in_the_dashboard_ends_the_alarm(stripe: Stripe) -> None:
    order, payment = checked_out()
    stripe.pay(str(payment.session_id), method="ideal")
    change_reference(stripe, payment)
    Payment.objects.update(status="failed")
    assert not reconcile(3).is_clean
    stripe.refund(str(payment.session_id))
    Alert.objects.update(settled_at=order.created_at)
    settle(order)
    assert reconcile(3).is_clean
    assert not Alert.objects.filter(settled_at=None).exists()
