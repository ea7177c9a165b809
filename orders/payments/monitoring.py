"""A rising share of declined payments: somebody may be trying out stolen cards."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Alert, Payment, StripeEvent, tell_staff
from orders.models.payment import SECURED_AT
from orders.models.stripe_event import DECLINED, EventStatus

LATELY = timedelta(hours=1)
KEY = "declines"


def watch_declines() -> None:
    """Tell staff, once until they have settled it; what they have seen does not count again."""
    since = timezone.now() - LATELY
    settled = Alert.objects.filter(key=KEY, settled_at__gt=since).order_by("-settled_at").first()
    if settled and settled.settled_at:
        since = settled.settled_at
    declined = declines_since(since)
    if declined < settings.DECLINES_AT_LEAST:
        return
    paid = payments_since(since)
    share = declined / (declined + paid)
    if share >= settings.DECLINES_SHARE:
        says = _(
            "%(declined)s payments were declined within the last hour and %(paid)s went through. "
            "Look in Stripe's Dashboard whether somebody is trying out cards. You can stop "
            "selling, and raise Radar's rules there."
        )
        text = says % {"declined": declined, "paid": paid}
        tell_staff(Alert.Kind.DECLINES, KEY, text)


def declines_since(since: datetime) -> int:
    """Each try with a card is an event of Stripe's, however many there are on one payment page."""
    declined = StripeEvent.objects.filter(
        type=DECLINED, received_at__gt=since, is_live=settings.STRIPE_LIVE
    )
    return declined.exclude(status=EventStatus.IGNORED).count()


def payments_since(since: datetime) -> int:
    """Those that a bank said yes to; taking what is held is not another yes."""
    return Payment.objects.annotate(secured_at=SECURED_AT).filter(secured_at__gt=since).count()
