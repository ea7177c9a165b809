"""A customer's code does not work: the report, the correction of a misread serial, the desk.

Each function locks the order first, so that two tabs and staff come one after the other. One
payment buys one code: a report needs the code to be out, and only one correction is the customer's.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.desk.deadlines import desk_deadline
from orders.desk.holds import check_block_list
from orders.desk.questions import close_question
from orders.leases import DONE, due, enqueue
from orders.lib import crypto
from orders.models import (
    LIVE_REFUNDS,
    Answer,
    Code,
    History,
    Mail,
    Order,
    Problem,
    Question,
    Radio,
    Refund,
    SerialHashes,
    Status,
    Upload,
    queue_mail,
)
from orders.serials import is_misreading

MOST_REPORTS = 3  # of one order; then the customer writes to us
MOST_READINGS = 5  # of one report
MOST_FILE_TRIES = 20
# free corrections of one buyer, after which staff look at the next one
MOST_OF_BUYER = 2
OF_BUYER_WITHIN = timedelta(days=90)
PHOTOS_WANTED = _("Please send a photo of the whole label, and one of the display.")


# ------------------------------------------------------------------ the report
def may_report(order: Order) -> bool:
    return order.status != Status.PROBLEM and order.may_show_code and reports(order) < MOST_REPORTS


def reports(order: Order) -> int:
    return order.problems.exclude(reported_at=None).count()


def draft_of(order: Order) -> Problem | None:
    """Return the report that the customer is writing, or None if they may write none."""
    with transaction.atomic():
        order.lock()
        order.refresh_from_db()
        code = order.current_code
        if code is None or not may_report(order):
            return None
        draft, _is_new = order.problems.get_or_create(closed_at=None, defaults={"code": code})
    return draft


def begin_files(problem: Problem) -> bool:
    """Count a try before files are decoded, which takes time."""
    rows = Problem.objects.filter(pk=problem.pk, file_tries__lt=MOST_FILE_TRIES)
    return rows.update(file_tries=F("file_tries") + 1) == 1


def report(problem: Problem, words: str, photos: Sequence[Sequence[bytes]] = ()) -> bool:
    """Put the problem on the desk. Returns false if it was reported or closed already."""
    order = problem.order
    with transaction.atomic():
        if not _begin(problem):
            return False
        _store_photos(order, words, photos)
        _mail_report(order)
    return True


def _begin(problem: Problem) -> bool:
    order = problem.order
    order.lock()
    order.refresh_from_db()
    drafts = Problem.objects.filter(pk=problem.pk, reported_at=None, closed_at=None)
    values = {"reported_at": timezone.now(), "from_status": order.status}
    if not may_report(order) or not order.report_problem(desk_deadline(order)):
        return False
    drafts.update(code=order.current_code, **values)
    problem.refresh_from_db()
    return True


def _store_photos(order: Order, words: str, photos: Sequence[Sequence[bytes]]) -> None:
    """Keep words and photos as an answer, which the customer may add to."""
    question = Question.objects.create(
        order=order, text_encrypted=crypto.encrypt(str(PHOTOS_WANTED)), wants_photo=True,
        closed_at=timezone.now(),
    )  # fmt: skip
    if not words and not photos:
        return
    for number, pages in enumerate(photos or [[]]):
        text = words if number == 0 else ""
        answer = Answer.objects.create(
            question=question, text_encrypted=crypto.encrypt(text) if text else ""
        )
        for page, content in enumerate(pages, start=1):
            Upload.objects.create(
                answer=answer, page=page, content_encrypted=crypto.encrypt_bytes(content)
            )


def _mail_report(order: Order) -> None:
    queue_mail(order, Mail.PROBLEM_RECEIVED)
    queue_mail(order, Mail.PROBLEM_ALERT, to=settings.STAFF_EMAIL)


# ------------------------------------------------------------------ a misread serial
def was_corrected(order: Order) -> bool:
    return order.problems.filter(is_by_customer=True).exists()


def may_correct(order: Order, serial: str, radio: Radio | None) -> bool:
    """Whether providers are asked for this serial without a decision of staff."""
    if radio is None or was_corrected(order) or not is_misreading(order.serial, serial):
        return False
    return not _is_of_another_buyer(order, serial, radio) and not _corrects_often(order)


def _is_of_another_buyer(order: Order, serial: str, radio: Radio) -> bool:
    hashes = SerialHashes.of(radio, radio.canonical(serial), order.brand_id)
    own = order.orders_of_buyer().values("pk")
    paid = Order.objects.filter(hashes.rows).exclude(placed_at=None)
    codes = Code.objects.filter(hashes.rows)
    return paid.exclude(pk__in=own).exists() or codes.exclude(order__in=own).exists()


def _corrects_often(order: Order) -> bool:
    since = timezone.now() - OF_BUYER_WITHIN
    corrected = Problem.objects.filter(is_by_customer=True, corrected_at__gte=since)
    return corrected.filter(order__in=order.orders_of_buyer()).count() >= MOST_OF_BUYER


def correct(problem: Problem, serial: str, radio: Radio) -> bool:
    """Correct the serial for the customer and ask the providers; once, whatever comes of it."""
    order = problem.order
    with transaction.atomic():
        order.lock()
        order.lock_buyer()
        order.refresh_from_db()
        if not may_correct(order, serial, radio) or not _begin(problem):
            return False
        _ask_providers(problem, serial, radio, is_by_customer=True)
    return True


def correct_by_staff(problem: Problem, serial: str, radio: Radio, by: User, only_if: Q) -> bool:
    with transaction.atomic():
        problem.order.lock()
        return _ask_providers(problem, serial, radio, by=by, only_if=only_if)


def _ask_providers(
    problem: Problem,
    serial: str,
    radio: Radio,
    *,
    by: User | None = None,
    only_if: Q | None = None,
    is_by_customer: bool = False,
) -> bool:
    order = problem.order
    former = {
        "former_serial_encrypted": problem.former_serial_encrypted or order.serial_encrypted,
        "former_radio": problem.former_radio or order.radio,
    }
    if not order.correct_reported_serial(serial, radio, by=by, only_if=only_if):
        return False
    Problem.objects.filter(pk=problem.pk).update(
        corrected_at=Now(), is_by_customer=is_by_customer or F("is_by_customer"), **former, **due()
    )
    problem.refresh_from_db()
    check_block_list(order)
    enqueue(problem)
    return True


def give_to_desk(problem: Problem, *, only_if: Q) -> None:
    """Hand it to staff: no provider has the code of the corrected serial."""
    order = problem.order
    with transaction.atomic():
        order.lock()
        mine = Problem.objects.filter(only_if, pk=problem.pk, due_at__isnull=False, closed_at=None)
        if mine.update(**DONE) and order.set_desk_deadline(desk_deadline(order)):
            if not order.questions.exists():
                _store_photos(order, "", ())  # which the customer may send
            _mail_report(order)


# ------------------------------------------------------------------ its end
def is_refunding(order: Order) -> bool:
    return Refund.objects.filter(payment__order=order, status__in=LIVE_REFUNDS).exists()


def replace(
    order: Order, code: str, source: str, *, by: User | None = None, only_if: Q | None = None
) -> bool:
    """Send another code instead. Refused while money is being refunded."""
    with transaction.atomic():
        order.lock()
        if is_refunding(order) or not order.replace(code, source, by=by, only_if=only_if):
            return False
        close_question(order)
        queue_mail(order, Mail.YOUR_CODE)
    return True


def close(problem: Problem, words: str, *, by: User, only_if: Q) -> bool:
    """Close it with an answer to the customer; the code that they have stays."""
    order, was_ready = problem.order, problem.from_status == Status.READY
    with transaction.atomic():
        order.lock()
        won = order.close_problem(
            by, was_ready=was_ready, only_if=only_if, words_encrypted=crypto.encrypt(words)
        )
        if won:
            close_question(order)
            queue_mail(order, Mail.PROBLEM_CLOSED)
            if was_ready:
                queue_mail(order, Mail.YOUR_CODE)
    return won


def confirm_serial(problem: Problem, by: User) -> bool:
    """Note that staff compared the serial with the label. Returns false if it was noted before."""
    open_ = Problem.objects.filter(pk=problem.pk, confirmed_at=None, closed_at=None)
    with transaction.atomic():
        won = open_.update(confirmed_at=Now(), confirmed_by=by) == 1
        if won:
            History.objects.create(
                order_id=problem.order_id, subject="order", subject_id=problem.order_id,
                move="confirm_serial", status=Status.PROBLEM, by=by,
            )  # fmt: skip
    return won
