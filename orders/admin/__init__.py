from orders.admin import (
    agreed_text,
    block,
    code_book,
    dispute,
    email,
    imports,
    order,
    payment,
    person,
    radio,
    receipt,
    selling,
    stripe_event,
)
from orders.admin.refunds import refund

__all__ = [
    "agreed_text",
    "block",
    "code_book",
    "dispute",
    "imports",
    "email",
    "payment",
    "order",
    "person",
    "radio",
    "receipt",
    "refund",
    "selling",
    "stripe_event",
]
