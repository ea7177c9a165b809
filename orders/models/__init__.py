from orders.models.abuse import Block, Selling
from orders.models.alert import Alert, raise_alert
from orders.models.attempt import Attempt, Outcome, has_conflicting_answer
from orders.models.attention import Attention, needs_staff
from orders.models.code import Code
from orders.models.code_book import CodeBookEntry
from orders.models.code_import import Import, ImportPart, ImportStatus, Remark
from orders.models.consent import AgreedText, Consent
from orders.models.data_request import DataRequest, fingerprints_of
from orders.models.day import Day
from orders.models.dispute import DISPUTE_CLOSED, DISPUTE_LOST, DISPUTE_STATUSES, Dispute
from orders.models.email import (
    MAIL_LASTS,
    MAILS_TO_STAFF,
    UNDELIVERED,
    Email,
    EmailStatus,
    Mail,
    lost_mail,
    queue_mail,
)
from orders.models.family import CodeFamily, Comparison, FamilyState
from orders.models.label_photo import LabelPhoto
from orders.models.last_run import LastRun
from orders.models.licence import Licence, LicenceStatus
from orders.models.link_request import LinkRequest
from orders.models.message import Message
from orders.models.note import Note
from orders.models.order import Order
from orders.models.order_states import (
    AT_DESK,
    CODE_IS_OUT,
    AttentionReason,
    EndedBecause,
    Status,
)
from orders.models.payment import (
    EVER_CAPTURED,
    KEEPING_MONEY,
    SECURED_AT,
    UNSETTLED,
    Payment,
    PaymentStatus,
)
from orders.models.problem import Problem
from orders.models.question import Answer, Question
from orders.models.radio import (
    ANOTHER_MAKE,
    Need,
    NotASerial,
    Provider,
    Radio,
    canonical_of_any_radio,
    catalogue,
    computes,
    no_codes,
    shapes_of,
)
from orders.models.ready_sentence import ReadySentence
from orders.models.receipt import (
    NumberSeries,
    Receipt,
    ReceiptKind,
    cancel_credit_note,
    issue_credit_note,
    issue_receipt,
    printed_as,
)
from orders.models.refund import (
    AUTOMATIC_REASONS,
    LIVE_REFUNDS,
    STAFF_REASONS,
    Refund,
    RefundReason,
    RefundStatus,
    add_refund,
    next_number,
)
from orders.models.serial_hashes import NO_HASHES, SerialHashes, code_family
from orders.models.step_failure import StepFailure, on_its_own
from orders.models.stripe_event import (
    DECLINED_EVENT,
    REVIEW_CLOSED_EVENT,
    EventStatus,
    StripeEvent,
)
from orders.models.upload import Upload
from orders.state_machine import History
