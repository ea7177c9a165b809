"""Lists everything that a Stripe account has had since a moment, page by page.

Webhooks, and even Stripe's list of events, may miss something; these lists show what is there.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from orders.stripe_api.client import client, translated_errors
from orders.stripe_api.disputes import ReadDispute, dispute_of
from orders.stripe_api.refunds import ReadRefund, refund_of
from orders.stripe_api.sessions import WITH_PAYMENT, ReadSession, session_of

PAGE = 100  # Stripe's maximum
MOST = 100_000  # more than any shop has

T = TypeVar("T")


def sessions_since(moment: datetime) -> Iterator[ReadSession]:
    """List sessions with their payments, newest first, like all of these."""
    asked = _since(moment) | {"expand": [f"data.{WITH_PAYMENT}"]}
    return _all(lambda: client().v1.checkout.sessions.list(asked), session_of)


def refunds_since(moment: datetime) -> Iterator[ReadRefund]:
    return _all(lambda: client().v1.refunds.list(_since(moment)), refund_of)


def disputes_since(moment: datetime) -> Iterator[ReadDispute]:
    return _all(lambda: client().v1.disputes.list(_since(moment)), dispute_of)


def _since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def _all(first_page: Callable[[], Any], read: Callable[[dict[str, Any]], T]) -> Iterator[T]:
    """Fetch each page once the rows of the one before are used."""
    with translated_errors():
        rows = iter(first_page().auto_paging_iter())
    for _ in range(MOST):
        with translated_errors():
            row = next(rows, None)
        if row is None:
            return
        yield read(row.to_dict())
