"""What needs staff: on one list, counted, and settled by a named user."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.admin.overview import count_needing_staff
from orders.desk.holds import put_on_hold
from orders.models import Alert, Email, Mail, Order, StripeEvent, queue_mail, raise_alert
from tests.steps.attention import open_reasons
from tests.steps.factories import make_order, make_payment, make_refund, make_staff
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/attention/"


def settle(client: Client, order: Order, attention: object) -> Any:
    data = {"attention": attention}
    return client.post(f"/admin/orders/order/{order.pk}/settle/", data, follow=True)


def row(order: Order, reason: str = "mail") -> int:
    return order.attentions.get(reason=reason).pk


@pytest.fixture
def order() -> Order:
    order = make_order(status="ready")
    order.needs_attention("mail")
    return order


@pytest.fixture
def vera(client: Client) -> Client:
    client.force_login(make_staff("vera", "view_order", "change_order"))
    return client


def test_it_lists_the_order_with_the_reason_and_the_lost_mail(vera: Client, order: Order) -> None:
    Email.objects.create(order=order, mail="your_code", to="anna@exmaple.com", status="failed")
    fine = make_order(status="ready")
    content = vera.get(LIST).content.decode()
    for words in (order.number, "A mail could not be delivered", "anna@exmaple.com"):
        assert words in content
    assert fine.number not in content


def test_it_lists_work_whose_tries_are_used_up(vera: Client) -> None:
    order = make_order(status="placed")
    Order.objects.update(tries=5, due_at=timezone.now())
    content = vera.get(LIST).content.decode()
    assert order.number in content
    assert "tried 5 times" in content


def test_it_lists_events_that_nobody_handled(vera: Client) -> None:
    StripeEvent.objects.create(stripe_id="evt_1", type="charge.refunded", is_live=False)
    assert "charge.refunded" not in vera.get(LIST).content.decode()
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(minutes=6))
    assert "charge.refunded" in vera.get(LIST).content.decode()


def test_settling_takes_the_order_off_the_list(vera: Client, order: Order) -> None:
    settle(vera, order, row(order))
    assert open_reasons(order) == []
    settled_by = order.attentions.get().settled_by
    assert settled_by and settled_by.get_username() == "vera"
    entry = LogEntry.objects.get()
    assert entry.user.get_username() == "vera"
    assert entry.get_change_message() == "Settled: a mail could not be delivered."


def test_a_row_has_the_customer_the_amount_and_the_step_that_fits(
    client: Client, order: Order
) -> None:
    rights = ["view_order", "correct_email", "view_code", "return_money", "enter_code"]
    client.force_login(make_staff("ada", *rights))
    order.needs_attention("refund_failed")
    asked = make_order(status="with_staff", email="otto@example.com")
    asked.needs_attention("other_code")
    page = client.get(LIST).content.decode()
    for words in (
        "anna@example.com", "otto@example.com", "14.99", f"{order.pk}/address/",
        f"{order.pk}/return-money/", f"{asked.pk}/desk/",
    ):  # fmt: skip
        assert words in page
    client.force_login(make_staff("otto", "view_order"))
    page = client.get(LIST).content.decode()
    assert "/address/" not in page and "/return-money/" not in page


def test_a_hold_is_decided_with_a_tick_and_refusing_stands_beside(client: Client) -> None:
    order = make_order(status="placed")
    put_on_hold(order, "fraud")
    client.force_login(make_staff("ada", "view_order", "change_order", "enter_code"))
    page = client.get(LIST).content.decode()
    assert "Let it go on" in page and "give the money back" in page and "on hold" in page
    assert "Tick the box first" in settle(client, order, row(order, "fraud")).content.decode()
    assert open_reasons(order) == ["fraud"]
    data = {"attention": row(order, "fraud"), "is_sure": "on"}
    client.post(f"/admin/orders/order/{order.pk}/settle/", data)
    order.refresh_from_db()
    assert open_reasons(order) == [] and not order.is_on_hold


def test_a_reason_does_not_hide_another(vera: Client, order: Order) -> None:
    order.needs_attention("refund_failed")
    order.needs_attention("mail")  # open already
    content = vera.get(LIST).content.decode()
    assert "A refund failed" in content and "A mail could not be delivered" in content
    assert count_needing_staff() == 2
    page = vera.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "a refund failed" in page and "a mail could not be delivered" in page
    orders = vera.get("/admin/orders/order/").content.decode()
    assert "a mail could not be delivered; a refund failed" in orders


def test_a_reason_that_comes_after_the_page_is_not_settled(vera: Client, order: Order) -> None:
    shown = row(order)
    order.needs_attention("refund_failed")
    settle(vera, order, shown)
    assert open_reasons(order) == ["refund_failed"]


def test_what_is_settled_or_of_another_order_is_not_settled(vera: Client, order: Order) -> None:
    other = make_order(status="ready")
    other.needs_attention("mail")
    gone = row(order)
    settle(vera, order, gone)
    order.needs_attention("mail")  # anew
    for asked in (gone, row(other), "", "x", "9" * 30):
        response = settle(vera, order, asked)
        assert "changed meanwhile" in response.content.decode()
    assert open_reasons(order) == open_reasons(other) == ["mail"]


def test_orders_are_filtered_by_an_open_reason(vera: Client, order: Order) -> None:
    other = make_order(status="ready")
    other.needs_attention("fraud")
    fine = make_order(status="ready")
    fine.needs_attention("mail")
    settle(vera, fine, row(fine))
    content = vera.get("/admin/orders/order/", {"attention": "mail"}).content.decode()
    assert order.number in content
    assert other.number not in content and fine.number not in content


@pytest.mark.parametrize("make", [
    lambda order: put_on_hold(order, "fraud"),
    lambda order: make_payment(order, tries=5, due_at=timezone.now()),
    lambda order: make_refund(make_payment(order), tries=5, due_at=timezone.now()),
    lambda order: Email.objects.filter(pk=queue_mail(order, Mail.ORDER_LINK).pk).update(tries=5),
])  # fmt: skip
def test_the_list_asks_no_more_for_more_rows(vera: Client, make: Any) -> None:
    counts = []
    for status in ("delivered", "ready", "ready", "ready"):
        make(make_order(status=status))
        with CaptureQueriesContext(connection) as queries:
            vera.get(LIST)
        counts.append(len(queries))
    assert counts[-1] == counts[1]


def test_who_may_only_read_settles_nothing(client: Client, order: Order) -> None:
    client.force_login(make_staff("otto", "view_order"))
    assert "Settled" not in client.get(LIST).content.decode()
    assert settle(client, order, row(order)).status_code == 403


def test_it_is_closed_without_the_permission(client: Client) -> None:
    client.force_login(make_staff("otto", "enter_code"))
    assert client.get(LIST).status_code == 403


# ------------------------------------------------------------------ the first page
def test_the_first_page_says_what_must_be_done(admin_client: Client, order: Order) -> None:
    ends = timezone.now() + timedelta(hours=3, minutes=1)
    make_order(status="with_staff", deadline_at=ends)
    content = " ".join(admin_client.get("/admin/").content.decode().split())
    assert "<strong>1</strong> <span>code to find</span>" in content
    assert "The first order ends in 3 hours." in content
    assert "<strong>1</strong> <span>thing needs staff</span>" in content


def test_the_first_page_shows_what_one_may_do(client: Client) -> None:
    client.force_login(make_staff("otto", "enter_code"))
    content = client.get("/admin/").content.decode()
    assert "codes to find" in content
    assert "person" not in content.split('id="content"')[1]


def test_the_first_page_asks_few_questions(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_order(status="with_staff")
    with django_assert_max_num_queries(26):  # three put off the session's end
        admin_client.get("/admin/")


# ------------------------------------------------------------------ alerts
ALERT = Alert.Kind.NO_ORDER, "session:cs_1", "Somebody paid £12.99 for RC-7K3D-92QF."


def test_an_alert_is_listed_counted_and_mailed_to_staff_once(
    vera: Client, mailoutbox: list[Any]
) -> None:
    for _ in range(2):
        raise_alert(*ALERT)
        work_until_quiet()
    assert "paid £12.99 for RC-7K3D-92QF" in vera.get(LIST).content.decode()
    assert count_needing_staff() == 1
    (mail,) = mailoutbox
    assert mail.to == ["desk@encore.example"]
    assert "paid £12.99 for RC-7K3D-92QF" in mail.body
    assert "paid £12.99 for RC-7K3D-92QF" in mail.alternatives[0][0]
    assert f"http://testserver{LIST}" in mail.body


def test_a_settled_alert_leaves_the_list_and_names_who(vera: Client) -> None:
    alert = raise_alert(*ALERT)
    for _ in range(2):
        vera.post(f"/admin/orders/order/attention/{alert.pk}/settle/")
    alert.refresh_from_db()
    assert alert.settled_by and alert.settled_by.username == "vera"
    assert count_needing_staff() == 0


def test_what_was_settled_is_told_anew_when_it_is_seen_again(vera: Client) -> None:
    first = raise_alert(*ALERT)
    vera.post(f"/admin/orders/order/attention/{first.pk}/settle/")
    assert raise_alert(*ALERT).pk != first.pk


def test_who_may_only_read_does_not_settle_an_alert(client: Client) -> None:
    client.force_login(make_staff("otto", "view_order"))
    alert = raise_alert(*ALERT)
    assert client.post(f"/admin/orders/order/attention/{alert.pk}/settle/").status_code == 403


def test_an_alert_whose_mail_is_refused_stays_on_the_list_and_is_mailed_later(
    settings: Any, mailoutbox: list[Any]
) -> None:
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # where nothing listens
    raise_alert(*ALERT)
    work_until_quiet()
    assert count_needing_staff() == 1
    settings.EMAIL_BACKEND = usual
    let_time_pass()
    work_until_quiet()
    assert len(mailoutbox) == 1
