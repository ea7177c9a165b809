"""Mails that the sweep queues for orders that wait: to staff before a deadline, and to customers
who have not answered."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone

from orders.business_hours import working_time
from orders.desk.deadlines import DESK_ALERT_BEFORE, UNDECIDED, decide_by
from orders.lib.batches import some
from orders.models import (
    AT_DESK,
    Attention,
    AttentionReason,
    Email,
    Mail,
    Order,
    Problem,
    Question,
    Status,
    on_its_own,
    queue_mail,
)

DAY = timedelta(days=1)
ANSWER_REMINDED_AFTER = DAY
DIGEST_EVERY = timedelta(minutes=5)
UNDER_WAY = timedelta(seconds=30)  # a mail that is due sooner may be composed already
RECENT_MAILS = 500  # among which the last digest is looked for


# ------------------------------------------------------------------ at the desk
def announce(order: Order) -> None:
    """Queue the mail that lists what waits at the desk, at most one every few minutes.

    It is composed when it is sent, so one that is due later lists this order too.
    """
    newest = Email.objects.aggregate(pk=Max("pk"))["pk"] or 0
    recent = Email.objects.filter(pk__gt=newest - RECENT_MAILS, mail=Mail.DESK_ALERT)
    last = max((each.due_at or each.sent_at or each.created_at for each in recent), default=None)
    if last and last > timezone.now() + UNDER_WAY:
        return
    at = last + DIGEST_EVERY if last else None
    later = at if at and at > timezone.now() else None
    queue_mail(order, Mail.DESK_ALERT, to=settings.STAFF_EMAIL, at=later)


def watch_desk() -> None:
    """Alert staff when little working time is left; again after an answer moved the deadline."""
    soon = working_time().add(timezone.now(), DESK_ALERT_BEFORE)
    orders = Order.objects.filter(status=Status.WITH_STAFF, deadline_at__lte=soon)
    answered = Question.objects.filter(order=OuterRef("pk")).order_by("-closed_at")
    orders = orders.exclude(Exists(open_questions())).annotate(
        began_at=Coalesce(Subquery(answered.values("closed_at")[:1]), F("created_at"))
    )
    for order in some(orders.exclude(notified("pk", Mail.DESK_LATE, since="began_at"))):
        with on_its_own("watch_desk"):
            since = order.began_at  # type: ignore[attr-defined]
            notify_once(order, Mail.DESK_LATE, since=since, to=settings.STAFF_EMAIL)


def watch_problems() -> None:
    """Alert staff before the deadline of a problem; at it they must look. Nothing is refunded."""
    soon = working_time().add(timezone.now(), DESK_ALERT_BEFORE)
    problems = Order.objects.filter(status=Status.PROBLEM)
    reported = Problem.objects.filter(order=OuterRef("pk"), closed_at=None).values("reported_at")
    answered = Question.objects.filter(order=OuterRef("pk")).order_by("-closed_at")
    near = problems.filter(deadline_at__lte=soon).exclude(Exists(open_questions()))
    near = near.annotate(
        began_at=Greatest(
            Coalesce(Subquery(reported), F("created_at")),
            Coalesce(Subquery(answered.values("closed_at")[:1]), F("created_at")),
        )
    )
    for late in some(near.exclude(notified("pk", Mail.PROBLEM_LATE, since="began_at"))):
        with on_its_own("watch_problems"):
            since = late.began_at  # type: ignore[attr-defined]
            notify_once(late, Mail.PROBLEM_LATE, since=since, to=settings.STAFF_EMAIL)
    for order in some(problems.filter(~Exists(late_attention()), deadline_at__lte=Now())):
        with on_its_own("watch_problems"):
            order.needs_attention(AttentionReason.PROBLEM_LATE)


def late_attention() -> QuerySet[Attention]:
    """Select what staff were shown about this deadline; settled, it is not shown again."""
    rows = Attention.objects.filter(order=OuterRef("pk"), reason=AttentionReason.PROBLEM_LATE)
    return rows.filter(Q(settled_at=None) | Q(opened_at__gte=OuterRef("deadline_at")))


def remind_customers() -> None:
    """Remind a customer once of each question."""
    before = timezone.now() - ANSWER_REMINDED_AFTER
    questions = Question.objects.filter(
        closed_at=None, asked_at__lte=before, order__status__in=AT_DESK
    ).exclude(notified("order", Mail.QUESTION_AGAIN, since="asked_at"))
    for question in some(questions.select_related("order")):
        with on_its_own("remind_customers"):
            notify_once(question.order, Mail.QUESTION_AGAIN, since=question.asked_at)


def open_questions() -> QuerySet[Question]:
    return Question.objects.filter(order=OuterRef("pk"), closed_at=None)


# ------------------------------------------------------------------ on hold
def watch_holds() -> None:
    """Notify the customer and staff when an order is put on hold; staff again before the end."""
    holding = Attention.open_rows().filter(holds_order=True, order__on_hold_at__isnull=False)
    holding = holding.exclude(notified("order", Mail.HOLD_ENDS, since="order__on_hold_at"))
    for attention in some(holding.select_related("order")):
        with on_its_own("watch_holds"):
            order = attention.order
            notify_once(order, Mail.ON_HOLD, since=order.on_hold_at, to=settings.STAFF_EMAIL)
            if order.status in UNDECIDED:
                notify_once(order, Mail.BEING_CHECKED, since=order.on_hold_at)
            if hold_ends_soon(order):
                notify_once(order, Mail.HOLD_ENDS, since=order.on_hold_at, to=settings.STAFF_EMAIL)


def hold_ends_soon(order: Order) -> bool:
    """A day before its time is up; of less time than two days when half is left."""
    ends, began = decide_by(order), order.on_hold_at
    if ends is None or began is None:
        return False
    at: datetime = max(ends - DAY, began + (ends - began) / 2)
    return at <= timezone.now()


# ------------------------------------------------------------------ once each
def notified(order: str, mail: Mail, *, since: str) -> Exists:
    """For a query: the order, named by its column, has such a mail since then."""
    mails = Email.objects.filter(order=OuterRef(order), mail=mail)
    return Exists(mails.filter(created_at__gte=OuterRef(since)))


def notify_once(order: Order, mail: Mail, *, since: datetime | None, to: str = "") -> None:
    """Queue a mail unless the order has one since then. Of two sweeps at once the second waits for
    the first, and sees its mail."""
    with transaction.atomic():
        order.lock()
        if not order.emails.filter(mail=mail, created_at__gte=since).exists():
            queue_mail(order, mail, to)
