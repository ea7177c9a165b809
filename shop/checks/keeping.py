"""Backups, and how long things are kept."""

from django.conf import settings
from django.core.checks import Error, Warning

from shop.backup.create import recipients
from shop.backup.postgres import BackupError
from shop.checks.shared import Problems, settings_check

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


@settings_check
def backups() -> Problems:
    try:
        recipients()
    except BackupError as error:
        hint = "The line of age-keygen's output that begins with age1; docs/operations.md, Back up."
        if settings.BACKUP_RECIPIENTS:
            yield Error(str(error), hint=hint, id="shop.E080")
        elif settings.BACKUP_DIR:
            yield Warning(f"{error} Without them no backup is made.", hint=hint, id="shop.W080")


@settings_check
def periods() -> Problems:
    for name in KEPT:
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is not above 0.", hint="Leave it out for the usual one.", id="shop.E081"
            )


@settings_check
def periods_that_need_each_other() -> Problems:
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
