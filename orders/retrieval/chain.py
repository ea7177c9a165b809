"""Asks a radio's providers in turn, and records their answers."""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from orders.desk.deadlines import desk_deadline
from orders.desk.label_photos import has_photos
from orders.desk.questions import ask_for_photo
from orders.desk.reminders import announce
from orders.leases import backoff, enqueue, without_lease
from orders.lib.batches import SOME
from orders.models import (
    Attempt,
    Attention,
    AttentionReason,
    Code,
    CodeBookEntry,
    EndedBecause,
    FamilyState,
    Mail,
    Need,
    Order,
    Outcome,
    Provider,
    Status,
    has_conflicting_answer,
    queue_mail,
)
from orders.retrieval.answers import (
    Answer,
    Broken,
    CodeProvider,
    Found,
    TryAgain,
    UnknownHere,
    WrongCode,
)
from orders.retrieval.code_book import CodeBook
from orders.retrieval.computed import ComputedCode
from orders.retrieval.earlier_orders import SOLD, AnsweredBefore
from orders.retrieval.families import (
    COMPUTED,
    INDEPENDENT,
    compare_for,
    family_of,
    find_computed,
)
from orders.retrieval.supplier import Supplier
from orders.retrieval.validation import validated

logger = logging.getLogger(__name__)

# A new provider is one file, one line here and a name in models.Provider; availability.py says what
# the form promises of it. The desk is not asked: the chain ends there.
PROVIDERS: dict[Provider, CodeProvider] = {
    Provider.CODE_BOOK: CodeBook(),
    Provider.SUPPLIER: Supplier(),
}
ANSWERED_BEFORE = "answered_before"
RETRIEVAL_LASTS = timedelta(minutes=15)  # that providers are asked for, before the desk is
MAX_UNANSWERED = 2  # attempts of workers that died while they asked


def providers_for(order: Order) -> Iterator[tuple[str, CodeProvider]]:
    """Yield earlier orders, then the radio's providers; what is computed follows the code book."""
    yield ANSWERED_BEFORE, AnsweredBefore()
    sources = [each for each in map(Provider, order.radio.sources) if each in PROVIDERS]
    names: list[str] = list(sources)
    family = family_of(order.radio.code_family)
    if family and family.state == FamilyState.RELEASED:
        names.insert(1 if sources[:1] == [Provider.CODE_BOOK] else 0, COMPUTED)
    for name in names:
        if name == COMPUTED:
            yield name, ComputedCode()
        elif Provider(name).is_on:
            yield name, PROVIDERS[Provider(name)]


def ask(name: str, provider: CodeProvider, order: Order) -> Answer:
    """Ask a provider. The attempt is stored first, so that a worker that dies leaves a trace."""
    silences = Attempt.of_this_order(order).filter(source=name, outcome=Outcome.ASKED)
    if silences.count() >= MAX_UNANSWERED:
        return Broken("not asked: nothing was heard of it twice")
    attempt = Attempt.begin(order, name)
    answer = validated(provider.ask(order), order)
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
    """Look for the code of a leased order; without one, ask later, hand to staff or end."""
    if order.is_on_hold:
        order.postpone()
        return
    waits: list[TryAgain] = []
    is_broken = False
    for name, provider in providers_for(order):
        match ask(name, provider, order):
            case Found(code=code) if is_doubtful(code, name, order):
                order.needs_attention(AttentionReason.OTHER_CODE)
                hand_to_staff(order, only_if=order.lease_is_valid)
                return
            case Found(code=code) if name == COMPUTED:
                if not find_computed(order, code):
                    order.postpone(timezone.now())  # the family lost its release: ask again
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
            case UnknownHere() if name == COMPUTED:
                break  # the method has no code for it, or another is known: staff check it
            case UnknownHere():
                pass
    if not (waits and postpone(order, waits)):
        hand_over_or_end(order, to_staff=is_broken)


