"""The order page asks once whether the code worked."""

import pytest
from django.test import Client

from orders.models import Comparison, Order
from tests.steps.factories import make_code, make_order
from tests.steps.families import MICRA, MICRA_CODE, make_family, make_micra_radio

pytestmark = pytest.mark.django_db

ASKS, HELPS = "Did it work?", "Leave the radio switched on, and do not try again"


def made_order(status: str = "delivered", code: str = MICRA_CODE) -> Order:
    order = make_order(radio=make_micra_radio(), serial=MICRA, status=status)
    make_code(order, code)
    order.codes.update(source="computed")
    return order


def page(client: Client, order: Order) -> str:
    return client.get(order.secret_link()).content.decode()


def say(client: Client, order: Order, worked: str) -> int:
    status = client.post(f"{order.secret_link()}worked/", {"worked": worked}).status_code
    order.refresh_from_db()
    return status


@pytest.mark.parametrize("status", ["ready", "delivered"])
def test_yes_confirms_the_computed_code(client: Client, status: str) -> None:
    make_family(state="released")
    order = made_order(status)
    assert ASKS in page(client, order)
    assert (say(client, order, "yes"), order.worked) == (303, True)
    row = Comparison.objects.get()
    assert (row.is_equal, row.source, row.order) == (True, "customer", order)
    assert ASKS not in page(client, order) and HELPS not in page(client, order)


def test_no_leads_to_help_and_confirms_nothing(client: Client) -> None:
    make_family(state="released")
    order = made_order()
    response = client.post(f"{order.secret_link()}worked/", {"worked": "no"})
    order.refresh_from_db()
    assert response.headers["Location"] == f"{order.secret_link()}problem/"
    assert order.worked is False and not Comparison.objects.exists()
    assert HELPS in page(client, order) and ASKS not in page(client, order)
    assert f'href="{order.secret_link()}problem/"' in page(client, order).partition(HELPS)[2]


def test_it_is_asked_once(client: Client) -> None:
    make_family(state="released")
    order = made_order()
    for answer in ("no", "yes"):
        say(client, order, answer)
    assert order.worked is False and not Comparison.objects.exists()
    assert order.history.filter(move="worked").count() == 1


def test_another_code_that_worked_speaks_against_the_computed_one(client: Client) -> None:
    make_family()
    say(client, made_order(code="4711"), "yes")
    assert Comparison.objects.get().is_equal is False


@pytest.mark.parametrize("status", ["placed", "found", "refunded"])
def test_nothing_is_asked_while_no_code_is_shown(client: Client, status: str) -> None:
    make_family(state="released")
    order = made_order(status)
    assert ASKS not in page(client, order)
    say(client, order, "yes")
    assert order.worked is None and not Comparison.objects.exists()


def test_on_hold_it_is_not_asked(client: Client) -> None:
    order = made_order()
    order.needs_attention("blocked", holds_order=True)
    Order.objects.update(on_hold_at=order.created_at, on_hold_reason="blocked")
    say(client, order, "yes")
    assert order.worked is None


def test_other_answers_are_refused(client: Client) -> None:
    order = made_order()
    assert say(client, order, "maybe") == 400
    assert client.get(f"{order.secret_link()}worked/").status_code == 405
    wrong = f"/orders/{order.number}/wrong-token/worked/"
    assert client.post(wrong, {"worked": "yes"}).status_code == 404


def test_the_answer_works_without_scripts(client: Client) -> None:
    form = page(client, made_order()).partition('id="worked"')[2].partition("</form>")[0]
    assert 'name="worked" value="yes"' in form and "csrfmiddlewaretoken" in form
