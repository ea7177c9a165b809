"""Stripe webhook: verify, store, enqueue, answer. It calls no other server."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.leases import due, enqueue
from orders.models import StripeEvent
from orders.payments.events import why_ignored
from orders.stripe_api import BadEventError, Event, verify_event

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Answer 400 to a bad signature, 200 once stored. A database error raises: Stripe retries.

    A thin event is answered 200 as well, and only logged: its destination was set up by mistake.
    """
    try:
        event = verify_event(request.body, request.headers.get("Stripe-Signature", ""))
    except (BadEventError, RequestDataTooBig):
        return HttpResponse(status=400)
    if event is None:
        logger.warning("a thin event came, of a destination that this shop does not need")
    else:
        store(event)
    return HttpResponse(status=200)


def store(event: Event) -> None:
    with transaction.atomic():
        row, is_new = StripeEvent.objects.get_or_create(
            stripe_id=event.id,
            defaults={
                "type": event.type[:100],
                "api_version": event.api_version[:40],
                "is_live": event.is_live,
                "object_id": event.object_id[:255],
                "intent_id": event.intent_id[:255],
                "payment_uuid": event.payment_uuid[:40],
                "outcome": event.outcome[:40],
            }
            | due(),
        )
        if not is_new:
            return
        if why := why_ignored(row):
            row.ignore(why)
            return
        enqueue(row)
    if event.api_version != settings.STRIPE_API_VERSION:
        logger.warning("event %s is of API version %s", event.id, event.api_version)
