"""Alerts about payments as a whole: many declined cards, and events that do not arrive.

Refused events prove nothing, since they may be forged; a payment without any event does.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.models import (
    DECLINED_EVENT,
    SECURED_AT,
    Alert,
    EventStatus,
    Payment,
    StripeEvent,
    raise_alert,
)

DECLINES_WITHIN = timedelta(hours=1)
DECLINES_SHARE = 0.5  # of all payments within that time, at which staff are alerted
DECLINES_AT_LEAST = 20
DECLINES_KEY = "declines"
EVENTS_WITHIN = timedelta(days=1)
EVENTS_KEY = "events"
PATIENCE = timedelta(minutes=10)  # the events of a payment come within seconds


def watch_declines() -> None:
    """Alert staff to a high share of declined payments, once until they have settled it."""
    since = timezone.now() - DECLINES_WITHIN
    settled = (
        Alert.objects.filter(key=DECLINES_KEY, settled_at__gt=since).order_by("-settled_at").first()
    )
    if settled and settled.settled_at:
        since = settled.settled_at
    declined = declines_since(since)
    if declined < DECLINES_AT_LEAST:
        return
    paid = payments_since(since)
    share = declined / (declined + paid)
    if share >= DECLINES_SHARE:
        says = _(
            "%(declined)s payments were declined within the last hour and %(paid)s went through. "
            "Look in Stripe's Dashboard whether cards are being tried out. You can stop "
            "selling, and raise Radar's rules there."
        )
        text = says % {"declined": declined, "paid": paid}
        raise_alert(Alert.Kind.DECLINES, DECLINES_KEY, text)


def declines_since(since: datetime) -> int:
    """Count declined tries; each is one event, also on the same payment page."""
    declined = StripeEvent.objects.filter(
        type=DECLINED_EVENT, received_at__gt=since, is_live=settings.STRIPE_LIVE
    )
    return declined.exclude(status=EventStatus.IGNORED).count()


def payments_since(since: datetime) -> int:
    """Count payments that a bank accepted; a capture after an authorization is not another."""
    return Payment.objects.annotate(secured_at=SECURED_AT).filter(secured_at__gt=since).count()


def watch_events() -> None:
    """Alert staff to a payment without any event, once until they have settled it."""
    now = timezone.now()
    settled = Alert.objects.filter(key=EVENTS_KEY, settled_at__gt=now - EVENTS_WITHIN).order_by(
        "-settled_at"
    )
    since = settled.values_list("settled_at", flat=True).first() or now - EVENTS_WITHIN
    secured = Payment.objects.annotate(secured_at=SECURED_AT)
    at = (
        secured.filter(secured_at__gt=since, secured_at__lte=now - PATIENCE)
        .order_by("-secured_at")
        .values_list("secured_at", flat=True)
        .first()
    )
    if at is None or StripeEvent.objects.filter(received_at__gt=at - PATIENCE).exists():
        return
    says = _(
        "Stripe has told the shop nothing of a payment made on %(at)s. Payments are still found, "
        "but later; fraud warnings are not. Compare the webhook's address and secret "
        "(STRIPE_WEBHOOK_SECRET) with Stripe's Dashboard: manage.py stripe_setup --check. Look at "
        "this machine's clock, too: what was signed more than five minutes ago is refused."
    )
    when = date_format(timezone.localtime(at), "j F, H:i T")
    raise_alert(Alert.Kind.EVENTS, EVENTS_KEY, says % {"at": when})
