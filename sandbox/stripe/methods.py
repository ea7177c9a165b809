"""The ways to pay that this account has switched on, and what each can do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """`hold_days` is 0 where the money is taken at once; `currencies` is empty where any will do.

    `elsewhere` says that the customer agrees on a page of the method's own, and may refuse there.
    """

    name: str
    currencies: frozenset[str] = frozenset()
    authorization_days: int = 0
    takes_days: bool = False
    elsewhere: bool = False


def only(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


METHODS = {
    "card": Method("Card", authorization_days=7),
    "link": Method("Link", authorization_days=7),
    "paypal": Method(
        "PayPal",
        only("aud cad chf czk dkk eur gbp hkd nok nzd pln sek sgd usd"),
        authorization_days=10,
        elsewhere=True,
    ),
    "klarna": Method(
        "Klarna",
        only("aud cad chf czk dkk eur gbp nok nzd pln ron sek usd"),
        authorization_days=28,
        elsewhere=True,
    ),
    "ideal": Method("iDEAL", only("eur"), elsewhere=True),
    "bancontact": Method("Bancontact", only("eur"), elsewhere=True),
    "sepa_debit": Method("SEPA bank debit", only("eur"), takes_days=True),
    "bacs_debit": Method("Bacs bank debit", only("gbp"), takes_days=True),
}


def offered(
    currency: str, *, allowed: list[str] | None, excluded: list[str], must_authorize: bool
) -> list[str]:
    """What Checkout shows: both lists only filter what the currency and the capture allow."""
    return [
        kind
        for kind in (allowed or METHODS)
        if kind in METHODS
        and kind not in excluded
        and currency in (METHODS[kind].currencies or {currency})
        and (METHODS[kind].authorization_days or not must_authorize)
    ]
