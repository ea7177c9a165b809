"""Attaches to a mail the receipt or credit note that belongs to it."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from orders.models import Email, Mail, Receipt, ReceiptKind
from orders.receipts.pdf import draw, file_name

logger = logging.getLogger(__name__)


def document_of(email: Email) -> Receipt | None:
    receipts = email.order.receipts.select_related("order", "payment", "cancels")
    match email.mail:
        case Mail.YOUR_CODE:
            return receipts.filter(kind=ReceiptKind.RECEIPT).first()
        case Mail.MONEY_RETURNED if email.refund:
            return receipts.filter(refund=email.refund).first()
        case Mail.REFUND_FAILED if email.refund:
            return receipts.filter(cancels__refund=email.refund).first()
    return None


def document_url(receipt: Receipt) -> str:
    """Return the address of its page, which works even if the PDF cannot be drawn."""
    order = receipt.order
    where = [order.number, order.token, *([] if receipt.is_receipt else [receipt.number_text])]
    return str(settings.SITE_URL) + reverse("order_receipt", args=where)


def attach(message: EmailMultiAlternatives, receipt: Receipt) -> None:
    """Attach the PDF. If it cannot be drawn the mail goes without: its text links to the page."""
    try:
        content = draw(receipt)
    except Exception as error:
        order = receipt.order.number
        logger.error("order %s: no PDF of %s: %s", order, receipt, type(error).__name__)
    else:
        message.attach(file_name(receipt), content, "application/pdf")
