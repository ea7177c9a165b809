from ipaddress import ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error

from shop.checks.shared import Problems, settings_check


@settings_check
def log_format() -> Problems:
    if settings.LOG_FORMAT not in {"json", "plain"}:
        yield Error(
            f"LOG_FORMAT {settings.LOG_FORMAT!r} is not known.",
            hint="json, a line an object, or plain.",
            id="shop.E090",
        )


@settings_check
def metrics_networks() -> Problems:
    for network in settings.METRICS_NETWORKS:
        try:
            ip_network(network, strict=False)
        except ValueError:
            yield Error(
                f"METRICS_NETWORKS: {network!r} is not a network.",
                hint="Such as 10.0.0.0/8; several with commas.",
                id="shop.E091",
            )


@settings_check
def sentry() -> Problems:
    """Check the address: Sentry's library would raise in mid-start and print it."""
    parts = urlsplit(settings.SENTRY_DSN)
    named = bool(
        parts.hostname and parts.username and parts.path.rstrip("/").split("/")[-1].isdigit()
    )
    if settings.SENTRY_DSN and not (parts.scheme in {"http", "https"} and named):
        yield Error(
            "SENTRY_DSN is not an address of Sentry's.",
            hint="Copy it from the project's settings there: https://key@host/number.",
            id="shop.E092",
        )
