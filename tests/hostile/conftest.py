import pytest
from django.contrib.auth.models import User

from tests.hostile.town import fill, fill_counter
from tests.steps.factories import make_brand


@pytest.fixture
def root(db: None) -> User:
    """Staff who may do all, in a shop with a row of every kind."""
    return fill()


@pytest.fixture
def counter(db: None) -> None:
    """What strangers see of it, and no guides: quicker."""
    fill_counter(make_brand(slug="acme", name="Acme"))
