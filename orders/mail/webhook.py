"""The mail provider's webhook: bounces and complaints.

django-anymail checks the request (MAIL_WEBHOOK_SECRET, and the provider's signature where it has
one) and reads each provider's format. It passes events on by a signal: the only one we listen to,
because it comes from outside.
"""

import logging
from contextvars import ContextVar
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import EventType, tracking
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders.models import Email

logger = logging.getLogger(__name__)

# what Anymail read in the current request
_events: ContextVar[list[Any]] = ContextVar("events")
CAME_BACK = (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED)


@csrf_exempt
@require_http_methods(["POST", "HEAD"])  # some providers look first whether the address is there
def mail_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Take in events. Raises on a database error, so that the provider comes again.

    404: mails do not go through this provider. 400: not sent by it, or no event. 200: stored, or
    not ours.
    """
    if provider != settings.EMAIL_PROVIDER or not settings.MAIL_WEBHOOK_SECRETS:
        raise Http404
    try:
        view = resolve(f"/{provider}/tracking/", "anymail.urls").func
    except Resolver404:  # Anymail knows no events of this provider
        raise Http404 from None
    events: list[Any] = []
    reading = _events.set(events)
    try:
        response: HttpResponse = view(request)
    except (AnymailWebhookValidationFailure, RequestDataTooBig):
        return HttpResponse(status=400)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Anymail reads what it gets without looking at it first
        logger.warning("a mail provider's event that cannot be read", exc_info=True)
        return HttpResponse(status=400)
    finally:
        _events.reset(reading)
    for event in events:  # errors of our own are no fault of the provider's: it shall come again
        take_in(event)
    return response


@receiver(tracking)
def collect(event: Any, **_: Any) -> None:
    _events.get().append(event)


def take_in(event: Any) -> None:
    """Record a bounce or complaint. Twice, late, or about a foreign mail, it changes nothing.

    The other mail server's text is not kept: it repeats the address.
    """
    key, provider_id = str((event.metadata or {}).get("mail", "")), str(event.message_id or "")
    if not f"{key}{provider_id}".isprintable():  # neither is of ours, and some cannot be stored
        return
    email = Email.find(key, provider_id)
    if email is None:
        return
    if event.event_type in CAME_BACK:
        email.bounce(event.reject_reason or event.event_type)
    elif event.event_type == EventType.COMPLAINED:
        email.complain()
