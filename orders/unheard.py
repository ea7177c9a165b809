"""Payments that Stripe told us nothing of: its events do not arrive, or we refuse them.

A forged event is refused as well, so that refusals prove nothing; silence about a payment does.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.models import Alert, Payment, StripeEvent, tell_staff
from orders.models.payment import SECURED_AT

KEY = "events"
LATELY = timedelta(days=1)
PATIENCE = timedelta(minutes=10)  # several events come within seconds


def watch_events() -> None:
    """Tell staff, once until they have settled it; what they have seen does not count again."""
    now = timezone.now()
    settled = Alert.objects.filter(key=KEY, settled_at__gt=now - LATELY).order_by("-settled_at")
    since = settled.values_list("settled_at", flat=True).first() or now - LATELY
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
        "Stripe has told the shop nothing of a payment made on %(at)s. Payments are learnt all the "
        "same, but later, and fraud warnings are not. Compare the webhook's address and secret "
        "(STRIPE_WEBHOOK_SECRET) with Stripe's Dashboard: manage.py stripe_setup --check. Look at "
        "this machine's clock, too: what was signed more than five minutes ago is refused."
    )
    when = date_format(timezone.localtime(at), "j F, H:i T")
    tell_staff(Alert.Kind.EVENTS, KEY, says % {"at": when})
