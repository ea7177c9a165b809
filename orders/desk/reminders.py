"""What the sweep does for the desk and for who waits for it: an alert before a deadline, a reminder
of a question, and the end of photos that were kept long enough. Each mail goes once an order."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from orders.business_hours import working_time
from orders.desk.deadlines import DESK_ALERT_BEFORE
from orders.models import Email, Mail, Order, Question, Status, Upload, queue_mail

ANSWER_REMINDED_AFTER = timedelta(days=1)
BATCH = 500  # of a kind that one sweep looks at


def watch_desk() -> None:
    """Nobody found it, and the desk has little working time left."""
    soon = working_time().add(timezone.now(), DESK_ALERT_BEFORE)
    waiting = Order.objects.filter(status=Status.WITH_STAFF, deadline_at__lte=soon)
    for order in waiting.exclude(Exists(open_questions())).exclude(told(Mail.DESK_LATE))[:BATCH]:
        tell_once(order, Mail.DESK_LATE, to=settings.STAFF_EMAIL)


def remind_customers() -> None:
    before = timezone.now() - ANSWER_REMINDED_AFTER
    asked = Order.objects.filter(status=Status.WITH_STAFF)
    forgotten = asked.filter(Exists(open_questions().filter(asked_at__lte=before)))
    for order in forgotten.exclude(told(Mail.QUESTION_AGAIN))[:BATCH]:
        tell_once(order, Mail.QUESTION_AGAIN)


def drop_old_photos() -> None:
    before = timezone.now() - timedelta(days=settings.UPLOADS_KEPT_DAYS)
    old = Upload.objects.filter(created_at__lte=before).exclude(content_encrypted="")
    old.update(content_encrypted="")


def open_questions() -> QuerySet[Question]:
    return Question.objects.filter(order=OuterRef("pk"), closed_at=None)


def told(mail: Mail) -> Exists:
    return Exists(Email.objects.filter(order=OuterRef("pk"), mail=mail))


def tell_once(order: Order, mail: Mail, to: str = "") -> None:
    """Two sweeps may run at once: the second waits for the first, and sees its mail."""
    with transaction.atomic():
        order.lock()
        if not order.emails.filter(mail=mail).exists():
            queue_mail(order, mail, to)
