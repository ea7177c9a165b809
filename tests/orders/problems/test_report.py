"""The customer reports that the code does not work; staff send another, refund or answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from orders.invariants import find_violations
from orders.models import Attention, Comparison, Email, Order, Problem, Upload
from orders.retrieval.earlier_orders import sold_before
from orders.sweep import recover_stuck_orders
from tests.steps.factories import CODE, SERIAL, make_order, make_radio, make_staff
from tests.steps.families import MICRA, MICRA_CODE, make_family, make_micra_radio
from tests.steps.order_page import order_page
from tests.steps.problems import digits, report, sold_order, submit
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

OTHER = "8135"


@pytest.fixture
def vera() -> User:
    return make_staff("vera", "enter_code", "correct_serial", "view_code", "view_order")


@pytest.fixture
def desk(vera: User) -> Client:
    client = Client()
    client.force_login(vera)
    return client


def url(order: Order, below: str = "") -> str:
    return f"/admin/orders/order/{order.pk}/problem/{below}"


def opened(desk: Client, order: Order) -> str:
    page = desk.get(url(order)).content.decode()
    order.refresh_from_db()
    return page


def do(desk: Client, order: Order, what: str, **values: Any) -> int:
    opened(desk, order)
    seen = {"version": order.version, "claim_token": str(order.claim_token)}
    status = desk.post(url(order, f"{what}/"), seen | values).status_code
    order.refresh_from_db()
    return status


def mailed(order: Order) -> list[str]:
    work_until_quiet()
    order.refresh_from_db()
    return list(order.emails.filter(status="sent").values_list("mail", flat=True))


# ------------------------------------------------------------------ the questions
def test_one_question_a_screen_leads_to_the_desk() -> None:
    order = sold_order()
    assert "What does the display show now?" in submit(order).content.decode()
    for step, answer, then in (
        ("shows", {"answer": "code"}, "The radio still waits for its code"),
        ("button", {"answer": "unsure"}, "Read the serial number once more"),
        ("serial", {"serial": "bp12 3456 7890 12"}, "Both readings of the serial number"),
        ("changed", {"answer": "no"}, "Two photos, and it is with us"),
    ):
        assert then in submit(order, step, **answer).content.decode()
    assert SERIAL not in submit(order, "serial", serial="").content.decode()
    assert order.status == "delivered"  # a draft changes nothing


@pytest.mark.parametrize(
    ("shows", "verdict"),
    [
        ("wait", "Wait first"),
        ("secure", "Stop: don&#x27;t enter any code"),
        ("code", "still waits"),
    ],
)
def test_what_the_display_shows_means_wait_stop_or_go_on(shows: str, verdict: str) -> None:
    page = submit(sold_order(), "shows", answer=shows).content.decode()
    assert verdict in page.replace("&#39;", "&#x27;").replace("don't", "don&#x27;t")


@pytest.mark.parametrize("status", ["delivered", "ready"])
def test_a_report_is_at_the_desk_with_a_deadline(desk: Client, status: str) -> None:
    order = sold_order(status=status)
    page = report(order).content.decode()
    assert (order.status, order.deadline_at is not None, order.worked) == ("problem", True, False)
    assert "One of us is checking" in page and "You reported" in page
    assert mailed(order) == ["problem_received", "problem_alert"]
    bench = opened(desk, order)
    for shown in ("It says ERR", "desk/photo/", "CODE, dashes or 0000", CODE, "code book"):
        assert shown in bench, shown
    assert Upload.objects.count() == 2
    assert order.number in desk.get("/admin/orders/order/desk/").content.decode()
    assert [str(each) for each in find_violations()] == []


# ------------------------------------------------------------------ what staff do
def test_another_code_is_shown_and_mailed_and_the_old_one_is_gone(desk: Client) -> None:
    order = sold_order()
    report(order)
    assert do(desk, order, "code", code=OTHER, is_serial_right="on") == 302
    assert mailed(order)[-1] == "your_code"
    assert (order.status, order.deadline_at, digits(order)) == ("delivered", None, OTHER)
    assert order.codes.count() == 2  # the history keeps it
    page = order_page(order)
    assert OTHER in page and CODE not in page and "It replaces the one before" in page
    problem = order.problems.get()
    assert (problem.outcome, problem.code.digits) == ("replaced", CODE)
    assert [str(each) for each in find_violations()] == []


def test_the_code_that_fails_is_not_sent_again_and_the_serial_is_confirmed_first(
    desk: Client,
) -> None:
    order = sold_order()
    report(order)
    assert do(desk, order, "code", code=CODE, is_serial_right="on") == 422
    assert do(desk, order, "code", code=OTHER) == 422
    assert digits(order) == CODE


def test_a_stale_page_of_staff_sends_nothing(desk: Client) -> None:
    order = sold_order()
    report(order)
    opened(desk, order)
    seen = {"version": order.version + 1, "claim_token": str(order.claim_token)}
    sent = desk.post(url(order, "code/"), seen | {"code": OTHER, "is_serial_right": "on"})
    assert (sent.status_code, digits(order)) == (409, CODE)


@pytest.mark.parametrize("status", ["ready", "delivered"])
def test_closing_answers_and_returns_to_where_it_came_from(desk: Client, status: str) -> None:
    order = sold_order(status=status)
    report(order)
    assert do(desk, order, "close", ready_made=["wait"]) == 302
    assert (order.status, order.deadline_at) == (status, None)
    mails = mailed(order)
    assert "problem_closed" in mails
    assert ("your_code" in mails) == (status == "ready")  # its mail had not left
    assert "The code is right. Leave the radio switched on" in order_page(order)
    assert CODE in order_page(order)


def test_a_question_is_asked_and_answered_while_it_is_a_problem(desk: Client) -> None:
    order = sold_order()
    report(order)
    assert do(desk, order, "ask", ready_made=["screen"]) == 302
    assert order.status == "problem" and "question" in mailed(order)
    Client().post(f"{order.secret_link()}answer/", {
        "form_key": "5b6e1e3e-6a7c-4b58-9a53-0d4c8f0a7f11", "text": "It shows ERR 2",
    })  # fmt: skip
    assert mailed(order)[-1] == "problem_alert"
    assert "It shows ERR 2" in opened(desk, order)


def test_without_the_right_to_answer_there_is_no_page() -> None:
    order = sold_order()
    report(order)
    client = Client()
    client.force_login(make_staff("rita", "view_order"))
    assert client.get(url(order)).status_code == 403


# ------------------------------------------------------------------ limits and deadlines
def test_the_deadline_alerts_and_refunds_nothing() -> None:
    order = sold_order()
    report(order)
    for _sweep in range(2):
        Order.objects.update(deadline_at=timezone.now() - timedelta(hours=2))
        recover_stuck_orders()
    order.refresh_from_db()
    assert (order.status, order.payments.get().refunds.count()) == ("problem", 0)
    assert Attention.objects.get().reason == "problem_late"
    assert Email.objects.filter(mail="problem_late").count() == 1


def test_reports_are_limited_and_the_page_says_so(desk: Client) -> None:
    order = sold_order()
    for _ in range(3):
        report(order)
        do(desk, order, "close", words="It is right.")
    page = submit(order).content.decode()
    assert "Please write to us" in page and order.problems.count() == 3
    assert order.status == "delivered"


def test_two_tabs_make_one_report() -> None:
    order = sold_order()
    report(order)
    submit(order, "photos", words="once more")
    assert Problem.objects.count() == 1


@pytest.mark.parametrize("values", [{"status": "placed"}, {"on_hold_at": "2026-11-01T10:00Z"}])
def test_nothing_is_reported_where_no_code_is_shown(values: dict[str, Any]) -> None:
    order = sold_order(**values)
    submit(order, "shows", answer="code")
    assert not Problem.objects.exists()
    assert "The code doesn" not in order_page(order)


def test_many_problems_of_one_buyer_are_shown_to_staff(desk: Client) -> None:
    first, second = sold_order(), sold_order(serial="BP999900001111")
    report(first)
    report(second)
    assert "problems reported 2" in " ".join(opened(desk, second).split())


def test_a_code_in_a_problem_answers_no_other_order() -> None:
    order = sold_order()
    other = make_order(radio=make_radio(), email="ben@example.com")
    assert sold_before(other.hashes).exists()
    report(order)
    assert not sold_before(other.hashes).exists()


def test_a_computed_code_that_failed_counts_once_staff_have_seen_the_label(desk: Client) -> None:
    make_family(state="released")
    order = sold_order(radio=make_micra_radio(), serial=MICRA, code=MICRA_CODE)
    order.codes.update(source="computed")
    report(order)
    assert not Comparison.objects.exists()
    assert do(desk, order, "confirm") == 302
    assert Comparison.objects.get().is_equal is False
