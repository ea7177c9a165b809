from typing import Any

import pytest
from django.test import RequestFactory

from orders.lib.client_address import client_address, network_of

PROXY = "10.0.0.1"


def client_address_for(forwarded: str | None, remote: str = PROXY) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))


def test_without_a_proxy_the_header_is_anybodys_word() -> None:
    assert client_address_for("203.0.113.9", remote="198.51.100.7") == "198.51.100.7"


def test_behind_a_proxy_the_customer_is_whom_the_proxy_saw(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client_address_for("203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        (1, "1.1.1.1, 203.0.113.9"),
        (1, "rubbish,203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.2"),
        (3, "8.8.8.8, 1.1.1.1, 203.0.113.9, 10.0.0.3, 10.0.0.2"),
    ],
)
def test_what_was_forged_in_front_changes_nothing(
    settings: Any, proxies: int, forwarded: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address_for(forwarded) == "203.0.113.9"


@pytest.mark.parametrize(
    "forwarded", [None, "", "unknown", "203.0.113", "203.0.113.9, ", "fe80::1%eth0", "1.1.1.1:80"]
)
def test_what_is_no_address_leaves_the_connection_itself(
    settings: Any, forwarded: str | None
) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client_address_for(forwarded) == PROXY


def test_who_came_past_a_proxy_is_not_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    assert client_address_for("203.0.113.9") == PROXY


def test_a_socket_without_an_address_tells_none() -> None:
    assert client_address_for(None, remote="") is None


def test_an_ipv6_address_is_kept_whole() -> None:
    assert client_address_for(None, remote="2001:DB8:1:2:0:0:0:7") == "2001:db8:1:2::7"
    assert client_address_for(None, remote="::ffff:203.0.113.9") == "203.0.113.9"


def test_one_home_counts_as_one_place() -> None:
    assert network_of("2001:db8:1:2::7") == network_of("2001:db8:1:2:a:b:c:d")
    assert network_of("2001:db8:1:2::7") != network_of("2001:db8:1:3::7")
    assert network_of("2001:db8::7") == "2001:db8::/64"
    assert network_of("203.0.113.9") == "203.0.113.9"
    assert network_of(None) == ""
