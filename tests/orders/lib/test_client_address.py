from typing import Any

import pytest
from django.test import RequestFactory

from orders.lib.client_address import client_address, network_of, warn_of_unreadable_entry

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
    "forwarded", [None, "", "unknown", "203.0.113", "203.0.113.9, ", "fe80::1%eth0", "1.1.1.1:x"]
)
def test_what_is_no_address_leaves_the_connection_itself(
    settings: Any, forwarded: str | None
) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client_address_for(forwarded) == PROXY


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        (" [::ffff:203.0.113.9]:4711 ", "203.0.113.9"),
        ("2001:db8::7:4711", "2001:db8::7:4711"),  # all of it is an address
    ],
)
def test_a_port_behind_an_address_is_cut_off(settings: Any, entry: str, address: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client_address_for(f"1.1.1.1, {entry}") == address


@pytest.mark.parametrize("entry", [
    "unknown", "203.0.113.9:", "203.0.113:80", "[203.0.113.9", "203.0.113.9]:80", "[]:80", ":80",
    "[unknown]:80", "[fe80::1%eth0]:80", "_hidden", "",
])  # fmt: skip
def test_an_unreadable_entry_of_a_proxy_is_logged_once(
    settings: Any, caplog: pytest.LogCaptureFixture, entry: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    warn_of_unreadable_entry.cache_clear()
    for _ in range(2):
        assert client_address_for(entry) == PROXY
    [line] = [each for each in caplog.records if each.levelname == "WARNING"]
    assert not entry or entry not in line.getMessage()


def test_what_clients_write_is_not_logged(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TRUSTED_PROXIES = 1
    warn_of_unreadable_entry.cache_clear()
    client_address_for(None)  # a machine that asks by the process's own address
    client_address_for("rubbish, 203.0.113.9")
    assert not caplog.records


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
