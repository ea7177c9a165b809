"""The staff desk, through its pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.models import Alert, CodeBookEntry, History, Order, Payment
from orders.sweep import end_overdue_orders
from tests.steps.attention import open_reasons
from tests.steps.factories import (
    CODE,
    SERIAL,
    make_car_model,
    make_code,
    make_code_book_entry,
    make_order,
    make_payment,
    make_radio,
    make_staff,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/desk/"


@pytest.fixture
def vera() -> User:
    return make_staff("vera", "enter_code")


@pytest.fixture
def desk(client: Client, vera: User) -> Client:
    client.force_login(vera)
    return client


@pytest.fixture
def order() -> Order:
    order = make_order(status="with_staff", car_model=make_car_model())
    make_payment(order, status="held")
    return order


def url(order: Order, below: str = "") -> str:
    return f"{LIST.removesuffix('desk/')}{order.pk}/desk/{below}"


def answer(desk: Client, order: Order, **values: Any) -> dict[str, Any]:
    """What the order's page sends, after it was opened."""
    desk.get(url(order))
    return filled_in(order, **values)


def filled_in(order: Order, **values: Any) -> dict[str, Any]:
    order.refresh_from_db()
    lease = {"version": order.version, "claim_token": str(order.claim_token)}
    typed: dict[str, Any] = lease | {"code": CODE, "add_to_book": "on"} | values
    return {"read_back": typed["code"].replace(" ", "")} | typed


def text(response: Any) -> str:
    return str(response.content.decode())


# ------------------------------------------------------------------ opening
def test_it_shows_what_a_person_needs(desk: Client, order: Order) -> None:
    page = text(desk.get(url(order)))
    for words in (
        "BP12 3456 7890 12", "four digits", "Micra", "CODE, dashes or 0000",
        "Switch the radio on.", "/nissan/micra/",
    ):  # fmt: skip
        assert words in page


@pytest.mark.also_on_sqlite
def test_opening_claims_the_order(desk: Client, vera: User, order: Order) -> None:
    desk.get(url(order))
    order.refresh_from_db()
    assert order.opened_by == vera
    assert order.claimed_until is not None
    assert order.claimed_until > timezone.now() + timedelta(minutes=14)


def test_the_deadline_does_not_take_an_open_order(desk: Client, order: Order) -> None:
    Order.objects.update(deadline_at=timezone.now() - timedelta(minutes=1))
    desk.get(url(order))
    end_overdue_orders()
    order.refresh_from_db()
    assert order.status == "with_staff"


def test_a_second_person_sees_who_has_it(desk: Client, order: Order) -> None:
    desk.get(url(order))
    paul = Client()
    paul.force_login(make_staff("paul", "enter_code"))
    page = text(paul.get(url(order)))
    assert "vera has this order open until" in page
    assert "Send the code" not in page


@pytest.mark.also_on_sqlite
def test_an_open_page_keeps_the_order_and_a_closed_one_soon_does_not(
    desk: Client, order: Order
) -> None:
    desk.get(url(order))
    lease = filled_in(order)
    assert "Yours while this page is open" in text(desk.post(url(order, "keep/"), lease))
    order.refresh_from_db()
    assert order.claimed_until and order.claimed_until < timezone.now() + timedelta(minutes=4)
    paul = Client()
    paul.force_login(make_staff("paul", "enter_code"))
    assert "open with you" in text(paul.post(url(order, "keep/"), lease | {"claim_token": ""}))
    Order.objects.update(claimed_until=timezone.now())
    assert "Send the code" in text(paul.get(url(order)))
    answered = desk.post(url(order, "keep/"), lease)
    assert (answered.status_code, "no longer open with you" in text(answered)) == (286, True)


@pytest.mark.also_on_sqlite
def test_a_second_person_cannot_answer(desk: Client, order: Order) -> None:
    desk.get(url(order))
    paul = Client()
    paul.force_login(make_staff("paul", "enter_code"))
    response = paul.post(url(order), filled_in(order, claim_token="None"))
    order.refresh_from_db()
    assert (response.status_code, order.status) == (409, "with_staff")


@pytest.mark.parametrize("below", ["", "end/", "put-back/"])
def test_it_is_closed_without_the_permission(client: Client, order: Order, below: str) -> None:
    client.force_login(make_staff("otto", "view_order", "view_code"))
    assert client.get(LIST).status_code == 403
    assert client.post(url(order, below), filled_in(order)).status_code == 403


