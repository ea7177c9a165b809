"""What Stripe has of a whole account since a moment: its lists, page by page.

Lists, because webhooks and even Stripe's own events may miss something; they tell what is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from orders.stripe_api.client import client, translated_errors
from orders.stripe_api.disputes import ReadDispute, dispute_of
from orders.stripe_api.refunds import ReadRefund, refund_of
from orders.stripe_api.sessions import WITH_PAYMENT, ReadSession, session_of

PAGE = 100  # the most that Stripe gives at a time
MOST = 100_000  # a list that is longer is not a shop's

T = TypeVar("T")


def sessions_since(moment: datetime) -> Iterator[ReadSession]:
    """With what became of their payments. Newest first, as all of these."""
    asked = _since(moment) | {"expand": [f"data.{WITH_PAYMENT}"]}
    return _all(lambda: client().v1.checkout.sessions.list(asked), session_of)


def refunds_since(moment: datetime) -> Iterator[ReadRefund]:
    return _all(lambda: client().v1.refunds.list(_since(moment)), refund_of)


def disputes_since(moment: datetime) -> Iterator[ReadDispute]:
    return _all(lambda: client().v1.disputes.list(_since(moment)), dispute_of)


def _since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def _all(first_page: Callable[[], Any], read: Callable[[dict[str, Any]], T]) -> Iterator[T]:
    """The next page is asked for when the one before has been worked off."""
    with translated_errors():
        rows = iter(first_page().auto_paging_iter())
    for _ in range(MOST):
        with translated_errors():
            row = next(rows, None)
        if row is None:
            return
        yield read(row.to_dict())
