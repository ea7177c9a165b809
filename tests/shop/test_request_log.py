"""Log lines of a request, and of the work that it enqueues."""

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from celery import Task, current_app
from django.test import Client

from orders.leases import leased, publish
from orders.lib.log_context import log_fields
from orders.models import Email, Mail, Order
from orders.tasks import retrieve_code
from shop.http.request_log import bare_path
from shop.observability.logs import JsonFormatter
from tests.steps.factories import make_order

Lines = Callable[[], list[dict[str, Any]]]
FORM = "application/x-www-form-urlencoded"
TOKEN = "Zb1_secret-token-x9"


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was logged since it was asked last, a line an object."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("shop", "orders", "django", "tests")]
    before = [log.level for log in loggers]
    for log in loggers:
        log.addHandler(handler)
        log.setLevel(logging.INFO)

    def read() -> list[dict[str, Any]]:
        said = out.getvalue()
        out.seek(0)
        out.truncate()
        return [json.loads(line) for line in said.splitlines()]

    yield read
    for log, level in zip(loggers, before, strict=True):
        log.removeHandler(handler)
        log.setLevel(level)


@pytest.mark.django_db
def test_a_page_from_memory_is_logged_with_its_route(client: Client, lines: Lines) -> None:
    for _time in range(2):
        client.get("/robots.txt")
    requests = [(line["route"], line["status"]) for line in lines() if "route" in line]
    assert requests == [("robots", 200)] * 2


@pytest.mark.django_db
def test_a_request_is_one_line_with_route_status_and_time(client: Client, lines: Lines) -> None:
    client.get("/search/?q=BP123456789012", REMOTE_ADDR="192.0.2.7")
    [line] = lines()
    assert (line["method"], line["route"], line["status"]) == ("GET", "search", 200)
    assert line["ms"] >= 0 and line["time"].endswith("+00:00") and line["level"] == "INFO"
    assert "BP12" not in str(line) and "192.0.2.7" not in str(line) and "path" not in line


@pytest.mark.django_db
@pytest.mark.parametrize("status", [200, 404])
def test_the_line_of_an_order_has_its_number_and_never_its_token(
    client: Client, lines: Lines, status: int
) -> None:
    order = make_order()
    token = order.token if status == 200 else TOKEN
    client.get(f"/orders/{order.number}/{token}/status/")
    [line] = lines()
    assert (line["order"], line["route"], line["status"]) == (order.number, "order_status", status)
    assert token not in str(line)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "two words", "x" * 65, "<script>", "anna@example.com"])
def test_a_request_id_is_made_where_none_is_given_that_is_sane(
    client: Client, lines: Lines, given: str
) -> None:
    answer = client.get("/nowhere/at/all/", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] not in {given, ""}
    assert {line["request_id"] for line in lines()} == {answer["X-Request-ID"]}


def test_a_sane_request_id_is_kept(client: Client, lines: Lines) -> None:
    """Whatever else is logged on the way has it as well, by Django and at an error."""
    client.raise_request_exception = False
    answer = client.get("/", headers={"host": "evil.example", "X-Request-ID": "ab-12.cd"})
    said = lines()
    assert answer["X-Request-ID"] == "ab-12.cd"
    assert [line["logger"] for line in said] == ["django.security.DisallowedHost", "shop.access"]
    assert {line["request_id"] for line in said} == {"ab-12.cd"}


@pytest.mark.parametrize(("kind", "path", "asked"), [
    ("DisallowedHost", "/", {"headers": {"host": "evil.example"}}),
    ("NulByteError", "/search/?q=%00", {}),
    ("NulByteError", "/orders/find/", {"data": {"email": "\0"}}),
    ("TooManyFieldsSent", "/search/?" + "a=1&" * 1200, {}),
    ("TooManyFieldsSent", "/orders/find/", {"data": dict.fromkeys(range(1200), "1")}),
    ("RequestDataTooBig", "/orders/find/", {"data": {"email": "x" * 1_000_001}}),
])  # fmt: skip
def test_client_errors_are_one_line_at_warning(
    client: Client, lines: Lines, kind: str, path: str, asked: dict[str, Any]
) -> None:
    data = asked.pop("data", None)
    answer = (
        client.post(path, urlencode(data), content_type=FORM) if data else client.get(path, **asked)
    )
    said = [(line["level"], line["logger"]) for line in lines()]
    assert answer.status_code == 400
    assert said == [("WARNING", f"django.security.{kind}"), ("INFO", "shop.access")]


