"""The only importer of stripe.

Its functions return small frozen dataclasses, so that nothing else depends on the shape of Stripe's
objects, and raise errors that say what the caller can do.
"""

from orders.stripe_api.client import StripeBrokenError, StripeRefusedError, StripeTroubleError
from orders.stripe_api.disputes import ReadDispute, read_dispute, send_evidence
from orders.stripe_api.events import BadEventError, Event, verify_event
from orders.stripe_api.lists import disputes_since, refunds_since, sessions_since
from orders.stripe_api.refunds import ReadRefund, create_refund, list_refunds, read_refund
from orders.stripe_api.sessions import (
    CreatedSession,
    ReadSession,
    cancel,
    capture,
    create_session,
    expire_session,
    payment_uuid_of,
    read_session,
)
