from datetime import timedelta

from django.conf import settings
from django.core.checks import Error, Warning
from django.utils import timezone

from orders.business_hours import working_time
from shop.checks.shared import Problems, settings_check

TIMES = (
    "SWEEP_EVERY",
    "CLAIM_LASTS",
    "BACKOFF_FIRST",
    "BACKOFF_MOST",
    "PAYMENT_SYNC_EVERY",
    "DELAYED_SYNC_EVERY",
    "PAYMENT_DUE_LASTS",
    "HOLD_LASTS",
    "HOLD_MARGIN",
    "SUPPLIER_READ_LASTS",
    "SUPPLIER_LASTS",
    "CIRCUIT_LASTS",
    "STAFF_IDLE_LASTS",
)


@settings_check
def desk_hours() -> Problems:
    if settings.DESK_HOURS <= 0:
        yield Error(
            "DESK_HOURS is not above 0.",
            hint="The hours that staff have to find a code, such as 24.",
            id="shop.E050",
        )
    try:
        desk = working_time()
    except ValueError as error:
        yield Error(
            f"DESK_OPEN or DESK_HOLIDAYS cannot be read: {error}.",
            hint="Such as Mon-Fri 09:00-18:00,Sat 10:00-14:00 and 2026-12-25,2026-12-26.",
            id="shop.E056",
        )
        return
    # the longest that DESK_HOURS may last, for an order at any hour of a week
    hours = [timezone.now() + timedelta(hours=hour) for hour in range(7 * 24)]
    work = timedelta(hours=max(settings.DESK_HOURS, 0))
    free = settings.HOLD_LASTS - settings.HOLD_MARGIN
    if max(desk.add(at, work) - at for at in hours) > free > timedelta(0):
        yield Warning(
            "DESK_HOURS may last longer than an authorization: orders then end before.",
            hint="Promise fewer hours, or open the desk on more days.",
            id="shop.W057",
        )


@settings_check
def times() -> Problems:
    for name in TIMES:
        if getattr(settings, name) <= timedelta(0):
            yield Error(
                f"{name} is not above 0.",
                hint="A number of seconds; leave it out for the usual one.",
                id="shop.E051",
            )
    if settings.HOLD_MARGIN >= settings.HOLD_LASTS:
        yield Error(
            "HOLD_MARGIN is not below HOLD_LASTS.",
            hint="An order is decided that long before its authorization ends.",
            id="shop.E059",
        )


@settings_check
def leases() -> Problems:
    """A lease that expires while its task runs lets a second worker do the same work."""
    if settings.CLAIM_LASTS > timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT):
        return
    kind = Warning if settings.DEMO else Error
    yield kind(
        f"CLAIM_LASTS is not longer than a task may run ({settings.CELERY_TASK_TIME_LIMIT} s).",
        hint="Work would be done twice whenever it is slow; 180 is the usual value.",
        id=f"shop.{'W' if settings.DEMO else 'E'}054",
    )
