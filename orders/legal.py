"""What the customer agreed to when ordering, and the withdrawal from the contract."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from guides.models import LegalText
from orders.lib.batches import some
from orders.models import (
    AgreedText,
    Consent,
    EndedBecause,
    Mail,
    Order,
    on_its_own,
    queue_mail,
)
from orders.models.consent import TEXTS, VERSION

TERMS = "legal/terms"
TERMS_APPLY = _("Our terms of sale apply to this order.")


def terms_shown() -> AgreedText | None:
    """Returns the terms as readers see them now."""
    shown = LegalText.objects.filter(slug="terms").first()
    if shown is None:
        return None
    body = shown.body.replace("\r\n", "\n").strip()
    return AgreedText.of(TERMS, f"# {shown.title}\n\n{body}\n")


def keep_consents(order: Order, address: str | None) -> None:
    """Store each ticked text, and the terms, which have no box: they stand beside the button."""
    for kind, text in TEXTS.items():
        Consent.objects.create(
            order=order, kind=kind, version=VERSION, text=str(text), address=address
        )
    if terms := terms_shown():
        Consent.objects.create(
            order=order, kind=Consent.Kind.TERMS, version=str(terms.pk), text=str(TERMS_APPLY),
            agreed=terms.stored(), address=address,
        )  # fmt: skip


def terms_of(order: Order) -> AgreedText | None:
    """Returns the terms as they stood when the order was made."""
    consent = order.consents.filter(kind=Consent.Kind.TERMS).select_related("agreed").first()
    return (consent.agreed or adopt(consent)) if consent else None


def adopt(consent: Consent) -> AgreedText | None:
    """Point a consent that a process of version 0.9.0 wrote to its text.

    There its version is a row of a table that this version keeps for one version more.
    """
    number = int(consent.version) if consent.version.isdecimal() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT page, text FROM guides_edition WHERE id = %s", [number])
        kept = cursor.fetchone()
    if kept:
        page, text = kept
        consent.agreed = AgreedText.of(page, text, number).stored()
        consent.save(update_fields=["agreed"])
    return consent.agreed


def adopt_consents() -> None:
    """Adopt what processes of version 0.9.0 wrote beside this one."""
    for consent in some(Consent.objects.filter(kind=Consent.Kind.TERMS, agreed=None)):
        with on_its_own("adopt_consents"):
            adopt(consent)


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
