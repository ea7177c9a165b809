"""Anonymises or deletes one order.

What tax law requires stays: receipts, amounts, dates, countries, and the ids by which Stripe's
books are compared with ours.
"""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from orders.models import (
    CodeBookEntry,
    Dispute,
    Email,
    Order,
    Payment,
    Provider,
    Receipt,
    Refund,
)
from orders.privacy.fields import DELETED, EMPTIED, ORDER


def anonymise_order(order: Order, among: QuerySet[Order]) -> bool:
    """Anonymise the order. Refused if it is no longer among those that may be.

    A dispute may come at this moment: every change of an order's money locks the order first, as
    here.
    """
    with transaction.atomic():
        order.lock()
        found = among.filter(pk=order.pk).first()
        if found is None:
            return False
        _clean_book(found)
        _clean_log(found, deletes=False)
        for model in DELETED:
            model._base_manager.filter(**{ORDER[model]: found.pk}).delete()
        for model, columns in EMPTIED.items():
            values = {
                name: value() if callable(value) else value for name, value in columns.items()
            }
            model._base_manager.filter(**{ORDER[model]: found.pk}).update(**values)
        Order.objects.filter(pk=found.pk).update(anonymised_at=Now(), version=F("version") + 1)
    return True


def _clean_book(order: Order) -> None:
    """Keep the code under its radio's serial, without the order that it came from."""
    entries = CodeBookEntry.objects.filter(order.hashes.rows)
    entries.filter(origin__endswith=order.number).update(origin=Provider.DESK.label)


def delete_unpaid(order: Order, among: QuerySet[Order]) -> bool:
    """Delete an order that was never paid: no book needs it."""
    with transaction.atomic():
        order.lock()
        if not among.filter(pk=order.pk).exists():
            return False
        _clean_log(order, deletes=True)
        Payment.objects.filter(order=order).delete()
        Order.objects.filter(pk=order.pk).delete()
    return True


def delete_books(order: Order, among: QuerySet[Order]) -> bool:
    """Delete an order whose receipts tax law no longer requires."""
    with transaction.atomic():
        order.lock()
        if not among.filter(pk=order.pk).exists():
            return False
        _clean_log(order, deletes=True)
        of_order = Receipt.objects.filter(order=order)
        for receipts in (of_order.exclude(cancels=None), of_order.exclude(refund=None), of_order):
            receipts.delete()
        Dispute.objects.filter(payment__order=order).delete()
        Refund.objects.filter(payment__order=order).delete()
        Payment.objects.filter(order=order).delete()
        Order.objects.filter(pk=order.pk).delete()
    return True


def _clean_log(order: Order, *, deletes: bool) -> None:
    """Empty the words of the staff log; who did something, and when, stays."""
    of_order: dict[type[Order] | type[Email] | type[Payment], list[int]] = {
        Order: [order.pk],
        Email: list(order.emails.values_list("pk", flat=True)),
        Payment: list(order.payments.values_list("pk", flat=True)),
    }
    for model, pks in of_order.items():
        entries = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(model), object_id__in=map(str, pks)
        )
        if deletes:
            entries.delete()
        else:
            entries.update(change_message="")