def test_health_checks_are_logged_only_when_they_fail(client: Client, lines: Lines) -> None:
    client.get("/healthz/")
    client.post("/healthz/")
    assert [line["status"] for line in lines() if line["logger"] == "shop.access"] == [405]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/wp-login.php", "/wp-login.php"),
        ("/a/anna@example.com/", "/a/***/"),
        ("/a/BP12 3456-7890/x", "/a/***/x"),
        (f"/orders/RC-7K3D-92QF/{TOKEN}", "/orders/RC-7K3D-92QF/***"),
    ],
)
def test_unknown_addresses_are_logged_without_personal_parts(path: str, kept: str) -> None:
    assert TOKEN not in bare_path(path) and "3456" not in bare_path(path)
    assert bare_path(path) in {kept, kept.replace("RC-7K3D-92QF", "***")}


# ------------------------------------------------------------------ the work behind it
@pytest.fixture
def asked_again(settings: Any) -> Iterator[Task[..., Any]]:
    """A task that does a row's work and fails, as any may."""

    @current_app.task(name="tests.fails")
    def fails(email_id: int) -> None:
        with leased(Email, email_id) as email:
            raise ValueError(email and email.to)

    yield fails
    current_app.tasks.pop("tests.fails")


@pytest.mark.django_db(transaction=True)  # Celery closes connections before a task
def test_a_task_logs_its_row_its_order_and_the_request_that_enqueued_it(
    lines: Lines, asked_again: Task[..., Any]
) -> None:
    order = make_order()
    mail = Email.objects.create(
        order=order, mail=Mail.YOUR_CODE, to=order.email, due_at="2026-01-01T00:00Z"
    )
    asked_again.apply((mail.pk,), task_id="task-1", headers={"request_id": "ab-12"})
    [line] = lines()
    fields = {
        name: line[name] for name in ("task", "task_id", "kind", "row", "order", "request_id")
    }
    assert fields == {
        "task": "fails", "task_id": "task-1", "kind": "email", "row": str(mail.pk),
        "order": order.number, "request_id": "ab-12",
    }  # fmt: skip
    assert "raise ValueError" in line["exception"] and mail.to not in str(line)


@pytest.mark.django_db
def test_finished_work_is_one_line_and_work_leased_elsewhere_is_none(lines: Lines) -> None:
    order = make_order(status="placed")
    order.make_due()
    for _ in range(2):
        retrieve_code(order.pk)
        Order.objects.update(claimed_until="9999-01-01T00:00Z")
    [line] = [line for line in lines() if "ms" in line]
    assert (line["kind"], line["row"], line["order"]) == ("order", str(order.pk), order.number)


@pytest.mark.django_db(transaction=True)
def test_a_message_carries_the_id_of_the_request() -> None:
    """As it lies in Redis, until a worker takes it."""
    with current_app.connection_for_write() as redis:
        queue = redis.SimpleQueue("orders")
        queue.clear()
        with log_fields(request_id="ab-12"):
            publish(Order.TASK, 7)
        message = queue.get(timeout=5)
        message.ack()
    assert message.headers["request_id"] == "ab-12"


@pytest.mark.django_db
def test_what_staff_read_and_take_along_is_logged_with_who_did(
    admin_client: Client, admin_user: Any, lines: Lines
) -> None:
    order = make_order(status="with_staff")
    for below, route in {
        "change/": "change", "desk/": "desk", "code/": "code", "desk/photo/1/": "desk_photo",
        "history/": "history",
    }.items():  # fmt: skip
        line = read(admin_client, f"orders/order/{order.pk}/{below}", lines)
        assert line["route"] == f"admin:orders_order_{route}"
        assert (line["user"], line["row"]) == (str(admin_user.pk), str(order.pk))
    for path in ("orders/receipt/csv/", "orders/receipt/1/pdf/", "orders/datarequest/person/"):
        assert read(admin_client, path, lines)["user"] == str(admin_user.pk)


def read(staff: Client, path: str, lines: Lines) -> dict[str, Any]:
    """The line of the request."""
    lines()
    staff.get(f"/admin/{path}")
    [line] = [each for each in lines() if each["logger"] == "shop.access"]
    return line


@pytest.mark.django_db
def test_the_line_of_a_sign_in_names_who_came_and_that_of_a_sign_out_who_left(
    client: Client, admin_user: Any, lines: Lines
) -> None:
    client.post("/admin/login/", {"username": "admin", "password": "password"})
    client.post("/admin/logout/")
    users = [each.get("user") for each in lines() if each["logger"] == "shop.access"]
    assert users == [str(admin_user.pk)] * 2
