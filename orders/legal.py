"""What the customer agreed to when ordering, and the withdrawal from the contract."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guides import editions
from guides.models import Edition
from orders.models import Consent, EndedBecause, Mail, Order, queue_mail
from orders.models.consent import TEXTS, VERSION

TERMS = "legal/terms"  # the name of their page, as editions know it
TERMS_APPLY = _("Our terms of sale apply to this order.")


def terms_shown() -> Edition | None:
    """The edition that readers see; what was changed behind our back is noticed and kept."""
    return editions.keep(TERMS, Edition.What.FOUND) or last_terms()


def last_terms() -> Edition | None:
    return Edition.objects.filter(page=TERMS).first()


def keep_consents(order: Order, address: str | None) -> None:
    """Store each ticked text, and the terms, which have no box: they stand beside the button."""
    for kind, text in TEXTS.items():
        Consent.objects.create(
            order=order, kind=kind, version=VERSION, text=str(text), address=address
        )
    if terms := terms_shown():
        Consent.objects.create(
            order=order, kind=Consent.Kind.TERMS, version=str(terms.pk), text=str(TERMS_APPLY),
            address=address,
        )  # fmt: skip


def terms_of(order: Order) -> Edition | None:
    """The terms as they stood when the order was made."""
    consent = order.consents.filter(kind=Consent.Kind.TERMS).first()
    return Edition.objects.filter(pk=int(consent.version)).first() if consent else None


def withdraw(order: Order) -> bool:
    """End the order as its customer wishes, and mail the confirmation that the law requires."""
    with transaction.atomic():
        won = order.withdraw()
        if won:
            queue_mail(order, Mail.WITHDRAWAL_RECEIVED)
    return won


def withdrawn_at(order: Order) -> datetime | None:
    ended = order.history.filter(subject="order", note=EndedBecause.WITHDRAWN).last()
    return ended.at if ended else None
