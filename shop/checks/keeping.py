"""Backups, and how long things are kept."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from shop.checks.shared import RANDOM_HINT, Problems

KEPT = (
    "UPLOADS_KEPT_DAYS",
    "UNPAID_KEPT_DAYS",
    "ORDERS_KEPT_DAYS",
    "PROOF_KEPT_DAYS",
    "BLOCKS_KEPT_DAYS",
    "STAFF_LOG_KEPT_DAYS",
    "RECEIPTS_KEPT_YEARS",
    "BACKUPS_KEPT_DAYS",
)
USUAL_DISPUTE = 120  # days in which most cards may dispute a payment


@register
def check_keeping(**_: Any) -> list[CheckMessage]:
    return [*_backup_keys(), *_periods(), *_what_rests_on_what()]


def _backup_keys() -> Problems:
    for place, key in enumerate(settings.BACKUP_KEYS, start=1):
        if not re.fullmatch(r"[0-9a-f]{64}", key):
            yield Error(
                f"BACKUP_KEY: key {place} is not 64 hex digits.", hint=RANDOM_HINT, id="shop.E080"
            )
        elif key in settings.HASH_KEYS:
            yield Error(
                f"BACKUP_KEY: key {place} is one of HASH_KEYS.",
                hint=RANDOM_HINT + ". Who finds one key must not have two.",
                id="shop.E080",
            )


def _periods() -> Problems:
    for name in KEPT:
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is not above 0.", hint="Leave it out for the usual one.", id="shop.E081"
            )


def _what_rests_on_what() -> Problems:
    if settings.ORDERS_KEPT_DAYS < settings.PROOF_KEPT_DAYS:
        yield Error(
            "ORDERS_KEPT_DAYS is less than PROOF_KEPT_DAYS.",
            hint="While a bank may dispute a payment, its order is needed to answer.",
            id="shop.E082",
        )
    if 1 <= settings.PROOF_KEPT_DAYS < USUAL_DISPUTE:
        yield Warning(
            f"PROOF_KEPT_DAYS is below {USUAL_DISPUTE}.",
            hint="Most cards may dispute a payment for so long: what proves the sale is gone then.",
            id="shop.W084",
        )
