"""What becomes of each column when an order is anonymised.

A test compares these tables with the models: a new column that may hold words must be in one of
them.
"""

from collections.abc import Callable
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import models

from orders.models import (
    AgreedText,
    Alert,
    Answer,
    Attempt,
    Attention,
    Block,
    Code,
    CodeBookEntry,
    CodeFamily,
    Comparison,
    Consent,
    DataRequest,
    Day,
    Dispute,
    Email,
    History,
    Import,
    ImportPart,
    LabelPhoto,
    LastRun,
    Licence,
    LinkRequest,
    Message,
    NotASerial,
    Note,
    NumberSeries,
    Order,
    Payment,
    Problem,
    Question,
    Radio,
    ReadySentence,
    Receipt,
    Refund,
    Remark,
    Selling,
    StepFailure,
    StripeEvent,
    Upload,
)

# How rows of each kind lead to their order.
ORDER = {
    Order: "pk",
    Alert: "order",
    Attempt: "order",
    Attention: "order",
    Code: "order",
    Comparison: "order",
    Consent: "order",
    Email: "order",
    History: "order",
    LabelPhoto: "order",
    Message: "order",
    Note: "order",
    Payment: "order",
    Problem: "order",
    Question: "order",
    Refund: "payment__order",
}

# Personal data, and what replaces it; a callable is called.
EMPTIED: dict[type[models.Model], dict[str, Any | Callable[[], Any]]] = {
    Order: {
        "email": "",
        "mailbox": "",
        "network": "",
        # the customer's link opens nothing any more
        "token_hash": "",
        "token_encrypted": "",
        "token_clear": Order.no_link,
        "serial_encrypted": "",
        "serial_hash": "",
        "family_hash": "",
        "serial_typed_encrypted": "",
        "second_number_encrypted": "",
        "device_number_encrypted": "",
        "date_on_screen": "",
        "make_typed": "",
        "model_typed": "",
        "entry_steps": "",
        "car_model": None,
        "generation": None,
        "opened_by": None,
    },
    Payment: {"params": dict, "checkout_url": "", "card_hash": ""},  # address, as Stripe was asked
    Refund: {"note": ""},
    Consent: {"address": None},
    History: {"note": "", "by": None},
    Attention: {"settled_by": None},
    Comparison: {"order": None},
}

# Rows that go altogether; what hangs on them goes with them.
DELETED: tuple[type[models.Model], ...] = (
    Attempt, Problem, Code, Email, Question, Alert, LabelPhoto, Note, Message,
)  # fmt: skip
GO_WITH = {Answer: Question, Upload: Answer}

# Not about a customer, or no more than a number that leads nowhere without Stripe's own books.
HARMLESS: dict[type[models.Model], set[str]] = {
    Order: {
        "number", "form_key", "status", "ended_because", "shows", "currency", "on_hold_reason",
        "attention_reason", "claim_token",
    },
    Payment: {
        "uuid", "status", "currency", "session_id", "intent_id", "failure", "method", "country",
        "claim_token",
    },
    Attention: {"reason"},
    Refund: {"status", "reason", "stripe_id", "failure", "claim_token"},
    Consent: {"kind", "version", "text"},
    History: {"subject", "move", "status"},
    Receipt: {"kind", "seller", "description", "currency", "buyer_country"},
    Dispute: {"stripe_id", "status", "reason", "currency"},
    StripeEvent: {
        "stripe_id", "type", "api_version", "object_id", "intent_id", "payment_uuid", "status",
        "outcome", "ignored_because", "claim_token",
    },
    NumberSeries: {"kind"},
    ReadySentence: {"kind", "key", "text"},
    Selling: {"message"},
    Licence: {"status", "kind", "trouble", "claim_token"},
    Import: {"name", "sheet", "status", "trouble", "claim_token"},
    ImportPart: {"contents_encrypted"},
    Remark: {"kind", "text"},
    # about a radio, not a person
    Comparison: {"family", "kind", "serial_hash", "serial_encrypted", "source"},
    CodeBookEntry: {"serial_hash", "family", "family_hash", "contents_encrypted", "origin"},
}  # fmt: skip

# Personal data without an order: kept for a time of its own (retention.py).
DATED: dict[type[models.Model], set[str]] = {
    Block: {"kind", "value_encrypted", "value_hash", "reason"},
    LinkRequest: {"number", "mailbox_hash", "address_encrypted", "claim_token"},
    DataRequest: {"kind", "fingerprint", "outcome"},
    AccessAttempt: {
        "user_agent",
        "ip_address",
        "username",
        "http_accept",
        "path_info",
        "get_data",
        "post_data",
    },
    # switched off in shop/settings.py
    AccessLog: {
        "user_agent",
        "ip_address",
        "username",
        "http_accept",
        "path_info",
        "session_hash",
    },
    AccessFailureLog: {"user_agent", "ip_address", "username", "http_accept", "path_info"},
}

# What pages are made of, and clockwork: nothing of a customer's gets there.
OF_THE_SHOP: set[type[models.Model]] = {
    AgreedText, CodeFamily, Day, LastRun, NotASerial, NotASerial.history.model, Radio,
    Radio.history.model, StepFailure,
}  # fmt: skip
