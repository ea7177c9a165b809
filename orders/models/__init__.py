from orders.models.abuse import Block, Selling
from orders.models.alert import Alert, tell_staff
from orders.models.code import Code
from orders.models.code_book import CodeBookEntry
from orders.models.consent import Consent
from orders.models.code_import import Import, ImportPart, ImportStatus, Remark
from orders.models.dispute import Dispute
from orders.models.email import Email, EmailStatus, Mail, queue_mail
from orders.models.order import Attention, EndedBecause, Order, Status
from orders.models.payment import Payment, PaymentStatus
from orders.models.radio import Need, NotASerial, Radio, Source, shapes_of
from orders.models.receipt import (
    NumberSeries,
    Receipt,
    ReceiptKind,
    cancel_credit_note,
    issue_credit_note,
    issue_receipt,
)
from orders.models.refund import Refund, RefundReason, RefundStatus
from orders.models.stripe_event import StripeEvent
from orders.moves import History

__all__ = [
    "Alert",
    "Attention",
    "Block",
    "Code",
    "CodeBookEntry",
    "Consent",
    "Dispute",
    "Email",
    "EmailStatus",
    "EndedBecause",
    "History",
    "Mail",
    "Need",
    "NotASerial",
    "NumberSeries",
    "Order",
    "Payment",
    "Import",
    "ImportPart",
    "ImportStatus",
    "Licence",
    "LicenceStatus",
    "PaymentStatus",
    "Radio",
    "Receipt",
    "ReceiptKind",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "Selling",
    "Source",
    "Status",
    "StripeEvent",
    "cancel_credit_note",
    "issue_credit_note",
    "issue_receipt",
    "queue_mail",
    "Remark",
    "shapes_of",
    "tell_staff",
]
