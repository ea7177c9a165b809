"""The supplier, mail servers and radios of the tests of orders."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from orders.retrieval.answers import UnknownHere
from orders.retrieval.supplier import CIRCUIT
from sandbox.inbox import Inbox
from sandbox.supplier import SupplierStandIn
from tests.steps.factories import (
    make_code_book_entry,
    make_fallback_radio,
    make_part_number,
    make_radio,
)
from tests.steps.postmark import SECRET, Postmark


@pytest.fixture
def supplier(settings: Any) -> Iterator[SupplierStandIn]:
    """The supplier's stand-in, and its circuit closed. With it, every test ends in the check that
    nothing was asked that no shop should ask."""
    with SupplierStandIn() as stand_in:
        settings.PELOCK_API_KEY, settings.PELOCK_API_URL = stand_in.api_key, stand_in.url
        CIRCUIT.record(UnknownHere())
        yield stand_in
        CIRCUIT.record(UnknownHere())
        assert stand_in.misuses == []


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Inbox]:
    with Inbox() as running:
        yield running


@pytest.fixture
def inbox(mail_server: Inbox, settings: Any) -> Inbox:
    """The customer's, at the other end of SMTP."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = mail_server.host
    settings.EMAIL_PORT = mail_server.smtp_port
    mail_server.heal()
    mail_server.clear()
    return mail_server


@pytest.fixture
def postmark(settings: Any) -> Iterator[Postmark]:
    """A mail provider, instead of SMTP."""
    with Postmark() as provider:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.EMAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRETS = "postmark", [SECRET]
        settings.ANYMAIL = settings.ANYMAIL | {
            "POSTMARK_API_URL": provider.url,
            "POSTMARK_SERVER_TOKEN": "of-the-tests",
            "WEBHOOK_SECRET": settings.MAIL_WEBHOOK_SECRETS,
        }
        yield provider


@pytest.fixture
def on_sale(db: None) -> None:
    """What the Nissan order form needs: a radio, the fallback, and a number that is no serial."""
    make_radio()
    make_fallback_radio()
    make_part_number()


@pytest.fixture
def in_code_book(on_sale: None) -> None:
    make_code_book_entry()


PATIENT = 73458  # the first 16 draws are 0.4 or more


@pytest.fixture(autouse=True)
def same_chance() -> None:
    """A back-off may by chance be next to nothing. For a test that waits for later it is 12 seconds
    at least, however slow the machine is."""
    random.seed(PATIENT)
