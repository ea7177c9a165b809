from orders.admin import (
    block,
    code_book,
    dispute,
    imports,
    mails,
    money,
    order,
    radio,
    receipt,
    refund,
    selling,
    stripe_event,
)

__all__ = [
    "block",
    "code_book",
    "dispute",
    "imports",
    "mails",
    "money",
    "order",
    "radio",
    "receipt",
    "refund",
    "selling",
    "stripe_event",
]
