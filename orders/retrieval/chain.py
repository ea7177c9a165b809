"""Ask a radio's sources in turn, and record what came of it."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders.models import Attention, EndedBecause, Mail, Order, Source, queue_mail
from orders.retrieval.answered_before import AnsweredBefore
from orders.retrieval.answers import Answer, Broken, CodeSource, Found, TryAgain, UnknownHere
from orders.retrieval.code_book import CodeBook

logger = logging.getLogger(__name__)

# Adding a source is one file and one line. The desk is not asked: it is where the chain ends.
SOURCES: dict[str, CodeSource] = {
    Source.CODE_BOOK: CodeBook(),
}


def sources_for(order: Order) -> Iterator[tuple[str, CodeSource]]:
    yield "answered_before", AnsweredBefore()
    for name in order.radio.sources:
        if name in SOURCES:
            yield name, SOURCES[name]


def fits(code: str, order: Order) -> bool:
    """Whether it looks like a code of this radio; anything else must not be delivered."""
    return re.fullmatch(order.radio.code_pattern, code, re.ASCII) is not None


def ask(source: CodeSource, order: Order) -> Answer:
    answer = source.ask(order)
    if isinstance(answer, Found) and not fits(answer.code, order):
        return Broken("code of the wrong shape")
    return answer


def retrieve(order: Order) -> None:
    """For an order that the caller has claimed: its code is found, or later, the desk, the end."""
    if order.is_on_hold:
        order.postpone()
        return
    waits_for: TryAgain | None = None
    for name, source in sources_for(order):
        match ask(source, order):
            case Found(code=code):
                order.find(code, name)
                return
            case TryAgain() as later:
                waits_for = waits_for or later
            case Broken(why=why):
                logger.error("order %s: %s: %s", order.number, name, why)
                order.needs_attention(Attention.BAD_CODE)
            case UnknownHere():
                pass
    if (
        waits_for
        and order.placed_at
        and timezone.now() < order.placed_at + settings.RETRIEVAL_LASTS
    ):
        order.postpone(timezone.now() + waits_for.after if waits_for.after else None)
    else:
        give_up(order)


def give_up(order: Order) -> None:
    """No automatic source has it: a person looks, or the order ends and nothing is charged."""
    if order.is_asked_of_staff:
        hand_to_staff(order, only_if=order.claim_stands)
    else:
        order.end(EndedBecause.NO_CODE, only_if=order.claim_stands)


def hand_to_staff(order: Order, *, only_if: Q) -> None:
    deadline = timezone.now() + timedelta(hours=settings.DESK_HOURS)
    with transaction.atomic():
        if order.hand_to_staff(deadline, only_if=only_if):
            queue_mail(order, Mail.ORDER_RECEIVED)
            queue_mail(order, Mail.DESK_ALERT, to=settings.STAFF_EMAIL)
