"""The network address of a client, as far as it can be known."""

import logging
import re
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)

HOME_PREFIX = 64  # of IPv6: one home or phone is given this network, and uses any address in it


# As some proxies write their client: with its port, and an IPv6 address in brackets.
WITH_PORT = re.compile(r"([0-9.]+):[0-9]+|\[([^\[\]]+)\](?::[0-9]+)?")


def client_address(request: HttpRequest) -> str | None:
    """Return the client's network address, or None if the web server gives none.

    Each of our proxies appends its own client to X-Forwarded-For. With two proxies the client is
    the last but one, and anything before it may be forged.
    """
    header, proxies = request.META.get("HTTP_X_FORWARDED_FOR"), settings.TRUSTED_PROXIES
    hops, forwarded = (header or "").split(","), None
    if header is not None and 0 < proxies <= len(hops):
        forwarded = parse_address(hops[-proxies])
        if forwarded is None:
            warn_of_unreadable_entry()
    found = forwarded or parse_address(request.META.get("REMOTE_ADDR", ""))
    return str(found) if found else None


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if port := WITH_PORT.fullmatch(text):
        text = port[1] or port[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id:  # the name of a local interface, which no database stores
            return None
        return address.ipv4_mapped or address
    return address


@cache
def warn_of_unreadable_entry() -> None:
    """Log once per process: until it is mended, all customers count as one."""
    logger.warning(
        "A trusted proxy's entry in X-Forwarded-For is no address: the proxy's own address is used"
    )


def network_of(address: str | None) -> str:
    """Return the client network that limits count by: an IPv4 address or an IPv6 network, or ""."""
    if address is None or "." in address:
        return address or ""
    return str(ip_network(f"{address}/{HOME_PREFIX}", strict=False))
