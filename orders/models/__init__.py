from orders.models.code import Code
from orders.models.code_book import CodeBookEntry
from orders.models.consent import Consent
from orders.models.email import Email, EmailStatus, Mail, queue_mail
from orders.models.order import Attention, EndedBecause, Order, Status
from orders.models.payment import Payment, PaymentStatus
from orders.models.radio import Need, NotASerial, Radio, Source, shapes_of
from orders.models.stripe_event import StripeEvent
from orders.moves import History

__all__ = [
    "Attention",
    "Code",
    "CodeBookEntry",
    "Consent",
    "Email",
    "EmailStatus",
    "EndedBecause",
    "History",
    "Mail",
    "Need",
    "NotASerial",
    "Order",
    "Payment",
    "PaymentStatus",
    "Radio",
    "Source",
    "Status",
    "StripeEvent",
    "queue_mail",
    "shapes_of",
]
