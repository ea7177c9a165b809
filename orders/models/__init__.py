from orders.models.abuse import Block, Selling
from orders.models.alert import Alert, tell_staff
from orders.models.attempt import Attempt, Outcome
from orders.models.attention import Attention, needs_staff
from orders.models.code import Code
from orders.models.code_book import CodeBookEntry
from orders.models.code_import import Import, ImportPart, ImportStatus, Remark
from orders.models.consent import AgreedText, Consent
from orders.models.data_request import DataRequest
from orders.models.dispute import Dispute
from orders.models.email import Email, EmailStatus, Mail, lost_mail, queue_mail
from orders.models.last_run import LastRun
from orders.models.licence import Licence, LicenceStatus
from orders.models.order import Order
from orders.models.order_states import AttentionReason, EndedBecause, Status
from orders.models.payment import Payment, PaymentStatus
from orders.models.question import Answer, Question
from orders.models.radio import Need, NotASerial, Provider, Radio, canonical_of_any_radio, shapes_of
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
from orders.models.upload import Upload
from orders.state_machine import History

__all__ = [
    "AgreedText",
    "Alert",
    "Answer",
    "Attempt",
    "Attention",
    "AttentionReason",
    "Block",
    "Code",
    "CodeBookEntry",
    "Consent",
    "DataRequest",
    "Dispute",
    "Email",
    "EmailStatus",
    "EndedBecause",
    "History",
    "Import",
    "ImportPart",
    "ImportStatus",
    "LastRun",
    "Licence",
    "LicenceStatus",
    "Mail",
    "Need",
    "NotASerial",
    "NumberSeries",
    "Order",
    "Outcome",
    "Payment",
    "PaymentStatus",
    "Provider",
    "Question",
    "Radio",
    "Receipt",
    "ReceiptKind",
    "Refund",
    "RefundReason",
    "RefundStatus",
    "Remark",
    "Selling",
    "Status",
    "StripeEvent",
    "Upload",
    "cancel_credit_note",
    "canonical_of_any_radio",
    "issue_credit_note",
    "issue_receipt",
    "lost_mail",
    "needs_staff",
    "queue_mail",
    "shapes_of",
    "tell_staff",
]
