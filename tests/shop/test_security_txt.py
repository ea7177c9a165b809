"""Where to report a security hole, as RFC 9116 wants it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PATH = "/.well-known/security.txt"


def fields(client: Client) -> list[tuple[str, str]]:
    answer = client.get(PATH)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def test_it_says_where_in_which_language_and_until_when(client: Client) -> None:
    found = dict(fields(client))
    assert found["Contact"] == "mailto:hello@encore.example"
    assert found["Canonical"] == f"http://testserver{PATH}"
    assert found["Preferred-Languages"] == "en"
    left = datetime.strptime(found["Expires"], "%Y-%m-%dT%H:%M:%S%z") - datetime.now(UTC)
    assert timedelta(days=30) < left < timedelta(days=365)


def test_the_contacts_are_a_setting(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = ["security@shop.example", "https://shop.example/report"]
    assert [value for name, value in fields(client) if name == "Contact"] == [
        "mailto:security@shop.example",
        "https://shop.example/report",
    ]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)(PATH).status_code == 405
