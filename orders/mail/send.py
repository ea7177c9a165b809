"""Sends one mail that a worker has leased."""

import logging

from django.core.mail import EmailMultiAlternatives

from orders.lib.crypto import UnreadableError
from orders.mail.compose import compose, is_still_relevant
from orders.mail.transport import (
    UNWRITABLE,
    NotNowError,
    RefusedError,
    cannot_be_written,
    hand_over,
)
from orders.models import Email, Mail

logger = logging.getLogger(__name__)


def must_wait(email: Email) -> bool:
    """Return whether an order on hold keeps this mail back: a code, or a demand for money."""
    if email.mail == Mail.YOUR_CODE:
        return not email.order.may_show_code
    return email.mail == Mail.PAY_AGAIN and email.order.is_on_hold


def deliver(email: Email) -> None:
    """Send the mail, then mark it sent.

    A rare second copy is better than none, and it has the same Message-ID.
    """
    if not email.to or not is_still_relevant(email):  # no address: its order was anonymised
        email.drop()
        return
    if must_wait(email):
        email.postpone()
        return
    if email.is_too_old:
        email.mark_failed("not accepted in time")
        return
    try:
        provider_id = hand_over(_written(email))
    except RefusedError as error:
        logger.warning("mail %s: %s", email.pk, error)
        email.mark_failed(str(error))
    except NotNowError as error:
        logger.warning("mail %s: %s, tries again", email.pk, error)
        email.postpone()
    else:
        email.mark_sent(provider_id)


def _written(email: Email) -> EmailMultiAlternatives:
    """Compose the mail. Raises RefusedError where it can never be written."""
    try:
        return compose(email)
    except UnreadableError:  # a key is missing: it can be written once the key is back
        raise
    except UNWRITABLE as error:
        logger.error("mail %s cannot be composed", email.pk, exc_info=True)
        raise cannot_be_written(error) from error
