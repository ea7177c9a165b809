import re
from datetime import date
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils import timezone

from orders.lib.letters import missing_letters
from orders.payments.methods import METHODS
from shop.checks.shared import Problems, is_mail_address, settings_check


@settings_check
def money() -> Problems:
    if not re.fullmatch(r"[a-z]{3}", settings.CURRENCY):
        yield Error(
            f"CURRENCY {settings.CURRENCY!r} is not three letters.",
            hint="Such as eur, gbp or usd.",
            id="shop.E040",
        )
    if not 0 <= settings.VAT_RATE < 100:
        yield Error(
            f"VAT_RATE {settings.VAT_RATE} is not a percentage.",
            hint="The percent of VAT that every price includes; 0 where none is due.",
            id="shop.E041",
        )


@settings_check
def ways_to_pay() -> Problems:
    chosen = settings.PAYMENT_METHODS
    if unknown := [name for name in chosen if name not in METHODS]:
        yield Error(
            f"PAYMENT_METHODS has what the shop does not know: {', '.join(unknown)}.",
            hint=f"It knows {', '.join(METHODS)}.",
            id="shop.E043",
        )
    if "card" not in chosen:
        yield Error(
            "PAYMENT_METHODS lacks card.",
            hint="Cards are the one way to pay that takes every currency.",
            id="shop.E044",
        )
    if len(set(chosen)) < len(chosen):
        yield Error("PAYMENT_METHODS names one twice.", hint="Once is enough.", id="shop.E045")


@settings_check
def seller() -> Problems:
    seller = settings.SELLER
    needed = [
        "name",
        "address",
        "email",
        *(["vat_number"] if settings.VAT_RATE else []),
    ]
    for part in needed:
        if not seller[part]:
            yield Error(
                f"SELLER_{part.upper()} is missing.",
                hint="The law wants it on the receipt and in the terms.",
                id="shop.E042",
            )
    if seller["email"] and not is_mail_address(seller["email"]):
        yield Error(
            "SELLER_EMAIL is not an e-mail address.",
            hint="Customers write to it: help@example.com.",
            id="shop.E042",
        )
    texts = {f"SELLER_{part.upper()}": text for part, text in seller.items()}
    for name, text in {**texts, "SHOP_NAME": settings.SHOP_NAME}.items():
        if missing := missing_letters(text):
            yield Error(
                f"{name} has letters that receipts cannot show: {missing}.",
                hint="Their fonts have Latin, Greek and Cyrillic letters. Write it with those.",
                id="shop.E047",
            )


@settings_check
def security_contact() -> Problems:
    for contact in settings.SECURITY_CONTACT:
        mail = contact.removeprefix("mailto:")
        if not is_mail_address(mail) and not contact.startswith(("https://", "tel:")):
            yield Error(
                f"SECURITY_CONTACT {contact!r} is neither a mail address nor a link.",
                hint="Such as security@example.com or https://example.com/report.",
                id="shop.E046",
            )


@register(deploy=True)
def legal_texts_checked(**_: Any) -> list[CheckMessage]:
    """A lawyer has read the texts, says the operator; nothing else can know it."""
    try:
        if date.fromisoformat(settings.LEGAL_TEXTS_CHECKED_ON) <= timezone.localdate():
            return []
    except ValueError:
        pass
    return [
        Error(
            "LEGAL_TEXTS_CHECKED_ON is not a day in the past, such as 2026-11-29.",
            hint="The day on which a lawyer last checked terms, privacy, refunds and the others:"
            " docs/going-live.md lists what to ask.",
            id="shop.E048",
        )
    ]
