"""Questions of staff to the customer, and the answers.

A question suspends the deadline: it keeps the working time that was left, and the answer starts it
again. The order stays with staff. Each function locks the order first, so that question, answer and
every other change come one after the other.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.desk.deadlines import DESK_ALERT_BEFORE, answer_deadline, desk_deadline, work_left
from orders.leases import FREE
from orders.lib import crypto
from orders.models import (
    AT_DESK,
    Answer,
    History,
    Mail,
    Order,
    Question,
    Status,
    Upload,
    queue_mail,
)

WHOLE_LABEL = _(
    "Please send a photo of the whole label on the radio, sharp enough to read every character."
)
MOST_FILES = 3  # to one question
MOST_TRIES = 20  # answers to one question, refused ones too: reading a file takes time


def open_question(order: Order) -> Question | None:
    if order.status not in AT_DESK:
        return None
    return order.questions.filter(closed_at=None).first()


# ------------------------------------------------------------------ asking
def ask(order: Order, text: str, *, by: User, only_if: Q, wants_photo: bool = False) -> bool:
    """Ask the customer. Counts only while the caller's lease is valid, and ends it."""
    with transaction.atomic():
        order.lock()
        former = open_question(order)
        # an answer is worth nothing where no time is left to read it
        left = former.work_left if former else max(work_left(order), DESK_ALERT_BEFORE)
        won = order.set_desk_deadline(
            answer_deadline(order), only_if=only_if, opened_by=None, **FREE
        )
        if won:
            close_question(order)
            _put(order, text, left, by=by, wants_photo=wants_photo)
            queue_mail(order, Mail.QUESTION)
    return won


def ask_for_photo(order: Order) -> None:
    """Ask for a photo as soon as the order is at the desk, if the radio needs one.

    The mail of that moment says so.
    """
    left = work_left(order)
    order.set_desk_deadline(answer_deadline(order))
    _put(order, str(WHOLE_LABEL), left, wants_photo=True)


def _put(
    order: Order, text: str, left: timedelta, *, by: User | None = None, wants_photo: bool
) -> None:
    question = Question.objects.create(
        order=order, by=by, text_encrypted=crypto.encrypt(text), work_left=left,
        wants_photo=wants_photo,
    )  # fmt: skip
    _note(question, "ask", by)


def close_question(order: Order) -> bool:
    return order.questions.filter(closed_at=None).update(closed_at=Now()) == 1


# ------------------------------------------------------------------ answering
def may_answer(order: Order) -> Question | None:
    """Return the question that the customer may still answer: the last one."""
    return order.questions.last() if order.status in AT_DESK else None


def is_taken(form_key: uuid.UUID) -> bool:
    return Answer.objects.filter(form_key=form_key).exists()


def begin_answer(question: Question) -> bool:
    """Count a try before its file is decoded, which takes time."""
    rows = Question.objects.filter(pk=question.pk, tries__lt=MOST_TRIES)
    return rows.update(tries=F("tries") + 1) == 1


def files_left(question: Question) -> int:
    return MOST_FILES - question.answers.filter(uploads__page=1).count()


def take_answer(
    question: Question, form_key: uuid.UUID, text: str, files: Sequence[Sequence[bytes]] = ()
) -> bool:
    """Store an answer with the pages of its files.

    Returns whether it is stored, now or by an earlier sending of the form.
    """
    order = question.order
    with transaction.atomic():
        order.lock()
        if is_taken(form_key):
            return True
        order.refresh_from_db()
        if order.status not in AT_DESK or len(files) > files_left(question):
            return False
        answer = Answer.objects.create(
            question=question, form_key=form_key,
            text_encrypted=crypto.encrypt(text) if text else "",
        )  # fmt: skip
        for pages in files:
            for number, page in enumerate(pages, start=1):
                content = crypto.encrypt_bytes(page)
                Upload.objects.create(answer=answer, page=number, content_encrypted=content)
        _note(question, "answer")
        _let_the_desk_go_on(question)
    return True


def _let_the_desk_go_on(question: Question) -> None:
    """Start the desk's time again, and count the order's version up.

    Staff who have the order open see the answer before they decide.
    """
    order = question.order
    mine = Question.objects.filter(pk=question.pk, closed_at=None)
    if mine.update(closed_at=Now()):
        order.set_desk_deadline(desk_deadline(order, question.work_left))
        mail = Mail.PROBLEM_ALERT if order.status == Status.PROBLEM else Mail.ANSWERED
        queue_mail(order, mail, to=settings.STAFF_EMAIL)
    elif order.deadline_at:
        order.set_desk_deadline(order.deadline_at)


def _note(question: Question, what: str, by: User | None = None) -> None:
    """Write the order's history; the texts are in the question itself."""
    History.objects.create(
        order_id=question.order_id, subject="question", subject_id=question.pk, move=what,
        status=question.order.status, by=by,
    )  # fmt: skip
