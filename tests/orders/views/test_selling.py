"""The switch: no new orders, said kindly; what was placed goes on."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from guides.models import Guide
from orders.models import Order, Selling
from tests.steps.content import the_version_was_just_read
from tests.steps.factories import make_car_model, make_code_book_entry, make_order, make_staff
from tests.steps.order_form import URL, answers
from tests.steps.payments import paid, state
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

SWITCH = "/admin/orders/selling/1/change/"
GUIDE = "/nissan/micra/"


@pytest.fixture(autouse=True)
def shop(on_sale: None) -> None:
    make_car_model()
    Guide.objects.update(is_published=True)


@pytest.fixture
def vera(client: Client) -> Client:
    """Signed in in a browser of her own."""
    vera = Client()
    vera.force_login(make_staff("vera", "stop_selling"))
    vera.get("/admin/orders/selling/")
    return vera


def stop(message: str = "") -> None:
    Selling(pk=1, is_open=False, message=message).save()


def test_the_form_gives_way_to_staffs_words(client: Client) -> None:
    stop("We are moving house until Monday.")
    response = client.get(URL)
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "3600")
    assert "STAND BY" in page and "We are moving house until Monday." in page


def test_a_form_that_was_open_orders_nothing(client: Client) -> None:
    stop()
    response = client.post(URL, answers())
    assert response.status_code == 503
    assert "nothing was charged" in response.content.decode()
    assert 'name="email" value="anna@example.com"' in response.text
    assert not Order.objects.exists()


def test_an_unpaid_order_gets_no_payment_page(client: Client) -> None:
    stop()
    order = make_order()
    assert client.post(order.secret_link() + "pay/").status_code == 503
    assert not order.payments.exists()


def test_whose_payment_failed_may_still_pay(client: Client, stripe: Stripe) -> None:
    stop()
    order = make_order(status="payment_due")
    assert client.post(order.secret_link() + "pay/").status_code == 303


def test_what_was_placed_goes_on(stripe: Stripe) -> None:
    make_code_book_entry()
    order, _payment = paid(stripe)
    stop()
    work_until_quiet()
    assert state(order) == ("delivered", "captured")


@pytest.mark.django_db(transaction=True)  # else no page is kept in memory
def test_guides_say_so_at_once_and_again_when_it_is_over(client: Client, vera: Client) -> None:
    assert "Order the code" in client.get(GUIDE).content.decode()
    vera.post(SWITCH, {"message": "Back on Monday."})
    page = client.get(GUIDE).content.decode()
    assert "Back on Monday." in page and "Order the code" not in page
    assert "schema.org/OutOfStock" in page and "InStock" not in page  # what search engines read
    vera.post(SWITCH, {"is_open": "on"})
    page = client.get(GUIDE).content.decode()
    assert "Order the code" in page and "schema.org/InStock" in page


@pytest.mark.django_db(transaction=True)
def test_a_page_from_memory_asks_nothing_more(
    client: Client, django_assert_num_queries: Any
) -> None:
    stop()
    client.get(GUIDE)
    the_version_was_just_read()
    with django_assert_num_queries(0):
        assert "We take no orders" in client.get(GUIDE).content.decode()


def test_who_switched_is_written_down(vera: Client) -> None:
    vera.post(SWITCH, {"message": "A pause."})
    row = Selling.objects.get()
    assert (row.is_open, str(row.changed_by)) == (False, "vera")
    assert LogEntry.objects.get().user.get_username() == "vera"


def test_without_the_permission_nobody_switches(client: Client) -> None:
    Selling(pk=1).save()
    client.force_login(make_staff("otto", "view_selling"))
    assert client.post(SWITCH, {"message": "A pause."}).status_code == 403
    client.force_login(make_staff("anton", "view_order"))
    assert client.get(SWITCH).status_code == 403
    assert Selling.objects.get().is_open
