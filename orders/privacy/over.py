"""Orders that are over: nothing is due, nobody asks, no bank disputes."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from orders.leases import without_lease
from orders.models import Alert, Dispute, Email, History, Order, Payment, Refund, Status
from orders.models.dispute import CLOSED
from orders.models.payment import KEEPING, UNSETTLED
from orders.models.refund import LIVE

OVER = (Status.READY, Status.DELIVERED, Status.RELEASED, Status.REFUNDED, Status.EXPIRED)
UNPAID = Q(status=Status.EXPIRED)


def over() -> QuerySet[Order]:
    """Whatever may still happen to them happens at Stripe, and needs no more than its ids."""
    of_order = {"order": OuterRef("pk")}
    of_payment = {"payment__order": OuterRef("pk")}
    unsettled = Q(status__in=UNSETTLED) | Q(due_at__isnull=False)
    refunding = Q(status__in=LIVE) | Q(due_at__isnull=False)
    strange = Q(status=Status.EXPIRED) & Exists(
        Payment.objects.filter(**of_order, status__in=KEEPING)
    )
    calm = Order.objects.filter(without_lease(), status__in=OVER, due_at=None, anonymised_at=None)
    return calm.filter(on_hold_at=None, attention_reason="").exclude(
        Exists(Payment.objects.filter(unsettled, **of_order))
        | Exists(Refund.objects.filter(refunding, **of_payment))
        | Exists(Dispute.objects.filter(**of_payment).exclude(status__in=CLOSED))
        | Exists(Email.objects.filter(**of_order, due_at__isnull=False))
        | Exists(Alert.objects.filter(**of_order, settled_at=None))
        | strange
    )


def quiet_since(orders: QuerySet[Order], before: datetime) -> QuerySet[Order]:
    """Nothing has happened to them for so long."""
    lately = History.objects.filter(order=OuterRef("pk"), at__gte=before)
    closed = Dispute.objects.filter(payment__order=OuterRef("pk"), closed_at__gte=before)
    return orders.filter(created_at__lt=before).exclude(Exists(lately) | Exists(closed))


def never_paid(orders: QuerySet[Order]) -> QuerySet[Order]:
    """No money was ever held, and no paper issued."""
    held = Q(held_at__isnull=False) | Q(captured_at__isnull=False)
    payments = Payment.objects.filter(held | Q(amount_captured__gt=0), order=OuterRef("pk"))
    return orders.filter(UNPAID, receipts=None).exclude(Exists(payments))


def beyond_dispute(orders: QuerySet[Order]) -> QuerySet[Order]:
    """No bank can ask for the money any more."""
    lately = Payment.objects.filter(
        order=OuterRef("pk"), captured_at__gte=ago(settings.PROOF_KEPT_DAYS)
    )
    return orders.exclude(Exists(lately))


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)
