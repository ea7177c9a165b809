"""Every view fails with a code, serial, token and address at hand: none is shown or logged."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from shop.observability.logs import JsonFormatter, MaskingFormatter
from tests.hostile.addresses import all_addresses
from tests.steps.breaking import BREAKING, SECRETS
from tests.steps.leaks import found_in

pytestmark = pytest.mark.django_db

TYPED = {"serial": SECRETS["serial"], "email": SECRETS["email"], "code": SECRETS["code"]}


@pytest.fixture
def logs() -> Any:
    """All that is said, as both kinds of log write it."""
    out, handlers = StringIO(), []
    for formatter in (MaskingFormatter(), JsonFormatter()):
        handlers.append(logging.StreamHandler(out))
        handlers[-1].setFormatter(formatter)
        for name in ("", "django"):
            logging.getLogger(name).addHandler(handlers[-1])
    yield out
    for handler in handlers:
        for name in ("", "django"):
            logging.getLogger(name).removeHandler(handler)


def broken_pages(client: Client) -> list[Any]:
    """The answers of all addresses but those that ask no middleware."""
    paths = [path for address in all_addresses() for path in address.paths()[:1]]
    return [
        client.post(path, TYPED, headers={"Referer": f"http://testserver/{SECRETS['token']}/"})
        for path in paths
        if path not in ("/healthz/", "/readyz/", "/metrics")
    ]


def test_neither_page_nor_log_tells_what_a_view_failed_with(
    root: User, settings: Any, logs: StringIO
) -> None:
    settings.MIDDLEWARE = BREAKING
    client = Client(raise_request_exception=False)
    client.force_login(root)
    answers = broken_pages(client)
    assert {answer.status_code for answer in answers} == {500}
    assert found_in("".join({answer.content.decode() for answer in answers}), SECRETS) == []
    assert all(b"Something went wrong on our side" in answer.content for answer in answers)
    assert logs.getvalue().count("RuntimeError") >= 2 * len(answers)
    assert found_in(logs.getvalue(), SECRETS) == []


def test_a_fault_is_told_while_the_database_is_away(client: Client) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError(f"could not connect as {SECRETS['email']}")

    client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answers = [client.get(path) for path in ("/", "/orders/RC-7K3D-92QF/x/", "/no/such/page/")]
    for answer in answers:
        assert answer.status_code == 500 and b"Something went wrong on our side" in answer.content
        assert found_in(answer.content.decode(), SECRETS) == []
        assert answer["Cache-Control"] == "no-store" and answer["Content-Security-Policy"]
