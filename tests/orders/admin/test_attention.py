"""What needs a person: on one list, counted, and settled by somebody with a name."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from orders.admin.overview import count_needing_staff
from orders.models import Alert, Email, Order, StripeEvent, tell_staff
from tests.steps.factories import make_order, make_staff
from tests.steps.work import let_time_pass, work_until_quiet

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/attention/"


def settle(client: Client, order: Order, **values: Any) -> Any:
    data = {"reason": "mail"} | values
    return client.post(f"/admin/orders/order/{order.pk}/settle/", data, follow=True)


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
    settle(vera, order)
    order.refresh_from_db()
    assert order.attention_reason == ""
    entry = LogEntry.objects.get()
    assert entry.user.get_username() == "vera"
    assert entry.get_change_message() == "Settled: a mail could not be delivered."


def test_another_reason_than_the_page_said_is_not_settled(vera: Client, order: Order) -> None:
    response = settle(vera, order, reason="capture")
    order.refresh_from_db()
    assert order.attention_reason == "mail"
    assert "changed meanwhile" in response.content.decode()


def test_who_may_only_read_settles_nothing(client: Client, order: Order) -> None:
    client.force_login(make_staff("otto", "view_order"))
    assert "Settled" not in client.get(LIST).content.decode()
    assert settle(client, order).status_code == 403


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
    assert "<strong>1</strong> <span>thing needs a person</span>" in content


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
    with django_assert_max_num_queries(24):  # three put off the session's end
        admin_client.get("/admin/")


# ------------------------------------------------------------------ alerts
ALERT = Alert.Kind.NO_ORDER, "session:cs_1", "Somebody paid £12.99 for RC-7K3D-92QF."


def test_an_alert_is_listed_counted_and_mailed_to_staff_once(
    vera: Client, mailoutbox: list[Any]
) -> None:
    for _ in range(2):
        tell_staff(*ALERT)
        work_until_quiet()
    assert "paid £12.99 for RC-7K3D-92QF" in vera.get(LIST).content.decode()
    assert count_needing_staff() == 1
    (mail,) = mailoutbox
    assert mail.to == ["desk@encore.example"]
    assert "paid £12.99 for RC-7K3D-92QF" in mail.body
    assert "paid £12.99 for RC-7K3D-92QF" in mail.alternatives[0][0]
    assert f"http://testserver{LIST}" in mail.body


def test_a_settled_alert_leaves_the_list_and_names_who(vera: Client) -> None:
    alert = tell_staff(*ALERT)
    for _ in range(2):
        vera.post(f"/admin/orders/order/attention/{alert.pk}/settle/")
    alert.refresh_from_db()
    assert alert.settled_by and alert.settled_by.username == "vera"
    assert count_needing_staff() == 0


def test_what_was_settled_is_told_anew_when_it_is_seen_again(vera: Client) -> None:
    first = tell_staff(*ALERT)
    vera.post(f"/admin/orders/order/attention/{first.pk}/settle/")
    assert tell_staff(*ALERT).pk != first.pk


def test_who_may_only_read_does_not_settle_an_alert(client: Client) -> None:
    client.force_login(make_staff("otto", "view_order"))
    alert = tell_staff(*ALERT)
    assert client.post(f"/admin/orders/order/attention/{alert.pk}/settle/").status_code == 403


def test_an_alert_whose_mail_is_refused_stays_on_the_list_and_is_mailed_later(
    settings: Any, mailoutbox: list[Any]
) -> None:
    usual = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # nobody listens
    tell_staff(*ALERT)
    work_until_quiet()
    assert count_needing_staff() == 1
    settings.EMAIL_BACKEND = usual
    let_time_pass()
    work_until_quiet()
    assert len(mailoutbox) == 1
