"""Waiting work: make it due, and do what is due."""

from django.utils import timezone

from orders.models import Alert, Email, Import, LinkRequest, Order, Payment, Refund, StripeEvent
from orders.sweep import act_on, due_work
from orders.tasks import answer_link_request, perform, sweep_here


def let_time_pass() -> None:
    """All work that waits for a later moment is due now, and every lease has expired."""
    for model in (Order, Payment, Refund, Email, StripeEvent, Alert, Import):
        rows = model._base_manager.exclude(due_at=None)
        rows.update(due_at=timezone.now(), claimed_until=None)


def work_until_quiet(*, rounds: int = 20) -> None:
    """Do what is due, as workers do, and sweep, until nothing is left."""
    for _ in range(rounds):
        # a sweep costs many queries, and work that is due needs none of its repairs
        for _ in range(rounds):
            if act_on(due_work(), perform) == 0:
                break
        if sweep_here() == 0:
            return
    raise AssertionError("work never comes to an end")


def answer_link_requests() -> None:
    """Do what workers do after somebody has asked for the link to an order."""
    for pk in LinkRequest.objects.values_list("pk", flat=True):
        answer_link_request(pk)


def work_later() -> None:
    let_time_pass()
    work_until_quiet()