# ------------------------------------------------------------------ sending a code
@pytest.mark.also_on_sqlite
def test_it_stores_the_code_and_has_the_payment_taken(
    desk: Client, vera: User, order: Order
) -> None:
    response = desk.post(url(order), answer(desk, order))
    order.refresh_from_db()
    assert response["Location"] == LIST
    assert order.status == "found"
    assert order.current_code is not None
    assert order.current_code.digits == CODE
    assert Payment.objects.get().due_at is not None
    row = History.objects.get(move="find")
    assert (row.by, row.note) == (vera, "desk")


def test_a_code_is_read_back_before_it_is_sent(desk: Client, order: Order) -> None:
    Payment.objects.update(country="DE")
    page = desk.post(url(order), answer(desk, order, read_back=""))
    order.refresh_from_db()
    assert (page.status_code, order.status) == (200, "with_staff")
    for words in (
        "Send 4-3-0-7 to a customer in Germany?", "€14.99 is charged now", "BP12 3456 7890 12",
        'name="read_back" value="4307"', "autofocus",
    ):  # fmt: skip
        assert words in text(page)
    changed = desk.post(url(order), filled_in(order, read_back="", change="1"))
    assert 'value="4307"' in text(changed) and "Send the code" in text(changed)
    desk.post(url(order), filled_in(order, code="4308"))  # read back as typed now
    order.refresh_from_db()
    assert order.current_code and order.current_code.digits == "4308"


def test_another_code_than_the_one_read_back_is_not_sent(desk: Client, order: Order) -> None:
    page = desk.post(url(order), answer(desk, order, code="4308", read_back=CODE))
    order.refresh_from_db()
    assert "Send 4-3-0-8" in text(page) and order.status == "with_staff"


def test_the_code_field_has_the_focus_and_a_keypad_of_numbers(desk: Client, order: Order) -> None:
    field = text(desk.get(url(order))).split('name="code"')[1].split(">")[0]
    assert "autofocus" in field and 'inputmode="numeric"' in field


def test_what_the_book_has_is_sent_by_one_button(client: Client, vera: User, order: Order) -> None:
    make_code_book_entry(code="2468")
    client.force_login(make_staff("ada", "enter_code", "view_code"))
    for _ in range(2):
        assert "<code>2468</code>" in text(client.get(url(order)))
    assert order.history.get(move="saw_known_code").by.username == "ada"  # type: ignore[union-attr]
    page = client.post(url(order), filled_in(order, code="2468", read_back=""))
    assert "Send 2-4-6-8" in text(page)
    order.finish()
    client.force_login(vera)
    assert "2468" not in text(client.get(url(order)))


def test_it_forgives_spaces(desk: Client, order: Order) -> None:
    desk.post(url(order), answer(desk, order, code=" 43 07 "))
    order.refresh_from_db()
    assert order.current_code is not None
    assert order.current_code.digits == "4307"


def test_a_code_of_the_wrong_shape_is_refused_and_kept(desk: Client, order: Order) -> None:
    response = desk.post(url(order), answer(desk, order, code="43O7"))
    order.refresh_from_db()
    assert (response.status_code, order.status) == (422, "with_staff")
    assert "Its codes are: four digits." in text(response)
    assert 'value="43O7"' in text(response)


def test_after_a_refused_code_the_same_page_still_answers(desk: Client, order: Order) -> None:
    desk.post(url(order), answer(desk, order, code="43"))
    desk.post(url(order), filled_in(order))
    order.refresh_from_db()
    assert order.status == "found"


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("stale", [{"version": 99}, {"claim_token": "0" * 32}, {"version": ""}])
def test_a_stale_page_changes_nothing(desk: Client, order: Order, stale: dict[str, Any]) -> None:
    response = desk.post(url(order), answer(desk, order) | stale)
    order.refresh_from_db()
    assert (response.status_code, order.status) == (409, "with_staff")
    assert "changed meanwhile" in text(response)
    assert not order.codes.exists()


def test_an_order_that_ended_meanwhile_takes_no_code(desk: Client, order: Order) -> None:
    data = answer(desk, order)
    order.end("withdrawn")
    response = desk.post(url(order), data)
    order.refresh_from_db()
    assert (response.status_code, order.status) == (409, "ending")
    assert "no longer at the desk" in text(response)


@pytest.mark.parametrize("status", ["placed", "found", "ready", "delivered", "released"])
def test_an_order_that_others_served_is_not_opened(desk: Client, status: str) -> None:
    order = make_order(status=status)
    make_code(order)
    assert desk.get(url(order)).status_code == 404
    page = text(desk.post(url(order), filled_in(order)))
    assert "no longer at the desk" in page
    assert order.number not in page and "BP12 3456" not in page


