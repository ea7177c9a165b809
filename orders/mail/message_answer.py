"""The mail with the answer of staff to a message of the contact form."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lib.mailbox import domain_of
from orders.mail.plain_text import folded
from orders.mail.transport import NotNowError, RefusedError, hand_over
from orders.models import MAIL_LASTS, Alert, Message, raise_alert


def mail_answer(message: Message) -> None:
    """Mail the answer to a message that the caller has leased; tried for a day."""
    if message.answered_at is None or message.answered_at + MAIL_LASTS < timezone.now():
        _give_up(message, "not accepted in time")
        return
    try:
        hand_over(compose(message))
    except RefusedError as error:
        _give_up(message, str(error))
    except NotNowError:
        message.postpone()
    else:
        message.finish(sent_at=Now())


def _give_up(message: Message, why: str) -> None:
    if message.finish(failure=why[:100]):
        words = _("The answer to message %s of the contact form could not be mailed.") % message.pk
        raise_alert(Alert.Kind.MESSAGE, f"message-answer:{message.pk}", words, message.order)


def compose(message: Message) -> EmailMultiAlternatives:
    context = {
        "message": message,
        "SHOP_NAME": settings.SHOP_NAME,
        "SITE_URL": settings.SITE_URL,
        "SELLER": settings.SELLER,
        "DEMO": settings.DEMO,
    }
    folder = "emails/message_answer"
    domain = domain_of(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{folder}/subject.txt", context).split()),
        body=folded(render_to_string(f"{folder}/body.txt", context)),
        to=[message.email],
        reply_to=[settings.SELLER["email"]] if settings.SELLER["email"] else None,
        # the same for a rare second copy
        headers={"Message-ID": f"<message-{message.form_key.hex}@{domain}>"},
    )
    mail.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    return mail
