"""What the privacy page tells customers of the times that the settings say."""

import re

from django.conf import settings

SETTINGS = (
    "UNPAID_KEPT_DAYS",
    "ORDERS_KEPT_DAYS",
    "PROOF_KEPT_DAYS",
    "UPLOADS_KEPT_DAYS",
    "EVENTS_KEPT_DAYS",
    "BLOCKS_KEPT_DAYS",
    "STAFF_LOG_KEPT_DAYS",
    "RECEIPTS_KEPT_YEARS",
    "BACKUPS_KEPT_DAYS",
)


def untold(page: str) -> list[str]:
    """Settings of which the page does not name the time at all, whatever its words are."""
    return [name for name in SETTINGS if not re.search(rf"\b{period(name)}\b", page)]


def period(name: str) -> str:
    """As it stands on the page: 1,095 days."""
    return f"{getattr(settings, name):,} {'years' if name.endswith('YEARS') else 'days'}"
