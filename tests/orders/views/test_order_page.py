import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from orders.lib import crypto
from orders.models import Email, Mail, Order, Question, Status
from orders.payments.checkout import checkout_url
from tests.steps.factories import CODE, make_car_model, make_code, make_order, make_payment
from tests.steps.stripe import Stripe
from tests.steps.work import answer_link_requests, work_until_quiet

pytestmark = pytest.mark.django_db

MAY_SHOW = {Status.READY, Status.DELIVERED}


def page_of(client: Client, order: Order, below: str = "") -> str:
    return client.get(order.secret_link() + below).content.decode()


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("status", Status.values)
def test_the_code_is_shown_only_when_it_is_paid_for(client: Client, status: str) -> None:
    order = make_order(status=status)
    make_code(order)
    page = page_of(client, order)
    assert f'data-status="{status}"' in page
    assert (CODE in page) == (status in MAY_SHOW)


def test_no_code_is_shown_while_the_order_is_on_hold(client: Client) -> None:
    order = make_order(status="ready", on_hold_at=timezone.now(), on_hold_reason="dispute")
    make_code(order)
    assert CODE not in page_of(client, order)


def test_the_code_comes_with_the_steps_of_that_car(client: Client) -> None:
    car_model = make_car_model()
    order = make_order(
        status="delivered", car_model=car_model, generation=car_model.generations.get()
    )
    make_code(order)
    assert "Step each digit with presets 1 to 4." in page_of(client, order)


def test_steps_that_staff_typed_are_shown(client: Client) -> None:
    order = make_order(status="ready", entry_steps="Hold the knob.\nTurn it right.")
    make_code(order)
    assert "Turn it right." in page_of(client, order)


def first_shown(order: Order) -> datetime | None:
    order.refresh_from_db()
    return order.first_shown_at


@pytest.mark.also_on_sqlite
def test_when_the_code_was_first_seen_is_kept(client: Client) -> None:
    order = make_order(status="ready")
    make_code(order)
    seen = order.secret_link() + "seen/"
    assert f'action="{seen}" data-seen' in page_of(client, order)
    assert client.post(seen)["Location"] == order.secret_link()
    first = first_shown(order)
    assert first is not None
    client.post(seen)
    assert first_shown(order) == first
    assert [row.move for row in order.history.all()] == ["seen"]
    assert "data-seen" not in page_of(client, order)


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}]
)
@pytest.mark.parametrize("below", ["", "status/", "seen/"])
def test_who_only_fetches_the_page_has_not_seen_the_code(
    client: Client, below: str, headers: dict[str, str]
) -> None:
    order = make_order(status="delivered")
    make_code(order)
    for fetch in (client.head, client.get):
        fetch(order.secret_link() + below, headers=headers)
    assert first_shown(order) is None


@pytest.mark.parametrize(
    "values", [{"status": "found"}, {"on_hold_at": timezone.now(), "on_hold_reason": "dispute"}]
)
def test_what_must_not_be_shown_was_not_seen(client: Client, values: dict[str, Any]) -> None:
    """A page from before the hold may still lie open."""
    order = make_order(**{"status": "ready"} | values)
    make_code(order)
    client.post(order.secret_link() + "seen/")
    assert first_shown(order) is None
    assert not order.history.exists()


