"""What waits for staff: the numbers on the admin's first page and in its sidebar."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.models import LoadedPage
from orders.admin.charts import charts
from orders.admin.licence import licence_shown
from orders.admin.masking import clock
from orders.desk.waiting import to_do, with_staff
from orders.leases import Work, exhausted
from orders.models import (
    Alert,
    Attention,
    Email,
    EmailStatus,
    EventStatus,
    Order,
    Payment,
    Refund,
    Status,
    StripeEvent,
)

EVENT_LASTS = timedelta(minutes=5)  # an event that waits longer was forgotten
# Kinds of work, and how their rows lead to the order.
KINDS: dict[type[Work], list[str]] = {
    Order: [],
    Payment: ["order"],
    Refund: ["payment__order"],
    Email: ["order"],
}


def open_attentions() -> QuerySet[Attention]:
    return Attention.open_rows().order_by("opened_at", "pk")


def open_alerts() -> QuerySet[Alert]:
    return Alert.objects.filter(settled_at=None).select_related("order").order_by("created_at")


def stuck_events() -> QuerySet[StripeEvent]:
    return StripeEvent.objects.filter(
        status=EventStatus.RECEIVED, received_at__lt=Now() - EVENT_LASTS
    ).order_by("received_at")


def count_needing_staff() -> int:
    """The number of rows in the list "Needs staff"."""
    failing = sum(exhausted(kind).count() for kind in KINDS)
    return open_attentions().count() + open_alerts().count() + failing + stuck_events().count()


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    may = request.user.has_perm
    return context | {
        "cards": [each for each in cards() if may(each["permission"])],
        "licence": licence_shown() if may("orders.view_order") else None,
        "may_see_charts": may("orders.view_order") or may("orders.view_payment"),
        "charts": charts(request.user),
        "left_pages": LoadedPage.left() if may("guides.view_guide") else [],
    }


def cards() -> list[dict[str, Any]]:
    """What must be done now, most pressing first. A card with nothing to do says so, quietly."""
    orders = Order.objects.filter(status=Status.PAYMENT_DUE).aggregate(
        payment_due=Count("pk"), next_end=Min("deadline_at")
    )
    at_desk = to_do().order_by().aggregate(count=Count("pk"), soonest=Min("deadline_at"))
    asked = with_staff().count() - at_desk["count"]
    mails = Email.objects.filter(status=EmailStatus.QUEUED, due_at__isnull=False).count()
    changelist = reverse("admin:orders_order_changelist")
    return [
        card(
            at_desk["count"],
            ngettext("code to find", "codes to find", at_desk["count"]),
            first_deadline(at_desk["soonest"], _("The first order ends %(when)s.")) + waits(asked),
            _("Nobody waits for a code from staff.") + waits(asked),
            reverse("admin:orders_order_desk_list"),
            "orders.enter_code",
        ),
        card(
            count := count_needing_staff(),
            ngettext("thing needs staff", "things need staff", count),
            _("The shop could not decide these by itself."),
            _("The shop copes by itself."),
            reverse("admin:orders_order_attention"),
            "orders.view_order",
        ),
        card(
            orders["payment_due"],
            ngettext("customer must pay again", "customers must pay again", orders["payment_due"]),
            first_deadline(orders["next_end"], _("Their code waits; the first one ends %(when)s.")),
            _("No payment failed after its code was found."),
            f"{changelist}?status__exact={Status.PAYMENT_DUE}",
            "orders.view_order",
        ),
        card(
            mails,
            ngettext("mail waits to be sent", "mails wait to be sent", mails),
            _("They are sent again by themselves, for a day."),
            _("No mail is waiting."),
            f"{reverse('admin:orders_email_changelist')}?status__exact={EmailStatus.QUEUED}",
            "orders.view_email",
        ),
    ]


def card(
    count: int, words: str, what: str, nothing: str, link: str, permission: str
) -> dict[str, Any]:
    text = what if count else nothing
    return {"count": count, "words": words, "text": text, "link": link, "permission": permission}


def waits(asked: int) -> str:
    """Said beside what there is to do."""
    words = ngettext(
        "%(n)d more waits for its customer.", "%(n)d more wait for their customers.", asked
    )
    return f" {words % {'n': asked}}" if asked else ""


def first_deadline(at: Any, sentence: str) -> str:
    shown = clock(at)
    return sentence % {"when": shown[1]} if shown else ""
