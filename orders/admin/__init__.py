from orders.admin import (
    agreed_text,
    block,
    code_book,
    dispute,
    email,
    family,
    imports,
    message,
    order,
    payment,
    person,
    radio,
    ready_sentence,
    receipt,
    selling,
    stripe_event,
)
from orders.admin.refunds import refund
