"""Refunds by hand: who may, how much, a second look, and only once."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from orders.desk.holds import put_on_hold
from orders.models import Order, Payment, Refund
from tests.steps.factories import make_code, make_order, make_payment, make_refund, make_staff
from tests.steps.payments import delivered as delivered_at_stripe
from tests.steps.payments import state
from tests.steps.refunds import captured_with_staff, refunds_at_stripe
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


def url(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/return-money/"


@pytest.fixture
def order() -> Order:
    order = make_order(status="delivered")
    make_payment(order, status="captured", amount_captured=1499)
    make_code(order)
    return order


@pytest.fixture
def leo(client: Client) -> Client:
    client.force_login(make_staff("leo", "view_order", "return_money"))
    return client


def filled_in(client: Client, order: Order, **values: Any) -> dict[str, Any]:
    """What the page sends, as it is now."""
    form = client.get(url(order)).context["form"]
    data = {name: form[name].value() for name in form.fields}
    return data | {"reason": "goodwill", "note": "waited long"} | values


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_order_has_the_button_for_who_may(leo: Client, order: Order) -> None:
    assert url(order) in text(leo.get(f"/admin/orders/order/{order.pk}/change/"))


def test_without_the_permission_there_is_neither_button_nor_page(
    client: Client, order: Order
) -> None:
    client.force_login(make_staff("vera", "view_order", "change_order"))
    assert url(order) not in text(client.get(f"/admin/orders/order/{order.pk}/change/"))
    for response in (client.get(url(order)), client.post(url(order), {"is_sure": "1"})):
        assert response.status_code == 403


def test_it_offers_all_that_is_left(leo: Client, order: Order) -> None:
    Payment.objects.update(amount_refunded=499, status="part_refunded")
    make_refund(order.payments.get(), amount=499, status="succeeded")
    assert filled_in(leo, order)["amount"] == "10.00"


def test_the_form_says_who_reads_the_note(leo: Client, order: Order) -> None:
    """It stands in the copy that customers get of their data."""
    assert "Customers see it only in a copy of their data" in text(leo.get(url(order)))


def test_the_second_look_says_what_is_about_to_happen(leo: Client, order: Order) -> None:
    page = text(leo.post(url(order), filled_in(leo, order, amount="5")))
    for words in (
        "Return €5.00 to the customer?", "€9.99", "Goodwill",
        "waited long", "anna@example.com", "refunded €5.00 of what you paid",
    ):  # fmt: skip
        assert words in page
    assert not Refund.objects.exists()


def test_the_pages_hold_neither_code_nor_link_token(leo: Client, order: Order) -> None:
    for response in (leo.get(url(order)), leo.post(url(order), filled_in(leo, order))):
        assert "4307" not in text(response)
        assert order.token not in text(response)


def test_it_says_when_the_order_ends_with_it(leo: Client) -> None:
    order = make_order(status="with_staff")
    make_payment(order, status="captured", amount_captured=1499)
    page = text(leo.post(url(order), filled_in(leo, order)))
    assert "The order ends at once" in page


def test_a_change_of_mind_leads_back_to_the_form(leo: Client, order: Order) -> None:
    page = leo.post(url(order), filled_in(leo, order, amount="5", change=""))
    assert page.context["form"]["amount"].value() == "5"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-1", "15", "1.999", "", "much", "NaN", "1e9"])
def test_only_what_can_be_returned_is_accepted(leo: Client, order: Order, amount: str) -> None:
    response = leo.post(url(order), filled_in(leo, order, amount=amount, is_sure="1"))
    assert response.status_code == 422
    assert not Refund.objects.exists()


def test_a_currency_without_cents_takes_none(leo: Client, order: Order) -> None:
    Payment.objects.update(currency="jpy")
    assert filled_in(leo, order)["amount"] == "1499"
    response = leo.post(url(order), filled_in(leo, order, amount="14.99"))
    assert "no amount of JPY" in text(response)


def test_a_reason_has_to_be_chosen(leo: Client, order: Order) -> None:
    response = leo.post(url(order), filled_in(leo, order, reason="", is_sure="1"))
    assert "Choose a reason." in text(response)


@pytest.mark.parametrize("reason", ["dashboard", "no_code"])
def test_the_robots_reasons_cannot_be_chosen(leo: Client, order: Order, reason: str) -> None:
    leo.post(url(order), filled_in(leo, order, reason=reason, is_sure="1"))
    assert not Refund.objects.exists()


def test_another_orders_payment_is_not_returned(leo: Client, order: Order) -> None:
    other = make_payment(make_order(status="delivered"), status="captured", amount_captured=1499)
    response = leo.post(url(order), filled_in(leo, order, payment=other.pk, is_sure="1"))
    assert response.status_code == 422
    assert not Refund.objects.exists()


# ------------------------------------------------------------------ with Stripe
def returned(leo: Client, order: Order, **values: Any) -> Any:
    order.refresh_from_db()
    return leo.post(url(order), filled_in(leo, order, is_sure="1", **values), follow=True)


def test_a_part_is_returned_and_who_and_why_is_written_down(stripe: Stripe, leo: Client) -> None:
    order, _payment = delivered_at_stripe(stripe)
    returned(leo, order, amount="5")
    work_until_quiet()
    assert state(order) == ("delivered", "part_refunded")
    assert refunds_at_stripe(stripe) == [(500, "succeeded")]
    refund = Refund.objects.get()
    assert (str(refund.by), refund.reason, refund.note) == ("leo", "goodwill", "waited long")
    assert "Returned €5.00" in LogEntry.objects.get().get_change_message()


def test_a_double_click_returns_once(stripe: Stripe, leo: Client) -> None:
    order, _payment = delivered_at_stripe(stripe)
    data = filled_in(leo, order, amount="5", is_sure="1")
    for _ in range(2):
        leo.post(url(order), data)
    work_until_quiet()
    assert refunds_at_stripe(stripe) == [(500, "succeeded")]


def test_a_page_from_before_a_refund_returns_nothing_more(stripe: Stripe, leo: Client) -> None:
    order, _payment = delivered_at_stripe(stripe)
    data = filled_in(leo, order, amount="5", is_sure="1")
    leo.post(url(order), data)
    work_until_quiet()
    response = leo.post(url(order), data, follow=True)
    assert "changed meanwhile" in text(response)
    work_until_quiet()
    assert refunds_at_stripe(stripe) == [(500, "succeeded")]


def test_a_page_from_before_the_order_moved_returns_nothing(stripe: Stripe, leo: Client) -> None:
    order, payment = captured_with_staff(stripe)
    data = filled_in(leo, order, is_sure="1")
    put_on_hold(order, "fraud")
    assert "changed meanwhile" in text(leo.post(url(order), data, follow=True))
    assert not Refund.objects.exists()


def test_when_all_is_back_there_is_nothing_more_to_return(stripe: Stripe, leo: Client) -> None:
    order, _payment = delivered_at_stripe(stripe)
    returned(leo, order)
    assert "under way already" in text(leo.get(url(order), follow=True))
    work_until_quiet()
    assert state(order) == ("refunded", "refunded")
    assert "No money of this order is left" in text(leo.get(url(order), follow=True))


def test_the_lists_only_show(admin_client: Client, order: Order) -> None:
    refund = make_refund(order.payments.get(), status="succeeded")
    assert order.number in text(admin_client.get("/admin/orders/refund/"))
    page = f"/admin/orders/refund/{refund.pk}/"
    assert admin_client.get(f"{page}change/").status_code == 200
    assert admin_client.post(f"{page}change/", {"amount": 1}).status_code == 403
    assert admin_client.post(f"{page}delete/").status_code == 403
    assert admin_client.get("/admin/orders/refund/add/").status_code == 403


def test_the_order_shows_its_refunds(leo: Client, order: Order) -> None:
    make_refund(order.payments.get(), amount=500, status="failed")
    page = text(leo.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "Refund of €5.00: failed" in page
