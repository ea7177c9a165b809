from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from shop.checks.shared import Problems

KINDS = {"pages", "searches", "serials", "forms", "orders", "status", "finds"}
LIMITS = (
    "ORDERS_PER_ADDRESS_HOUR",
    "ORDERS_PER_EMAIL_DAY",
    "ORDERS_PER_SERIAL_DAY",
    "PAYMENTS_PER_ORDER",
    "AVAILABILITY_PER_ADDRESS_HOUR",
    "AVAILABILITY_PER_HOUR",
    "RESENDS_PER_HOUR",
    "ADDRESS_CHANGES_PER_DAY",
    "DECLINES_AT_LEAST",
    "VELOCITY_SERIALS",
    "VELOCITY_HOURS",
    "SIGN_IN_TRIES",
    "SIGN_IN_TRIES_PER_ADDRESS",
)


@register
def check_limits(**_: Any) -> list[CheckMessage]:
    return [*_limits(), *_requests(), *_proxies()]


def _limits() -> Problems:
    for name in LIMITS:
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is below 1.",
                hint="Leave it out for the usual one; to take no orders, staff switch selling off.",
                id="shop.E060",
            )
    if not 0 < settings.DECLINES_SHARE <= 1:
        yield Error(
            f"DECLINES_SHARE {settings.DECLINES_SHARE} is not a part of one.",
            hint="0.5 means that every second payment was declined.",
            id="shop.E061",
        )


def _requests() -> Problems:
    limits = settings.REQUESTS_PER_MINUTE
    if unknown := sorted(set(limits) - KINDS):
        yield Error(
            f"REQUESTS_PER_MINUTE has what the shop does not count: {', '.join(unknown)}.",
            hint=f"It counts {', '.join(sorted(KINDS))}.",
            id="shop.E063",
        )
    if wrong := sorted(kind for kind, most in limits.items() if most < 1):
        yield Error(
            f"REQUESTS_PER_MINUTE is no number above 0 for {', '.join(wrong)}.",
            hint="Such as searches=90,forms=60; what is left out has its usual limit.",
            id="shop.E063",
        )


def _proxies() -> Problems:
    if settings.TRUSTED_PROXIES < 0:
        yield Error(
            "TRUSTED_PROXIES is below 0.",
            hint="The number of proxies between the customer and the web processes; 0 for none.",
            id="shop.E062",
        )
