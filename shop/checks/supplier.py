import re
from datetime import timedelta

from django.conf import settings
from django.core.checks import Error

from shop.checks.shared import Problems, is_address, is_relaxed, settings_check


@settings_check
def supplier_address() -> Problems:
    if not settings.PELOCK_API_KEY:
        return  # it is not asked
    if not is_address(settings.PELOCK_API_URL):
        yield Error(
            "PELOCK_API_URL is not a whole address.",
            hint="Leave it out to ask PELock.",
            id="shop.E070",
        )
    elif not settings.PELOCK_API_URL.startswith("https://") and not is_relaxed():
        yield Error(
            "PELOCK_API_URL does not start with https://.",
            hint="The activation key must not travel in the clear. Leave it out to ask PELock.",
            id="shop.E071",
        )
    if not re.fullmatch(r"\S+", settings.PELOCK_API_KEY):
        yield Error(
            "PELOCK_API_KEY has a space or a line break in it.",
            hint="It is the activation key of the licence, such as ABCD-ABCD-ABCD-ABCD.",
            id="shop.E072",
        )


@settings_check
def supplier_times() -> Problems:
    """A question that outlasts its task is stopped, and asked again by another worker."""
    most = settings.CELERY_TASK_SOFT_TIME_LIMIT // 2
    if settings.SUPPLIER_LASTS > timedelta(seconds=most):
        yield Error(
            f"SUPPLIER_LASTS is above {most} seconds.",
            hint="A task would be stopped before its answer comes; 25 is the usual value.",
            id="shop.E073",
        )
