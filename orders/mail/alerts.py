"""The mail that notifies staff of an alert, which is on their list in any case."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from orders.lib.mailbox import domain_of
from orders.mail.plain_text import folded
from orders.mail.transport import NotNowError, RefusedError, hand_over
from orders.models import MAIL_LASTS, Alert


def mail_alert(alert: Alert) -> None:
    """Mail an alert that the caller has leased.

    Not sent once it is settled, or after the mail server has refused it for a day.
    """
    if alert.settled_at or alert.created_at + MAIL_LASTS < timezone.now():
        alert.finish()
        return
    try:
        hand_over(compose(alert))
    except (RefusedError, NotNowError):
        alert.postpone()
    else:
        alert.finish()


def compose(alert: Alert) -> EmailMultiAlternatives:
    context = {
        "alert": alert,
        "list_url": settings.SITE_URL + reverse("admin:orders_order_attention"),
        "SHOP_NAME": settings.SHOP_NAME,
        "DEMO": settings.DEMO,
    }
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string("emails/staff_alert/subject.txt", context).split()),
        body=folded(render_to_string("emails/staff_alert/body.txt", context)),
        to=[settings.STAFF_EMAIL],
        # the same for a rare second copy
        headers={
            "Message-ID": f"<alert-{alert.pk}@{domain_of(settings.DEFAULT_FROM_EMAIL)}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    html = render_to_string("emails/staff_alert/body.html", context)
    message.attach_alternative(html, "text/html")
    return message
