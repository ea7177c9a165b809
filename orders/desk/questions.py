"""Asking the customer while a person looks for the code, and taking the answer.

Meanwhile the desk's clock stands still: a question keeps what it showed, the answer sets it going
again. The order stays with staff. It is locked first in each of these, so that question, answer,
and whatever else changes it come one after the other.
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
    if order.status != Status.WITH_STAFF:
        return None
    return order.questions.filter(closed_at=None).first()


# ------------------------------------------------------------------ asking
def ask(order: Order, text: str, *, by: User, only_if: Q, wants_photo: bool = False) -> bool:
    """Counts only while the caller's claim stands; ends it, as the customer is next."""
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
    """The shop itself asks, as soon as the order is at the desk: without a photo nobody finds the
    code of this radio. The mail of that moment says so."""
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
    """The question to which the customer may still send something: the last one."""
    return order.questions.last() if order.status == Status.WITH_STAFF else None


def is_taken(form_key: uuid.UUID) -> bool:
    return Answer.objects.filter(form_key=form_key).exists()


def begin_answer(question: Question) -> bool:
    """Before a file of it is looked at, which takes time."""
    rows = Question.objects.filter(pk=question.pk, tries__lt=MOST_TRIES)
    return rows.update(tries=F("tries") + 1) == 1


def files_left(question: Question) -> int:
    return MOST_FILES - question.answers.filter(uploads__page=1).count()


def take_answer(
    question: Question, form_key: uuid.UUID, text: str, pages: Sequence[bytes] = ()
) -> bool:
    """Returns whether it was taken, now or when the same form was sent before."""
    order = question.order
    with transaction.atomic():
        order.lock()
        if is_taken(form_key):
            return True
        order.refresh_from_db()
        if order.status != Status.WITH_STAFF or (pages and files_left(question) < 1):
            return False
        answer = Answer.objects.create(
            question=question, form_key=form_key,
            text_encrypted=crypto.encrypt(text) if text else "",
        )  # fmt: skip
        for number, page in enumerate(pages, start=1):
            Upload.objects.create(
                answer=answer, page=number, content_encrypted=crypto.encrypt_bytes(page)
            )
        _note(question, "answer")
        _let_the_desk_go_on(question)
    return True


def _let_the_desk_go_on(question: Question) -> None:
    """The order's version counts up in any case, so that whoever has it open sees the answer before
    they decide."""
    order = question.order
    mine = Question.objects.filter(pk=question.pk, closed_at=None)
    if mine.update(closed_at=Now()):
        order.set_desk_deadline(desk_deadline(order, question.work_left))
        queue_mail(order, Mail.ANSWERED, to=settings.STAFF_EMAIL)
    elif order.deadline_at:
        order.set_desk_deadline(order.deadline_at)


def _note(question: Question, what: str, by: User | None = None) -> None:
    """In the order's history; what was said stands in the question itself."""
    History.objects.create(
        order_id=question.order_id, subject="question", subject_id=question.pk, move=what,
        status=Status.WITH_STAFF, by=by,
    )  # fmt: skip
