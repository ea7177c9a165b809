import pytest
from django.contrib.auth.models import User

from tests.hostile.town import fill
from tests.orders.conftest import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]  # fixtures of the tests of money


@pytest.fixture
def root(db: None) -> User:
    """Staff who may do all, in a shop with a row of every kind."""
    return fill()
