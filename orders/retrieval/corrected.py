"""Asks the providers for a corrected serial, while the order stays a problem."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from orders.desk.problems import give_to_desk, replace
from orders.leases import backoff
from orders.models import AttentionReason, Problem, Status
from orders.retrieval.answers import Broken, Found, TryAgain, UnknownHere, WrongCode
from orders.retrieval.chain import RETRIEVAL_LASTS, ask, is_doubtful, providers_for
from orders.retrieval.families import COMPUTED, while_released

logger = logging.getLogger(__name__)


def retrieve_corrected(problem: Problem) -> None:
    """Replace the code by that of the corrected serial; without one, hand it to staff."""
    order = problem.order
    if order.is_on_hold:
        problem.postpone()
        return
    if order.status != Status.PROBLEM:
        problem.finish()
        return
    waits: list[TryAgain] = []
    for name, provider in providers_for(order):
        match ask(name, provider, order):
            case Found(code=code) if is_doubtful(code, name, order):
                order.needs_attention(AttentionReason.OTHER_CODE)
                waits.clear()
                break
            case Found(code=code) if code == problem.code.digits:
                waits.clear()
                break  # the one that the radio refused: staff compare photo and serial
            case Found(code=code):
                if send_found(problem, code, name):
                    return
                waits.clear()
                break
            case TryAgain() as later:
                waits.append(later)
            case Broken(why=why) as broken:
                logger.error("order %s: %s: %s", order.number, name, why)
                if isinstance(broken, WrongCode):
                    order.needs_attention(AttentionReason.BAD_CODE)
            case UnknownHere() if name == COMPUTED:
                break
            case UnknownHere():
                pass
    if not (waits and _ask_later(problem, waits)):
        give_to_desk(problem, only_if=problem.lease_is_valid)


def send_found(problem: Problem, code: str, source: str) -> bool:
    if source == COMPUTED:
        return while_released(problem.order, lambda: send(problem, code, source))
    return send(problem, code, source)


def send(problem: Problem, code: str, source: str) -> bool:
    """Replace the code, if this lease is valid and nothing forbids it by now."""
    with transaction.atomic():
        problem.order.lock()
        if not problem.finish():
            return False
        won = replace(problem.order, code, source)
        if not won:
            transaction.set_rollback(True)
    if not won:
        problem.refresh_from_db()
    return won


def _ask_later(problem: Problem, waits: list[TryAgain]) -> bool:
    after: timedelta = min(wait.after or backoff(problem.delays) for wait in waits)
    at = timezone.now() + after
    if problem.corrected_at is None or at >= problem.corrected_at + RETRIEVAL_LASTS:
        return False
    return problem.postpone(at)
