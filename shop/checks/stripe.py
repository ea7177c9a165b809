import re

from django.conf import settings
from django.core.checks import Error

from shop.checks.shared import Problems, is_address, settings_check


@settings_check
def stripe_key() -> Problems:
    key = settings.STRIPE_SECRET_KEY
    match = re.fullmatch(r"(sk|rk)_(test|live)_\w+", key)
    if not key:
        yield Error(
            "STRIPE_SECRET_KEY is missing.",
            hint="It is in Stripe's Dashboard under Developers, API keys.",
            id="shop.E010",
        )
    elif not match:
        yield Error(
            "STRIPE_SECRET_KEY is not a secret or restricted key.",
            hint="It starts with sk_test_, rk_test_, sk_live_ or rk_live_.",
            id="shop.E010",
        )
    elif (match[2] == "live") != settings.STRIPE_LIVE:
        yield Error(
            f"STRIPE_SECRET_KEY is a {match[2]} key, but STRIPE_LIVE is {settings.STRIPE_LIVE}.",
            hint="Set STRIPE_LIVE=true together with a live key, and only then.",
            id="shop.E011",
        )
    if settings.DEMO and settings.STRIPE_LIVE:
        yield Error(
            "DEMO and STRIPE_LIVE are both on.",
            hint="The demo tells its visitors that no money moves. Unset one of them.",
            id="shop.E012",
        )


@settings_check
def stripe_webhook() -> Problems:
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    if not secrets or not all(re.fullmatch(r"whsec_\S+", secret) for secret in secrets):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is missing or does not start with whsec_.",
            hint="Stripe shows it beside the webhook endpoint; several with commas while it rolls.",
            id="shop.E013",
        )


@settings_check
def stripe_address() -> Problems:
    base = settings.STRIPE_API_BASE
    if not is_address(base):
        yield Error(
            "STRIPE_API_BASE is not a whole address.",
            hint="Leave it out to talk to Stripe.",
            id="shop.E014",
        )
    elif settings.STRIPE_LIVE and not base.startswith("https://"):
        yield Error(
            "STRIPE_API_BASE does not start with https://, but STRIPE_LIVE is on.",
            hint="Leave it out to talk to Stripe.",
            id="shop.E015",
        )
