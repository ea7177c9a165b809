"""Payment methods: which a currency allows, and which can be authorized before a capture.

Sources: "capture_method" in the parameters of a Checkout Session (Stripe's API, version
2026-10-28.endive; a test compares) shows what can be authorized. docs.stripe.com/payments/<method>
names each method's currencies. Stripe itself leaves out what the buyer's country or the account
does not allow.
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
class PaymentMethod:
    """`currencies` is empty where all are accepted."""

    name: Any  # as the customer reads it; translated when it is shown
    can_be_authorized: bool = False
    currencies: frozenset[str] = frozenset()
    takes_days: bool = False  # the bank answers days later

    def accepts(self, currency: str) -> bool:
        return not self.currencies or currency in self.currencies


METHODS: Mapping[str, PaymentMethod] = {
    "card": PaymentMethod(gettext_lazy("card"), can_be_authorized=True),
    "link": PaymentMethod("Link", can_be_authorized=True),
    "paypal": PaymentMethod("PayPal", can_be_authorized=True, currencies=PAYPAL),
    "klarna": PaymentMethod("Klarna", can_be_authorized=True, currencies=KLARNA),
    "ideal": PaymentMethod("iDEAL", currencies=EURO),
    "bancontact": PaymentMethod("Bancontact", currencies=EURO),
    "sepa_debit": PaymentMethod(gettext_lazy("SEPA debit"), currencies=EURO, takes_days=True),
}


def offered(currency: str, *, is_uncertain: bool = False) -> list[str]:
    """Return Stripe's names of methods, in the order of the setting.

    Where a code is uncertain, only those that can be authorized, if there is one.
    """
    names = [name for name in settings.PAYMENT_METHODS if METHODS[name].accepts(currency)]
    authorized = [name for name in names if METHODS[name].can_be_authorized]
    return authorized if is_uncertain and authorized else names


def stripe_options(types: Iterable[str]) -> dict[str, dict[str, str]]:
    """Authorize what can be authorized; Stripe captures the rest at once."""
    return {name: {"capture_method": "manual"} for name in types if METHODS[name].can_be_authorized}


@dataclass(frozen=True)
class MethodsNotice:
    """Names of methods that the customer reads before paying, as one phrase each, or ""."""

    authorized: str
    captured_at_once: str
    taking_days: str
    has_wallets: bool  # Stripe's page shows Apple Pay and Google Pay where it takes cards


def methods_notice(currency: str, *, is_uncertain: bool = False) -> MethodsNotice:
    names = offered(currency, is_uncertain=is_uncertain)
    methods = [METHODS[name] for name in names]
    return MethodsNotice(
        authorized=_phrase(method for method in methods if method.can_be_authorized),
        captured_at_once=_phrase(method for method in methods if not method.can_be_authorized),
        taking_days=_phrase(method for method in methods if method.takes_days),
        has_wallets="card" in names,
    )


def _phrase(methods: Iterable[PaymentMethod]) -> str:
    names = [str(method.name) for method in methods]
    return str(get_text_list(names, _("and")))


def method_name(method: str) -> str:
    """Name a method as the customer knows it; an unknown one is shown in Stripe's word."""
    return str(METHODS[method].name) if method in METHODS else method.replace("_", " ")
