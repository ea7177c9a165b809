"""ADMIN_PATH moves the whole admin; nothing is left at, or leads to, the usual address."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import clear_url_caches

import shop.urls
from orders.mail.alerts import compose
from orders.models import Alert, raise_alert

pytestmark = pytest.mark.django_db
ELSEWHERE = "/back-office/door/"


@pytest.fixture(autouse=True)
def moved(settings: Any) -> Iterator[None]:
    """As a process does that is started with another ADMIN_PATH."""
    usual, settings.ADMIN_PATH = settings.ADMIN_PATH, ELSEWHERE.strip("/")
    look_up_anew()
    yield
    settings.ADMIN_PATH = usual
    look_up_anew()


def look_up_anew() -> None:
    importlib.reload(shop.urls)
    clear_url_caches()


@pytest.fixture
def inside() -> Client:
    get_user_model().objects.create_superuser("anna", "anna@example.com", "long-enough-for-it")
    client = Client()
    sent = {"username": "anna", "password": "long-enough-for-it"}
    assert client.post(f"{ELSEWHERE}login/", sent)["Location"] == ELSEWHERE
    return client


def test_nothing_is_left_at_the_usual_address(client: Client) -> None:
    assert client.get("/admin/").status_code == 404
    assert client.get("/admin/login/").status_code == 404


def test_it_has_the_admins_policy_there(client: Client) -> None:
    assert "'unsafe-eval'" in client.get(f"{ELSEWHERE}login/")["Content-Security-Policy"]


@pytest.mark.parametrize(
    "where",
    ["", "orders/order/", "orders/order/desk/", "orders/order/attention/", "second-factor/"],
)
def test_every_link_stays_there(inside: Client, where: str) -> None:
    answer = inside.get(ELSEWHERE + where)
    assert answer.status_code == 200
    links = re.findall(r'(?:href|action|src)="(/[^"]*)"', answer.content.decode())
    assert any(link.startswith(ELSEWHERE) for link in links)
    assert not [link for link in links if link.startswith("/admin/")]


def test_who_is_not_signed_in_is_led_to_the_door_there(client: Client) -> None:
    answer = client.get(f"{ELSEWHERE}orders/order/")
    assert answer["Location"] == f"{ELSEWHERE}login/?next={ELSEWHERE}orders/order/"


def test_mails_to_staff_lead_there() -> None:
    alert = raise_alert(Alert.Kind.DIFFERENCE, "key", "Something differs.")
    assert f"http://testserver{ELSEWHERE}orders/order/attention/" in str(compose(alert).body)


def test_no_page_for_everybody_tells_where(client: Client) -> None:
    for path in ("/robots.txt", "/.well-known/security.txt", "/orders/find/"):
        assert ELSEWHERE.strip("/") not in client.get(path).content.decode()
