"""The ways to pay: which are offered in a currency, and which of them can be held.

Sources: "capture_method" in the parameters of a Checkout Session (Stripe's API, version
2026-10-28.endive; a test compares) says what can be held. docs.stripe.com/payments/<way> names each
way's currencies. Stripe itself leaves out what the buyer's country or the account does not allow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

EURO = frozenset({"eur"})
PAYPAL = frozenset(
    {"eur", "gbp", "usd", "chf", "czk", "dkk", "nok", "pln", "sek", "aud", "cad", "hkd", "nzd",
     "sgd"}
)  # fmt: skip
KLARNA = PAYPAL - {"hkd", "sgd"}


@dataclass(frozen=True)
class Way:
    """`currencies` is empty where every one is taken."""

    name: Any  # as the customer reads it; translated when it is shown
    can_be_held: bool = False
    currencies: frozenset[str] = frozenset()
    takes_days: bool = False  # the bank answers days later

    def takes(self, currency: str) -> bool:
        return not self.currencies or currency in self.currencies


WAYS: Mapping[str, Way] = {
    "card": Way(gettext_lazy("card"), can_be_held=True),
    "link": Way("Link", can_be_held=True),
    "paypal": Way("PayPal", can_be_held=True, currencies=PAYPAL),
    "klarna": Way("Klarna", can_be_held=True, currencies=KLARNA),
    "ideal": Way("iDEAL", currencies=EURO),
    "bancontact": Way("Bancontact", currencies=EURO),
    "sepa_debit": Way(gettext_lazy("SEPA debit"), currencies=EURO, takes_days=True),
}


def offered(currency: str) -> list[str]:
    """Types of Stripe's, in the order of the setting."""
    return [name for name in settings.PAYMENT_METHODS if WAYS[name].takes(currency)]


def stripe_options(types: Iterable[str]) -> dict[str, dict[str, str]]:
    """What can be held is held; the rest Stripe captures at once."""
    return {name: {"capture_method": "manual"} for name in types if WAYS[name].can_be_held}


@dataclass(frozen=True)
class WaysToPay:
    """What is told before the customer pays: names of ways, as one phrase each, or nothing."""

    held: str
    taken_at_once: str
    taking_days: str


def methods_notice(currency: str) -> WaysToPay:
    ways = [WAYS[name] for name in offered(currency)]
    return WaysToPay(
        held=_phrase(way for way in ways if way.can_be_held),
        taken_at_once=_phrase(way for way in ways if not way.can_be_held),
        taking_days=_phrase(way for way in ways if way.takes_days),
    )


def _phrase(ways: Iterable[Way]) -> str:
    names = [str(way.name) for way in ways]
    return str(get_text_list(names, _("and")))


def name_of(method: str) -> str:
    """How the customer paid, in words; what we do not know is shown as Stripe calls it."""
    return str(WAYS[method].name) if method in WAYS else method.replace("_", " ")
