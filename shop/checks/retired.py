import os

from django.core.checks import Warning

from shop.checks.shared import Problems, settings_check

# Settings of earlier versions that are constants now, beside the code that uses them, or gone.
RETIRED = (
    "ADDRESS_CHANGES_PER_DAY", "ANSWER_LASTS", "ANSWER_REMINDED_AFTER",
    "AVAILABILITY_PER_ADDRESS_HOUR", "AVAILABILITY_PER_HOUR", "BACKUP_KEY", "CHECKOUT_LASTS",
    "CIRCUIT_LIMIT", "CLAIM_LIMIT", "DECLINES_AT_LEAST", "DECLINES_SHARE", "DESK_ALERT_BEFORE",
    "EVENTS_KEPT_DAYS", "IMPORT_SLICE", "MAIL_LASTS", "ORDERS_PER_EMAIL_DAY",
    "ORDERS_PER_SERIAL_DAY", "PAYMENTS_PER_ORDER", "REDIS_TIMEOUT", "RESENDS_PER_HOUR",
    "RETRIEVAL_LASTS", "SIGN_IN_TRIES", "SIGN_IN_TRIES_PER_ADDRESS",
    "STRIPE_TAX_CODE", "SUPPLIER_CONNECT_LASTS", "UPLOAD_MOST_MB", "VELOCITY_HOURS",
)  # fmt: skip


@settings_check
def retired() -> Problems:
    still_set = [name for name in RETIRED if {name, f"{name}_FILE"} & os.environ.keys()]
    if still_set:
        yield Warning(
            f"Retired settings are still set: {', '.join(still_set)}.",
            hint="They have no effect any more. Remove them from the environment.",
            id="shop.W095",
        )
