"""How often anybody may order, and open a payment page.

Counted from the orders and payments that exist: nothing can be flushed, and a form that was sent
again is one order. Stolen cards are tried out on payment pages: an order has one page at a time,
and its page is closed when too many cards were declined on it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.lib.mailbox import canonical
from orders.models import DECLINED_EVENT, Email, Message, Order, SerialHashes, StripeEvent

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ORDERS_PER_EMAIL_DAY = 10
ORDERS_PER_SERIAL_DAY = 5
PAYMENTS_PER_ORDER = 10  # attempts within a day: pages opened, cards declined
RESENDS_PER_HOUR = 3
ADDRESS_CHANGES_PER_DAY = 3
MESSAGES_PER_NETWORK_HOUR = 10
MESSAGES_PER_MAILBOX_DAY = 5


class TooManyError(Exception):
    """`field` of the order form is what was seen too often; None: no field in particular."""

    def __init__(self, says: str, again_at: datetime | None, field: str | None = None) -> None:
        if again_at is None:  # when would tell of orders that others made
            super().__init__(says)
            self.retry_after = int(HOUR.total_seconds())
        else:
            when = date_format(timezone.localtime(again_at), "l, H:i T")
            super().__init__(f"{says} {_('You can try again after %s.') % when}")
            self.retry_after = max(1, int((again_at - timezone.now()).total_seconds()))
        self.field = field


def refuse_more_orders(network: str, email: str, hashes: SerialHashes) -> None:
    """Raises TooManyError where one more order would be one too many.

    Anybody can order for a stranger's serial or with a stranger's address, so that only paid orders
    count against these. The words are the same for all, as they would tell what others ordered.
    """
    unpaid = (
        Order.objects.filter(network=network, placed_at=None) if network else Order.objects.none()
    )
    paid = Order.objects.exclude(placed_at=None)
    of_mailbox = paid.filter(mailbox=canonical(email))
    if (
        _is_reached(unpaid, settings.ORDERS_PER_ADDRESS_HOUR, HOUR)
        or _is_reached(of_mailbox, ORDERS_PER_EMAIL_DAY, DAY)
        or _is_reached(paid.filter(hashes.rows), ORDERS_PER_SERIAL_DAY, DAY)
    ):
        raise TooManyError(
            _(
                "There were too many orders like this one. Please try again in an hour, or write "
                "to us. “My order” finds the orders that you have paid for."
            ),
            None,
        )


def _is_reached(rows: QuerySet[Any], most: int, within: timedelta) -> bool:
    lately = rows.order_by().filter(created_at__gt=timezone.now() - within)
    return len(lately.values_list("pk")[:most]) >= most


def refuse_more_mails(order: Order) -> None:
    """Raises TooManyError where the customer asked for one mail too many."""
    _refuse_more(
        Email.objects.filter(is_asked_for=True, order__mailbox=canonical(order.email)),
        RESENDS_PER_HOUR, HOUR,
        _("We have sent too many e-mails to this address within an hour."),
    )  # fmt: skip


def refuse_more_messages(network: str, email: str) -> None:
    """Raises TooManyError where one more message of the contact form would be one too many.

    Anybody can type a stranger's address: the words are the same for both limits.
    """
    of_network = Message.objects.filter(network=network) if network else Message.objects.none()
    if _is_reached(of_network, MESSAGES_PER_NETWORK_HOUR, HOUR) or _is_reached(
        Message.of_mailbox(email), MESSAGES_PER_MAILBOX_DAY, DAY
    ):
        raise TooManyError(
            _("We got too many messages like this one. Please write to our e-mail address."), None
        )


def refuse_more_addresses(order: Order, email: str) -> None:
    """Raises TooManyError where the customer corrected the address often enough, and where too many
    orders are that address's already: it may be a stranger's."""
    _refuse_more(
        order.history.filter(move="correct_email", by=None), ADDRESS_CHANGES_PER_DAY, DAY,
        _("The address of this order was changed too often within a day."), "email",
        at="at",
    )  # fmt: skip
    of_mailbox = Order.objects.exclude(placed_at=None).filter(mailbox=canonical(email))
    if _is_reached(of_mailbox, ORDERS_PER_EMAIL_DAY, DAY):
        raise TooManyError(_("There were too many orders for this address today."), None, "email")


def refuse_more_payments(order: Order) -> None:
    """Raises TooManyError where one more payment page would be one too many."""
    tries = tries_to_pay(order)
    if len(tries) >= PAYMENTS_PER_ORDER:
        says = _("There were too many tries to pay for this order within a day.")
        raise TooManyError(says, tries[PAYMENTS_PER_ORDER - 1] + DAY)


def tries_to_pay(order: Order) -> list[datetime]:
    """When its payment pages were opened and its cards declined within a day, the last one first.

    A page that Stripe failed to open is no try. Each card that is declined is an event of Stripe's.
    """
    since = timezone.now() - DAY
    opened = order.payments.filter(created_at__gt=since, session_id__isnull=False)
    pages = opened.values_list("created_at", flat=True)
    uuids = [str(uuid) for uuid in order.payments.values_list("uuid", flat=True)]
    declined = StripeEvent.objects.filter(
        type=DECLINED_EVENT, payment_uuid__in=uuids, received_at__gt=since
    ).values_list("received_at", flat=True)
    return sorted([*pages, *declined], reverse=True)


def _refuse_more(
    rows: QuerySet[Any],
    most: int,
    within: timedelta,
    says: str,
    field: str | None = None,
    at: str = "created_at",
) -> None:
    lately = rows.filter(**{f"{at}__gt": timezone.now() - within}).order_by(f"-{at}")
    newest = list(lately.values_list(at, flat=True)[:most])
    if len(newest) >= most:
        raise TooManyError(says, newest[-1] + within, field)
