"""Orders that wait at the desk, the earliest deadline first."""

from django.db.models import Exists, QuerySet

from orders.desk.reminders import open_questions
from orders.models import AT_DESK, Order, Status


def with_staff() -> QuerySet[Order]:
    return Order.objects.filter(status__in=AT_DESK).order_by("deadline_at", "pk")


def to_do() -> QuerySet[Order]:
    """Those that do not wait for their customer's answer."""
    return with_staff().exclude(Exists(open_questions()))


def codes_to_find() -> QuerySet[Order]:
    return to_do().filter(status=Status.WITH_STAFF)
