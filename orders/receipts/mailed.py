"""The paper that goes with a mail: the receipt with the code, a credit note with the money."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from orders.models import Email, Mail, Receipt, ReceiptKind
from orders.receipts.pdf import draw, file_name

logger = logging.getLogger(__name__)


def document_of(email: Email) -> Receipt | None:
    papers = email.order.receipts.select_related("order", "payment", "cancels")
    match email.mail:
        case Mail.YOUR_CODE:
            return papers.filter(kind=ReceiptKind.RECEIPT).first()
        case Mail.MONEY_RETURNED if email.refund:
            return papers.filter(refund=email.refund).first()
        case Mail.REFUND_FAILED if email.refund:
            return papers.filter(cancels__refund=email.refund).first()
    return None


def document_url(paper: Receipt) -> str:
    """Its page, which is there even if the PDF cannot be drawn."""
    order = paper.order
    where = [order.number, order.token, *([] if paper.is_receipt else [paper.number_text])]
    return str(settings.SITE_URL) + reverse("order_receipt", args=where)


def attach(message: EmailMultiAlternatives, paper: Receipt) -> None:
    """A code never waits for its receipt: if the PDF cannot be drawn, the mail goes without. Its
    text leads to the page, so that nobody has to be called; the log tells who runs the shop."""
    try:
        content = draw(paper)
    except Exception as error:
        order = paper.order.number
        logger.error("order %s: no PDF of %s: %s", order, paper, type(error).__name__)
    else:
        message.attach(file_name(paper), content, "application/pdf")
