"""What Celery's messages hold while they lie in Redis: the name of a task and an id."""

import json
from base64 import b64decode
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from orders.leases import publish
from orders.models import Email, Import, Order
from orders.tasks import sweep
from tests.steps.factories import CODE, SERIAL, make_order
from tests.steps.order_form import answers
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db

QUEUES = ("orders", "mail", "sweep")


@pytest.fixture(autouse=True)
def empty_queues() -> None:
    store().delete(*QUEUES)


def store() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL)


def messages() -> list[dict[str, Any]]:
    return [json.loads(raw) for queue in QUEUES for raw in store().lrange(queue, 0, -1)]


def all_there_is(message: dict[str, Any]) -> str:
    return str(message | {"body": b64decode(message["body"])})


def test_they_hold_an_id_and_nothing_else(
    client: Client, stripe: Stripe, in_code_book: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post("/order/nissan/", answers(car=None))["Location"]
        stripe.pay(page.rsplit("/", 1)[1])
        stripe.deliver("checkout.session.completed")
        work_until_quiet()
        sweep()
    order = Order.objects.get()
    assert order.status == "delivered"
    sent = messages()
    names = {message["headers"]["task"].rpartition(".")[2] for message in sent}
    assert names >= {"handle_event", "retrieve_code", "settle_payment", "send_email"}
    for message in sent:
        args, kwargs, _embedded = json.loads(b64decode(message["body"]))
        assert [type(each) for each in args] == [int] and kwargs == {}
        for secret in (SERIAL, CODE, order.token, order.email):
            assert secret not in all_there_is(message)


def test_a_sweep_that_arrives_wakes_though_the_broker_was_just_away(monkeypatch: Any) -> None:
    """After a failure nothing is sent for a while; but who got a message knows that it is back."""
    order = make_order(status="placed")
    with monkeypatch.context() as away:
        away.setattr(current_app, "send_task", unreachable)
        publish(Order.TASK, order.pk)
        publish(Order.TASK, order.pk)  # not even tried
    sweep()
    assert [json.loads(b64decode(each["body"]))[0] for each in messages()] == [[order.pk]]


def test_a_queue_that_is_slow_to_empty_does_not_grow_with_every_sweep() -> None:
    order = make_order(status="placed")
    publish(Order.TASK, order.pk)
    sweep()
    sweep()
    assert enqueued_rows() == [order.pk]


def test_what_lost_its_message_is_woken_though_others_wait_in_the_queue() -> None:
    lost, *others = (make_order(status="placed") for _order in range(4))
    for order in others:
        order.make_due(timezone.now())  # by now, later than the first
        publish(Order.TASK, order.pk)
    sweep()
    assert enqueued_rows() == [lost.pk, *(order.pk for order in reversed(others))]


def test_one_queue_that_is_full_keeps_no_other_from_being_filled() -> None:
    order = make_order(status="placed")
    for _message in range(9):
        publish(Email.TASK, 1)
    sweep()
    assert enqueued_rows() == [order.pk] + [1] * 9


def enqueued_rows() -> list[int]:
    """Newest first, by queue."""
    return [json.loads(b64decode(message["body"]))[0][0] for message in messages()]


def unreachable(*_: Any, **__: Any) -> None:
    raise OperationalError


def test_a_long_list_of_codes_waits_in_no_queue_of_orders() -> None:
    publish(Order.TASK, 1)
    publish(Import.TASK, 1)
    assert [store().llen(queue) for queue in QUEUES] == [1, 0, 1]
