"""Messages of the contact form: taken from visitors, answered by staff."""

import uuid
from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.lib import crypto
from orders.lib.mailbox import canonical
from orders.models import Alert, Message, Order, Upload, raise_alert

MOST_FILES = 3
NEW = "messages:"  # how the keys of alerts about new messages begin


def open_messages() -> QuerySet[Message]:
    return Message.objects.filter(answered_at=None)


def is_taken(form_key: uuid.UUID) -> bool:
    return Message.objects.filter(form_key=form_key).exists()


def take_message(
    form_key: uuid.UUID,
    email: str,
    number: str,
    text: str,
    network: str,
    files: Sequence[Sequence[bytes]] = (),
) -> None:
    """Store a message, beside its order if number and mailbox match, and notify staff."""
    mailbox = canonical(email)
    orders = Order.objects.filter(number=number, mailbox=mailbox, anonymised_at=None)
    values = {
        "order": orders.first(),
        "number": number,
        "email_encrypted": crypto.encrypt(email),
        "mailbox_hash": crypto.hash_value("mailbox", mailbox),
        "network": network,
        "text_encrypted": crypto.encrypt(text),
    }
    with transaction.atomic():
        message, is_new = Message.objects.get_or_create(form_key=form_key, defaults=values)
        if not is_new:
            return
        for pages in files:
            for page, content in enumerate(pages, start=1):
                stored = crypto.encrypt_bytes(content)
                Upload.objects.create(message=message, page=page, content_encrypted=stored)
        notify_staff()


def notify_staff() -> None:
    """Alert staff, with one mail an hour at most however many messages come."""
    words = _("Customers wrote by the contact form. “Messages” in the admin shows them.")
    raise_alert(Alert.Kind.MESSAGE, f"{NEW}{timezone.now():%Y-%m-%d %H}", words)


def close_message(message: Message, by: User, answer: str = "") -> bool:
    """Answer a message, or close it without words. The last one settles the alerts about them."""
    with transaction.atomic():
        won = message.close(by, answer)
        if won and not open_messages().exists():
            for alert in Alert.objects.filter(key__startswith=NEW, settled_at=None):
                alert.settle(by)
    return won