def test_who_served_an_order_may_look_at_it_again(desk: Client, order: Order) -> None:
    desk.post(url(order), answer(desk, order))
    assert "BP12 3456 7890 12" in text(desk.get(url(order)))
    paul = Client()
    paul.force_login(make_staff("paul", "enter_code"))
    assert paul.get(url(order)).status_code == 404


def test_sent_twice_it_is_one_code(desk: Client, order: Order) -> None:
    data = answer(desk, order)
    desk.post(url(order), data)
    second = desk.post(url(order), data)
    assert "was stored already" in second.content.decode()
    assert order.codes.count() == 1


def test_it_adds_the_code_to_the_book(desk: Client, order: Order) -> None:
    desk.post(url(order), answer(desk, order))
    entry = CodeBookEntry.objects.get()
    assert (entry.serial, entry.code, entry.origin) == (SERIAL, CODE, f"desk, {order.number}")


def test_it_leaves_the_book_alone_if_asked_to(desk: Client, order: Order) -> None:
    data = answer(desk, order)
    del data["add_to_book"]
    desk.post(url(order), data)
    assert not CodeBookEntry.objects.exists()


def test_it_asks_for_steps_where_the_guides_have_none(desk: Client) -> None:
    order = make_order(status="with_staff", radio=make_radio())
    make_payment(order, status="held")
    assert "entry_steps" in text(desk.get(url(order)))
    desk.post(url(order), answer(desk, order, entry_steps="Press 1.\nPress 2."))
    order.refresh_from_db()
    assert order.entry_steps.splitlines() == ["Press 1.", "Press 2."]


# ------------------------------------------------------------------ another code than before
def test_another_code_than_the_book_has_is_questioned(desk: Client, order: Order) -> None:
    make_code_book_entry(code="9999")
    response = desk.post(url(order), answer(desk, order))
    order.refresh_from_db()
    assert (response.status_code, order.status) == (422, "with_staff")
    assert "Another code is known for this serial, from the code book" in text(response)
    assert "9999" not in text(response)


def test_another_code_than_an_earlier_order_got_is_questioned(desk: Client, order: Order) -> None:
    earlier = make_order(status="delivered")
    make_code(earlier, "9999")
    response = desk.post(url(order), answer(desk, order))
    assert f"from order {earlier.number}" in text(response)


def test_who_types_other_codes_is_noted_and_staff_are_alerted(
    desk: Client, vera: User, order: Order
) -> None:
    make_code_book_entry(code="9999")
    for guessed in range(1000, 1003):
        assert not Alert.objects.exists()
        assert desk.post(url(order), answer(desk, order, code=str(guessed))).status_code == 422
    noted = History.objects.filter(move="other_code")
    assert [(row.by, row.note) for row in noted] == [(vera, "")] * 3
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("other_codes", f"other-codes:{vera.pk}")
    assert "vera" in alert.text and "1002" not in alert.text and "9999" not in alert.text


def test_who_insists_is_heard_and_the_order_marked(desk: Client, order: Order) -> None:
    make_code_book_entry(code="9999")
    desk.post(url(order), answer(desk, order, is_sure="on"))
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("found", ["other_code"])
    assert CodeBookEntry.objects.get().code == "9999"


def test_the_same_code_as_before_is_not_questioned(desk: Client, order: Order) -> None:
    make_code_book_entry(code=CODE)
    desk.post(url(order), answer(desk, order))
    order.refresh_from_db()
    assert (order.status, open_reasons(order)) == ("found", [])


# ------------------------------------------------------------------ no code
def test_no_code_ends_the_order(desk: Client, vera: User, order: Order) -> None:
    desk.post(url(order, "end/"), answer(desk, order, is_sure="on"))
    order.refresh_from_db()
    assert (order.status, order.ended_because) == ("ending", "no_code")
    assert History.objects.get(move="end").by == vera


def test_no_code_wants_to_be_confirmed(desk: Client, order: Order) -> None:
    response = desk.post(url(order, "end/"), answer(desk, order))
    order.refresh_from_db()
    assert (response.status_code, order.status) == (422, "with_staff")


def test_a_stale_page_ends_nothing(desk: Client, order: Order) -> None:
    data = answer(desk, order, is_sure="on", claim_token="0" * 32)
    response = desk.post(url(order, "end/"), data)
    order.refresh_from_db()
    assert (response.status_code, order.status) == (409, "with_staff")
