import pytest
from django.contrib.auth.models import User

from tests.hostile.town import fill


@pytest.fixture
def root(db: None) -> User:
    """Staff who may do all, in a shop with a row of every kind."""
    return fill()
