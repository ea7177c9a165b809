from django.conf import settings
from django.core.checks import Error

from shop.checks.shared import Problems, settings_check

KINDS = {"pages", "searches", "serials", "forms", "orders", "status", "finds", "sign_ins"}
LIMITS = (
    "ORDERS_PER_ADDRESS_HOUR",
    "VELOCITY_SERIALS",
)


@settings_check
def limits() -> Problems:
    for name in LIMITS:
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is below 1.",
                hint="Leave it out for the usual one; to take no orders, staff switch selling off.",
                id="shop.E060",
            )


@settings_check
def requests() -> Problems:
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


@settings_check
def proxies() -> Problems:
    if settings.TRUSTED_PROXIES < 0:
        yield Error(
            "TRUSTED_PROXIES is below 0.",
            hint="The number of proxies between the customer and the web processes; 0 for none.",
            id="shop.E062",
        )
