"""What is old enough goes at night, and nothing else; our books and Stripe's still agree."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from orders.invariants import find_violations
from orders.models import (
    Alert,
    Block,
    Consent,
    Email,
    Mail,
    Order,
    Payment,
    Receipt,
    StripeEvent,
    queue_mail,
    raise_alert,
)
from orders.payments.reconcile import reconcile
from orders.tasks import apply_retention
from tests.steps.clock import grow_older
from tests.steps.database_search import traces_of
from tests.steps.factories import (
    make_code,
    make_order,
    make_payment,
    make_refund,
    make_staff,
)
from tests.steps.full_order import ADDRESS, FORMER, NETWORK, SERIAL, order_with_full_history
from tests.steps.retention import assert_books_agree
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

YEARS = timedelta(days=3 * 366)


@pytest.mark.usefixtures("on_sale")
def test_after_its_time_nothing_leads_to_the_customer_and_the_books_agree(
    stripe: Stripe, client: Client
) -> None:
    order = order_with_full_history(stripe, client)
    token, number = order.token, order.number
    assert len(traces_of(ADDRESS)) > 3
    grow_older(stripe, YEARS)
    apply_retention()
    assert traces_of(ADDRESS, FORMER, "muster", token, NETWORK) == []
    # about the radio, and anonymised
    assert {trace.partition(".")[0] for trace in traces_of(SERIAL)} == {"CodeBookEntry"}
    kept = [each.number_text for each in Receipt.objects.filter(order__number=number)]
    assert kept == ["C-000001", "R-000001"]
    assert_books_agree()


@pytest.mark.usefixtures("on_sale")
def test_its_pages_still_open_for_staff_and_its_link_does_not(
    stripe: Stripe, client: Client, admin_client: Client
) -> None:
    order = order_with_full_history(stripe, client)
    grow_older(stripe, YEARS)
    apply_retention()
    assert client.get(order.secret_link()).status_code == 404
    page = admin_client.get(f"/admin/orders/order/{order.pk}/change/")
    assert "all that was about the customer is gone" in page.content.decode()
    receipt = Receipt.objects.filter(order=order).latest("pk")
    assert admin_client.get(f"/admin/orders/receipt/{receipt.pk}/pdf/").status_code == 200


@pytest.mark.usefixtures("on_sale")
def test_a_refund_made_years_later_is_written_down_and_mails_nobody(
    stripe: Stripe, client: Client, mailoutbox: list[Any]
) -> None:
    order = order_with_full_history(stripe, client)
    grow_older(stripe, YEARS)
    apply_retention()
    mailoutbox.clear()
    stripe.refund(order.payments.get().intent_id)
    reconcile(1)
    work_until_quiet()
    order.refresh_from_db()
    assert (order.status, len(mailoutbox)) == ("refunded", 0)
    assert_books_agree()


def finished(**values: Any) -> Order:
    order = make_order(**{"status": "delivered"} | values)
    make_code(order)
    make_payment(order, status="captured", amount_captured=order.price, captured_at=long_ago())
    return order


def long_ago(days: int = 1200) -> Any:
    return timezone.now() - timedelta(days=days)


def aged(order: Order, days: int = 1200) -> Order:
    Order.objects.filter(pk=order.pk).update(created_at=long_ago(days))
    Consent.objects.filter(order=order).update(given_at=long_ago(days))
    order.history.update(at=long_ago(days))
    order.emails.update(created_at=long_ago(days), due_at=None)
    return order


def on_hold(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(on_hold_at=long_ago(), on_hold_reason="fraud")


def disputed(order: Order) -> None:
    order.payments.get().disputes.create(
        stripe_id="dp_1", status="under_review", reason="general", amount=100, currency="eur",
        opened_at=long_ago(),
    )  # fmt: skip


def dispute_closed_lately(order: Order) -> None:
    disputed(order)
    order.payments.get().disputes.update(status="won", closed_at=timezone.now())


def being_refunded(order: Order) -> None:
    make_refund(order.payments.get(), status="pending")


def mail_waits(order: Order) -> None:
    queue_mail(order, Mail.YOUR_CODE)


def attention_list(order: Order) -> None:
    order.needs_attention("mail")
    order.history.update(at=long_ago())


def alert_is_open(order: Order) -> None:
    raise_alert(Alert.Kind.DIFFERENCE, "x", "x", order)


def something_happened_lately(order: Order) -> None:
    order.history.create(subject="order", subject_id=order.pk, move="deliver", status="delivered")


@pytest.mark.parametrize(
    "still",
    [
        on_hold, disputed, dispute_closed_lately, being_refunded, mail_waits, attention_list,
        alert_is_open, something_happened_lately,
    ],
)  # fmt: skip
def test_what_is_not_over_is_left_alone(still: Any) -> None:
    order = aged(finished())
    still(order)
    apply_retention()
    order.refresh_from_db()
    assert (order.email, order.is_anonymised) == ("anna@example.com", False)


@pytest.mark.parametrize(
    "status", ["pending", "placed", "with_staff", "found", "payment_due", "ending"]
)
def test_open_orders_are_left_alone_however_old(status: str) -> None:
    order = aged(make_order(status=status, network=NETWORK))
    make_payment(order, status="held")
    apply_retention()
    order.refresh_from_db()
    assert (order.email, order.network, order.payments.count()) == ("anna@example.com", NETWORK, 1)


def test_an_order_that_nobody_paid_is_deleted_after_its_days() -> None:
    old, young = (aged(make_order(status="expired"), days) for days in (31, 29))
    for order in (old, young):
        make_payment(order, status="expired")
    apply_retention()
    assert list(Order.objects.all()) == [young]
    assert list(Payment.objects.values_list("order", flat=True)) == [young.pk]


def test_an_expired_order_whose_money_was_held_is_no_unpaid_one() -> None:
    order = aged(make_order(status="expired"), 31)
    make_payment(order, status="failed", held_at=long_ago(31))
    apply_retention()
    assert Order.objects.filter(pk=order.pk).exists()


def test_network_addresses_go_when_no_bank_can_dispute_any_more() -> None:
    old, young = (aged(finished(network=NETWORK), days) for days in (181, 179))
    for order in (old, young):
        order.consents.update(address=NETWORK)
        order.payments.update(captured_at=order.created_at, card_hash="x")
    Payment.objects.filter(order=old).update(captured_at=long_ago(181))
    Payment.objects.filter(order=young).update(captured_at=long_ago(179))
    apply_retention()
    assert [o.network for o in Order.objects.order_by("pk")] == ["", NETWORK]
    assert [p.card_hash for p in Payment.objects.order_by("pk")] == ["", "x"]
    assert Consent.objects.filter(address=NETWORK, order=young).count() == 2
    assert not Consent.objects.filter(order=old).exclude(address=None).exists()


def test_a_mistyped_address_is_a_strangers_and_goes_soon() -> None:
    order = finished()
    for to in ("ana@example.com", "Anna@example.com", "desk@encore.example"):
        Email.objects.create(order=order, mail=Mail.YOUR_CODE, to=to, status="sent")
    aged(order, 31)
    apply_retention()
    left = Email.objects.order_by("pk").values_list("to", flat=True)
    assert list(left) == ["", "Anna@example.com", "desk@encore.example"]


def test_what_belongs_to_no_order_goes_after_its_days() -> None:
    vera = make_staff()
    for number, days in enumerate((91, 89)):
        event = StripeEvent.objects.create(
            stripe_id=f"evt_{number}", type="x", is_live=False, status="handled"
        )
        StripeEvent.objects.filter(pk=event.pk).update(received_at=long_ago(days))
        alert = raise_alert(Alert.Kind.EVENTS, str(number), "x")
        alert.settle(vera)
        Alert.objects.filter(pk=alert.pk).update(settled_at=long_ago(days))
    block = Block(kind="email", reason="fraud", by=vera)
    block.set_value("bad@example.com")
    block.save()
    Block.objects.update(created_at=long_ago(1096))
    waiting = StripeEvent.objects.create(
        stripe_id="evt_waiting", type="x", is_live=False, due_at=timezone.now()
    )
    StripeEvent.objects.filter(pk=waiting.pk).update(received_at=long_ago(91))
    apply_retention()
    assert set(StripeEvent.objects.values_list("stripe_id", flat=True)) == {"evt_1", "evt_waiting"}
    assert (Alert.objects.count(), Block.objects.count()) == (1, 0)


@pytest.mark.usefixtures("on_sale")
def test_books_go_when_tax_law_wants_them_no_longer(stripe: Stripe, client: Client) -> None:
    order = order_with_full_history(stripe, client)
    grow_older(stripe, YEARS)
    apply_retention()
    grow_older(stripe, timedelta(days=11 * 366) - YEARS)
    Order.objects.update(anonymised_at=timezone.now() - timedelta(days=1))
    call_command("apply_retention")
    assert not Order.objects.filter(pk=order.pk).exists()
    assert not Receipt.objects.exists() and not Payment.objects.exists()
    assert list(find_violations(timedelta(0))) == []
