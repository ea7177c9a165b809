"""Where a request comes from, as far as it can be known, and what counts as one place."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

HOME_PREFIX = 64  # of IPv6: what one home or one phone is given, to use any address of


def client_address(request: HttpRequest) -> str | None:
    """The customer's network address, or None where the web server tells none.

    Each proxy of ours adds to X-Forwarded-For, at its end, who asked it. So with two of them the
    customer is the last but one, and what stands before was written by anybody.
    """
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    forwarded = parsed(told[-proxies]) if 0 < proxies <= len(told) else None
    found = forwarded or parsed(request.META.get("REMOTE_ADDR", ""))
    return str(found) if found else None


def parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id:  # a name of the machine's own wires, which no database stores
            return None
        return address.ipv4_mapped or address
    return address


def network_of(address: str | None) -> str:
    """What limits count by: the address, or of an IPv6 address its network; "" for none."""
    if address is None or "." in address:
        return address or ""
    return str(ip_network(f"{address}/{HOME_PREFIX}", strict=False))