def test_a_wrong_token_and_a_wrong_number_are_the_same_404(client: Client) -> None:
    order = make_order()
    answers = [
        client.get(f"/orders/{order.number}/{'x' * 32}/"),
        client.get(f"/orders/RC-XXXX-XXXX/{order.token}/"),
        client.get("/orders/RC-XXXX-XXXX/x/"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1


def test_the_page_is_for_nobody_else(client: Client) -> None:
    response = client.get(make_order().secret_link())
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"


def test_the_address_is_masked(client: Client) -> None:
    page = page_of(client, make_order())
    assert "anna@example.com" not in page
    assert "a•••@example.com" in page


def test_the_status_answers_nothing_until_something_changes(client: Client) -> None:
    order = make_order()
    url = order.secret_link() + "status/"
    assert client.get(url, {"v": order.version}).status_code == 204
    order.place()
    assert 'data-status="placed"' in client.get(url, {"v": 0}).content.decode()


def test_a_page_that_waits_refreshes_without_javascript(client: Client) -> None:
    assert 'http-equiv="refresh"' in page_of(client, make_order(status="placed"))
    assert 'http-equiv="refresh"' not in page_of(client, make_order(status="released"))


def test_how_often_a_page_asks_is_left_to_its_script(client: Client) -> None:
    """The script asks less often with time: the browser's tests. No fixed interval stands here."""
    page = page_of(client, make_order())
    assert 'data-hx-trigger="look"' in page and 'data-look-again="1"' in page
    assert "every " not in page
    assert "data-look-again" not in page_of(client, make_order(status="released"))


def test_coming_back_from_stripe_places_the_order(client: Client, stripe: Stripe) -> None:
    order = make_order()
    checkout_url(order)
    session = str(order.payments.get().session_id)
    stripe.pay(session)
    response = client.get(order.secret_link(), {"session_id": session})
    assert (response.status_code, response["Location"]) == (303, order.secret_link())
    order.refresh_from_db()
    assert order.status == "placed"


@pytest.mark.also_on_sqlite
@pytest.mark.parametrize("first", ["customer", "event"])
def test_whoever_comes_first_tells_and_the_second_changes_nothing(
    client: Client, stripe: Stripe, first: str
) -> None:
    order = make_order()
    checkout_url(order)
    session = str(order.payments.get().session_id)
    stripe.pay(session)

    def come_back() -> None:
        client.get(order.secret_link(), {"session_id": session})

    def deliver() -> None:
        stripe.deliver("checkout.session.completed")
        work_until_quiet()

    for act in (come_back, deliver) if first == "customer" else (deliver, come_back):
        act()
    moves = order.history.filter(move__in=["place", "hold"]).values_list("move", flat=True)
    assert sorted(moves) == ["hold", "place"]


def test_the_session_of_another_order_proves_nothing(client: Client, stripe: Stripe) -> None:
    mine, other = make_order(), make_order()
    checkout_url(other)
    session = str(other.payments.get().session_id)
    stripe.pay(session)
    client.get(mine.secret_link(), {"session_id": session})
    for order in (mine, other):
        order.refresh_from_db()
        assert order.status == "pending"


def test_coming_back_while_stripe_is_away_says_that_it_is_being_confirmed(
    client: Client, stripe: Stripe
) -> None:
    order = make_order()
    checkout_url(order)
    stripe.fail("down", times=None)
    session = str(order.payments.get().session_id)
    response = client.get(order.secret_link(), {"session_id": session}, follow=True)
    assert "being confirmed" in response.content.decode()


def test_an_unpaid_order_can_be_paid_from_its_page(client: Client, stripe: Stripe) -> None:
    order = make_order()
    response = client.post(order.secret_link() + "pay/")
    assert response["Location"] == order.payments.get().checkout_url


def test_an_order_that_is_paid_is_not_paid_again(client: Client, stripe: Stripe) -> None:
    order = make_order(status="delivered")
    response = client.post(order.secret_link() + "pay/")
    assert response["Location"] == order.secret_link()
    assert not order.payments.exists()


def find(client: Client, **answers: Any) -> str:
    page = client.post("/orders/find/", answers, follow=True).content.decode()
    answer_link_requests()
    return page


def test_a_lost_link_is_mailed_again_and_the_answer_is_always_the_same(client: Client) -> None:
    order = make_order(status="placed")
    right = find(client, number=order.number.lower(), email="Anna@example.com")
    wrong = find(client, number=order.number, email="eve@example.com")
    assert "is on its way" in right
    assert re.sub(r'value="\w{64}"', "", right) == re.sub(r'value="\w{64}"', "", wrong)
    assert [email.mail for email in order.emails.all()] == [Mail.ORDER_LINK]


def test_the_page_answers_head(client: Client) -> None:
    assert client.head(make_order().secret_link()).status_code == 200


def test_no_mail_is_promised_for_an_order_that_is_not_paid(client: Client) -> None:
    assert "we&#x27;ll e-mail you" not in page_of(client, make_order())


def test_a_refused_mail_is_told_beside_the_code(client: Client) -> None:
    order = make_order(status="ready")
    make_code(order)
    Email.objects.create(order=order, mail=Mail.YOUR_CODE, to=order.email, status="failed")
    assert "Our e-mail to you did not arrive" in page_of(client, order)


def test_a_link_is_not_mailed_again_and_again(client: Client) -> None:
    order, other = make_order(status="placed"), make_order(status="with_staff")
    for each in (order, other, order):
        find(client, number=each.number, email=each.email)
    assert order.emails.count() + other.emails.count() == 1


@pytest.mark.parametrize("values", [
    {"status": "pending"}, {"status": "expired"},
    {"status": "delivered", "anonymised_at": timezone.now()},
])  # fmt: skip
def test_no_link_is_mailed_where_no_mail_goes_out(client: Client, values: dict[str, Any]) -> None:
    """Anybody can order with a stranger's address."""
    order = make_order(**values)
    assert "is on its way" in find(client, number=order.number, email=order.email)
    assert not order.emails.exists()


def test_the_page_says_what_was_ordered_and_its_title_that_the_code_is_ready(
    client: Client,
) -> None:
    order = make_order(status="ready")
    make_code(order)
    text = page_of(client, order)
    assert re.search(r"<title>\s*Code ready: ", text)
    assert re.search(r"BP12\s+3456\s+7890\s+12", text)
    news = page_of(client, order, "status/")
    assert news.count("<title>") == 1 and "Code ready: " in news


def test_no_code_says_that_nothing_was_charged_and_what_to_do_now(client: Client) -> None:
    text = page_of(client, make_order(status="released", ended_because="no_code"))
    assert "What you can do now" in text
    assert re.search(r"Charged</dt>\s*<dd>\s*(€\s?0.00|0.00\s€)", text)
    assert "Price</dt>" not in text
    withdrawn = page_of(client, make_order(status="released", ended_because="withdrawn"))
    assert "What you can do now" not in withdrawn


def test_what_was_charged_and_refunded_is_said(client: Client) -> None:
    order = make_order(status="refunded")
    make_payment(order, status="refunded", amount_captured=1499, amount_refunded=1499)
    text = " ".join(re.sub("<[^>]+>", " ", page_of(client, order)).split())
    assert "Charged €14.99 Refunded €14.99" in text
    assert "up to ten working days" in text


@pytest.mark.parametrize(
    ("status", "asks", "label"),
    [
        ("with_staff", False, "You'll hear from us by"),
        ("with_staff", True, "Please answer by"),
        ("payment_due", False, "Pay by"),
    ],
)
def test_each_deadline_says_who_has_to_act(
    client: Client, status: str, asks: bool, label: str
) -> None:
    order = make_order(status=status)
    if asks:
        Question.objects.create(order=order, text_encrypted=crypto.encrypt("Which car?"))
    labels = re.findall(r"<dt>\s*([^<]+?)\s*</dt>\s*<dd>\s*<time", page_of(client, order))
    assert labels == [label]


def test_counts_of_presses_come_with_what_to_go_by(client: Client) -> None:
    order = make_order(status="ready", car_model=make_car_model())
    make_code(order)
    assert "Go by what the display shows, not by the count." in page_of(client, order)


def test_a_code_is_not_sold_with_steps_that_we_do_not_have(client: Client) -> None:
    due = {"status": "payment_due", "deadline_at": timezone.now()}
    assert "with the steps" not in page_of(client, make_order(**due))
    car_model = make_car_model()
    order = make_order(**due, car_model=car_model, generation=car_model.generations.get())
    assert "with the steps to enter it" in page_of(client, order)


def test_when_payment_is_due_the_button_comes_first(client: Client) -> None:
    text = page_of(client, make_order(status="payment_due", deadline_at=timezone.now()))
    assert text.index("/pay/") < text.index('id="what-you-buy"')
    assert "Pay by" in text
