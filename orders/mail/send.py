"""Sending one mail that a worker has claimed."""

import logging

from orders.mail.compose import compose, is_still_relevant
from orders.mail.transport import NotNowError, RefusedError, hand_over
from orders.models import Email, Mail

logger = logging.getLogger(__name__)


def must_wait(email: Email) -> bool:
    """On hold no code leaves, and nobody is asked for money."""
    if email.mail == Mail.YOUR_CODE:
        return not email.order.may_show_code
    return email.mail == Mail.PAY_AGAIN and email.order.is_on_hold


def deliver(email: Email) -> None:
    """Send it, then mark it sent: a rare second copy is better than none, and its Message-ID is the
    same."""
    if not email.to or not is_still_relevant(email):  # to nobody: its order was made nobody's
        email.drop()
        return
    if must_wait(email):
        email.postpone()
        return
    if email.is_too_old:
        email.mark_failed("not accepted in time")
        return
    try:
        provider_id = hand_over(compose(email))
    except RefusedError as error:
        logger.warning("mail %s: %s", email.pk, error)
        email.mark_failed(str(error))
    except NotNowError as error:
        logger.warning("mail %s: %s, tries again", email.pk, error)
        email.postpone()
    else:
        email.mark_sent(provider_id)
