"""Words of pages and mails for the customer's money: authorized or captured, and with what.

Only a card is "your card", and only some methods can be authorized.
"""

from django.utils.translation import gettext as _

from orders.models import Order, PaymentStatus, Status
from orders.payments.methods import method_name

SECURED = (PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED)


def secured(order: Order) -> str:
    """Say what is authorized or captured, while we look for the code."""
    words = {"price": order.price_text, "way": _method(order)}
    if order.is_charged:
        return _("You paid %(price)s; we refund it if we find no code.") % words
    if not is_authorized(order):
        return _("Nothing is reserved any more. We ask you to pay again when we have your code.")
    if words["way"]:
        return _("%(price)s is reserved with %(way)s and not charged yet.") % words
    return _("%(price)s is reserved on your card and not charged yet.") % words


def is_authorized(order: Order) -> bool:
    """False once the authorization has expired or was cancelled at Stripe."""
    return order.payments.filter(status=PaymentStatus.AUTHORIZED, is_superseded=False).exists()


def if_not_found(order: Order) -> str:
    if order.is_charged:
        return _("A refund goes to the card, account or wallet you paid with.")
    if not is_authorized(order):
        return _("If we do not find it in time, the order ends and you pay nothing.")
    return _("If we do not find it in time, the reservation is released and you pay nothing.")


def if_not_decided(order: Order) -> str:
    """Say what happens to an order on hold that is not decided in time."""
    if order.is_charged:
        return _("If we cannot go on with it, we refund you in full.")
    return _("If we have not decided by then, the order ends and you pay nothing.")


def refund_under_way(order: Order) -> str:
    words = {"price": order.price_text}
    if is_processing_at_bank(order):
        return _("If your bank still makes the payment, we refund the full %(price)s.") % words
    if order.is_charged:
        text = _(
            "We are refunding the full %(price)s to the card, account or wallet you paid with."
        )
        return text % words
    return _("What was reserved is being released. You pay nothing.")


def refund_done(order: Order) -> str:
    if order.is_charged or order.status == Status.REFUNDED:
        text = _(
            "We've refunded the full %(price)s to the card, account or wallet you paid with. Banks "
            "take up to ten working days to show it."
        )
        return text % {"price": order.price_text}
    return _(
        "Nothing was charged, and nothing is reserved any more. Some banks take a few days to show "
        "it."
    )


def is_processing_at_bank(order: Order) -> bool:
    return order.payments.filter(status=PaymentStatus.PROCESSING).exists()


def was_refused_late(order: Order) -> bool:
    """Whether a bank refused days after the customer had paid, and they may pay again."""
    return order.status == "pending" and order.deadline_at is not None


def _method(order: Order) -> str:
    """Name the method; "" for a card, or while Stripe does not say it."""
    counts = order.payments.filter(is_superseded=False, status__in=SECURED).last()
    method = counts.method if counts else ""
    return "" if method in ("", "card") else method_name(method)
