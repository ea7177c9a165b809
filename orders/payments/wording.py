"""What has become of the customer's money, in their words: held, or taken, and with what.

Only a card is "your card", and only what can be held is held: pages and mails ask here.
"""

from django.utils.translation import gettext as _

from orders.models import Order, PaymentStatus
from orders.payments.methods import name_of

SECURED = (PaymentStatus.HELD, PaymentStatus.CAPTURED)


def secured(order: Order) -> str:
    """While we look for the code."""
    words = {"price": order.price_text, "way": _way(order)}
    if order.is_charged:
        return _("You paid %(price)s at once, as your way to pay cannot hold money.") % words
    if not is_held(order):
        return _("Nothing is held any more. We ask you to pay again when we have your code.")
    if words["way"]:
        return _("%(price)s is held with %(way)s, not charged.") % words
    return _("Your card is held for %(price)s, not charged.") % words


def is_held(order: Order) -> bool:
    """Not where the hold lapsed, or was cancelled at Stripe, before the code was found."""
    return order.payments.filter(status=PaymentStatus.HELD, is_superseded=False).exists()


def if_not_found(order: Order) -> str:
    if order.is_charged:
        return _("If we do not find it in time, we send all of it back to where it came from.")
    if not is_held(order):
        return _("If we do not find it in time, the order ends and you pay nothing.")
    return _("If we do not find it in time, the hold is released and you pay nothing.")


def refund_under_way(order: Order) -> str:
    if is_processing_at_bank(order):
        return _(
            "If your bank still makes the payment, we send all of your %(price)s back to where it "
            "came from."
        ) % {"price": order.price_text}
    if order.is_charged:
        return _("All of your %(price)s goes back to where it came from.") % {
            "price": order.price_text
        }
    return _("What was held is being released. You pay nothing.")


def returned(order: Order) -> str:
    if order.is_charged:
        text = _(
            "We sent all of your %(price)s back to where it came from. Some banks take a few days "
            "to show it."
        )
        return text % {"price": order.price_text}
    return _(
        "Nothing was charged, and nothing is held any more. Some banks take a few days to show it."
    )


def is_processing_at_bank(order: Order) -> bool:
    return order.payments.filter(status=PaymentStatus.PROCESSING).exists()


def was_refused_late(order: Order) -> bool:
    """A bank said no days after the customer had paid, and they have time to pay again."""
    return order.status == "pending" and order.deadline_at is not None


def _way(order: Order) -> str:
    """Empty for a card, and where Stripe has not told us yet."""
    counts = order.payments.filter(is_superseded=False, status__in=SECURED).last()
    method = counts.method if counts else ""
    return "" if method in ("", "card") else name_of(method)
