"""Withdrawing from the contract, which the law calls so, and cancelling, which is the same door."""

from datetime import datetime

from django.db import transaction

from orders.models import EndedBecause, Mail, Order, queue_mail


def withdraw(order: Order) -> bool:
    """End the order as its customer wishes; with it goes the receipt that the law wants at once."""
    with transaction.atomic():
        won = order.withdraw()
        if won:
            queue_mail(order, Mail.WITHDRAWAL_RECEIVED)
    return won


def withdrawn_at(order: Order) -> datetime | None:
    ended = order.history.filter(subject="order", note=EndedBecause.WITHDRAWN).last()
    return ended.at if ended else None
