"""The network address of a client, as far as it can be known."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

HOME_PREFIX = 64  # of IPv6: one home or phone is given this network, and uses any address in it


def client_address(request: HttpRequest) -> str | None:
    """Return the client's network address, or None if the web server gives none.

    Each of our proxies appends its own client to X-Forwarded-For. With two proxies the client is
    the last but one, and anything before it may be forged.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    forwarded = parse_address(hops[-proxies]) if 0 < proxies <= len(hops) else None
    found = forwarded or parse_address(request.META.get("REMOTE_ADDR", ""))
    return str(found) if found else None


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id:  # the name of a local interface, which no database stores
            return None
        return address.ipv4_mapped or address
    return address


def network_of(address: str | None) -> str:
    """Return the client network that limits count by: an IPv4 address or an IPv6 network, or ""."""
    if address is None or "." in address:
        return address or ""
    return str(ip_network(f"{address}/{HOME_PREFIX}", strict=False))
