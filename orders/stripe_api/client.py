"""The connection to Stripe, with its errors translated for callers."""

from functools import lru_cache

import stripe
from django.conf import settings


class StripeTroubleError(Exception):
    """Stripe gave no answer: try again with the same idempotency key."""


class StripeBrokenError(StripeTroubleError):
    """Stripe answered that it failed. It repeats that for the same key: use a new one."""


class StripeRefusedError(Exception):
    """Stripe refused the request. `code` is Stripe's own, such as card_declined."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(maxsize=4)
def _client(key: str, base: str, timeout: tuple[int, int], retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout),
        base_addresses={"api": base},
    )


def client(*, interactive: bool = False) -> stripe.StripeClient:
    """Return the client for the settings. interactive: 5 s timeout, no retries."""
    timeout, retries = ((5, 5), 0) if interactive else ((5, 20), 2)
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, timeout, retries)


class translated_errors:  # noqa: N801  (reads as a statement)
    """Raises our errors in place of Stripe's, without their texts: those may quote the request."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
            raise StripeRefusedError(error.code or "refused") from None
        if isinstance(error, stripe.StripeError) and (error.http_status or 0) >= 500:
            raise StripeBrokenError(type(error).__name__) from None
        if isinstance(error, stripe.StripeError):
            raise StripeTroubleError(type(error).__name__) from None


def id_of(value: object) -> str:
    """Return the id where Stripe gives an object's id, the object or null."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return value if isinstance(value, str) else ""
