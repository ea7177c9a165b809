"""Ask a radio's sources in turn, and record what came of it."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders.desk.deadlines import desk_deadline
from orders.desk.questions import ask_for_photo
from orders.leases import backoff
from orders.models import (
    Attempt,
    AttentionReason,
    Code,
    EndedBecause,
    Mail,
    Need,
    Order,
    Outcome,
    Source,
    queue_mail,
)
from orders.models.attempt import has_conflicting_answer
from orders.retrieval.answers import (
    Answer,
    Broken,
    CodeSource,
    Found,
    TryAgain,
    UnknownHere,
    WrongCode,
)
from orders.retrieval.code_book import CodeBook
from orders.retrieval.earlier_orders import AnsweredBefore
from orders.retrieval.supplier import Supplier
from orders.retrieval.validation import checked

logger = logging.getLogger(__name__)

# Adding a source is one file and one line, once it has a name in models.Source; what the form
# promises of it is told in availability.py. The desk is not asked: it is where the chain ends.
SOURCES: dict[Source, CodeSource] = {
    Source.CODE_BOOK: CodeBook(),
    Source.SUPPLIER: Supplier(),
}
ANSWERED_BEFORE = "answered_before"
RETRIEVAL_LASTS = timedelta(minutes=15)  # that providers are asked for, before the desk is
MAX_UNANSWERED = 2  # a worker that died while it asked is made up for once


def sources_for(order: Order) -> Iterator[tuple[str, CodeSource]]:
    yield ANSWERED_BEFORE, AnsweredBefore()
    for source in map(Source, order.radio.sources):
        if source in SOURCES and source.is_on:
            yield source, SOURCES[source]


def ask(name: str, source: CodeSource, order: Order) -> Answer:
    """Ask, and keep that it was asked: a worker that dies meanwhile leaves a trace."""
    silences = Attempt.of_this_order(order).filter(source=name, outcome=Outcome.ASKED)
    if silences.count() >= MAX_UNANSWERED:
        return Broken("not asked: nothing was heard of it twice")
    attempt = Attempt.begin(order, name)
    answer = checked(source.ask(order), order)
    match answer:
        case Found(code=code):
            attempt.end(Outcome.FOUND, code=code)
        case UnknownHere(why=why):
            attempt.end(Outcome.UNKNOWN, why)
        case TryAgain(why=why):
            attempt.end(Outcome.LATER, why)
        case Broken(why=why):
            attempt.end(Outcome.BROKEN, why)
    return answer


def retrieve(order: Order) -> None:
    """For an order that the caller has claimed: its code is found, or later, the desk, the end."""
    if order.is_on_hold:
        order.postpone()
        return
    waits: list[TryAgain] = []
    is_broken = False
    for name, source in sources_for(order):
        match ask(name, source, order):
            case Found(code=code) if is_another(code, name, order):
                order.needs_attention(AttentionReason.OTHER_CODE)
                hand_to_staff(order, only_if=order.lease_is_valid)
                return
            case Found(code=code):
                order.find(code, name)
                return
            case TryAgain() as later:
                waits.append(later)
            case Broken(why=why) as broken:
                is_broken = True
                logger.error("order %s: %s: %s", order.number, name, why)
                if isinstance(broken, WrongCode):
                    order.needs_attention(AttentionReason.BAD_CODE)
            case UnknownHere():
                pass
    if not (waits and put_off(order, waits)):
        give_up(order, to_staff=is_broken)


def is_another(code: str, source: str, order: Order) -> bool:
    """Whether this order, or this serial, was told another code before. Then a person decides; what
    a person decided is what AnsweredBefore says."""
    if has_conflicting_answer(Attempt.of_this_order(order), code):
        return True
    if source == ANSWERED_BEFORE:
        return False
    # two workers may be at two orders of one serial: each has ended its attempt before it looks
    if has_conflicting_answer(Attempt.of_this_serial_lately(order), code):
        return True
    known = Code.objects.filter(serial_hash__in=order.serial_hashes)
    return any(each.digits != code for each in known)


def put_off(order: Order, waits: list[TryAgain]) -> bool:
    """Ask all again later. Returns false where that would be after RETRIEVAL_LASTS: then a person
    may as well begin."""
    at = timezone.now() + min(wait.after or backoff(order.delays) for wait in waits)
    if order.placed_at is None or at >= order.placed_at + RETRIEVAL_LASTS:
        return False
    order.postpone(at)
    return True


def give_up(order: Order, *, to_staff: bool) -> None:
    """No automatic source has it: a person looks, or the order ends and nothing is charged. Where a
    source did not work nobody knows whether it has it, so that a person looks in any case."""
    if order.is_asked_of_staff or to_staff:
        hand_to_staff(order, only_if=order.lease_is_valid)
    else:
        order.end(EndedBecause.NO_CODE, only_if=order.lease_is_valid)


def hand_to_staff(order: Order, *, only_if: Q) -> None:
    """The customer is told once; and staff, unless they can do nothing before a photo comes."""
    was_there = order.was_at_desk
    deadline = order.deadline_at or desk_deadline(order)
    with transaction.atomic():
        if not order.hand_to_staff(deadline, only_if=only_if) or was_there:
            return
        queue_mail(order, Mail.ORDER_RECEIVED)
        if Need.PHOTO in order.radio.needs:
            ask_for_photo(order)
        else:
            queue_mail(order, Mail.DESK_ALERT, to=settings.STAFF_EMAIL)