def answer_at_desk(order: Order) -> None:
    """Answer an order with staff whose code is known by now, and end its lease."""
    known: list[tuple[str, CodeProvider]] = [(ANSWERED_BEFORE, AnsweredBefore())]
    if Provider.CODE_BOOK in order.radio.sources:
        known.append((Provider.CODE_BOOK, CodeBook()))
    for name, provider in [] if order.is_on_hold else known:
        match ask(name, provider, order):
            case Found(code=code) if is_doubtful(code, name, order):
                order.needs_attention(AttentionReason.OTHER_CODE)
                break
            case Found(code=code) if order.find(code, name):
                return
            case WrongCode():
                order.needs_attention(AttentionReason.BAD_CODE)
    order.finish()


def answer_waiting_orders() -> None:
    """Make orders due that wait for a code which the book, or another order, has by now.

    One that staff have open, or must decide about, is left to them.
    """
    entries = CodeBookEntry.objects.filter(family_hash=OuterRef("family_hash"))
    codes = Code.objects.filter(
        family_hash=OuterRef("family_hash"), is_current=True, source__in=INDEPENDENT,
        order__status__in=SOLD,
    )  # fmt: skip
    undecided = Attention.open_rows().filter(
        order=OuterRef("pk"), reason__in=[AttentionReason.OTHER_CODE, AttentionReason.BAD_CODE]
    )
    waits = Q(status=Status.WITH_STAFF, due_at=None) | Q(status=Status.PLACED, due_at__gt=Now())
    orders = Order.objects.filter(waits, without_lease(), on_hold_at=None, family_hash__gt="")
    for order in orders.filter(~Exists(undecided), Exists(entries) | Exists(codes))[:SOME]:
        free = Order.objects.filter(waits, without_lease(), pk=order.pk)
        if free.update(due_at=Now(), tries=0):
            enqueue(order)


def is_doubtful(code: str, provider: str, order: Order) -> bool:
    """Whether staff must decide: the computed code differs, or an earlier one."""
    is_equal = compare_for(order, code, provider) if provider in INDEPENDENT else None
    return is_equal is False or is_conflicting(code, provider, order)


def is_conflicting(code: str, provider: str, order: Order) -> bool:
    """Whether this order, or this serial, got another code before. Then staff decide; what they
    decided is the answer of AnsweredBefore."""
    if has_conflicting_answer(Attempt.of_this_order(order), code):
        return True
    if provider == ANSWERED_BEFORE:
        return False
    # Two workers may ask for one serial: each has stored its answer before it compares.
    if has_conflicting_answer(Attempt.of_this_serial_lately(order), code):
        return True
    known = Code.objects.filter(order.hashes.rows)
    return any(each.digits != code for each in known)


def postpone(order: Order, waits: list[TryAgain]) -> bool:
    """Ask all again later; returns false if that is after RETRIEVAL_LASTS, when staff can begin."""
    at = timezone.now() + min(wait.after or backoff(order.delays) for wait in waits)
    if order.placed_at is None or at >= order.placed_at + RETRIEVAL_LASTS:
        return False
    order.postpone(at)
    return True


def hand_over_or_end(order: Order, *, to_staff: bool) -> None:
    """Hand the order to staff, or end it without a charge, when no provider has the code.

    If a provider did not work it may have the code, so staff look in any case.
    """
    if order.is_asked_of_staff or to_staff:
        hand_to_staff(order, only_if=order.lease_is_valid)
    else:
        order.end(EndedBecause.NO_CODE, only_if=order.lease_is_valid)


def hand_to_staff(order: Order, *, only_if: Q) -> None:
    """Notify the customer once, and staff unless they first need a photo from the customer."""
    was_there = order.was_at_desk
    deadline = order.deadline_at or desk_deadline(order)
    with transaction.atomic():
        if not order.hand_to_staff(deadline, only_if=only_if) or was_there:
            return
        queue_mail(order, Mail.ORDER_RECEIVED)
        if Need.PHOTO in order.radio.needs and not has_photos(order):
            ask_for_photo(order)
        else:
            announce(order)
