"""The periods that the privacy page must name."""

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


def missing_periods(page: str) -> list[str]:
    """Return the settings whose period the page does not name."""
    return [name for name in SETTINGS if not re.search(rf"\b{period(name)}\b", page)]


def period(name: str) -> str:
    """Word a period as it stands on the page: "1,095 days"."""
    return f"{getattr(settings, name):,} {'years' if name.endswith('YEARS') else 'days'}"
