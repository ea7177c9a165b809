"""A small run of `make fuzz`, through every address and list of the shop."""

from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.hostile.lookups import targets
from tests.hostile.odd_files import MAKERS, Uploads
from tests.hostile.onslaught import Onslaught
from tests.steps.postmark import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_nothing_that_is_sent_breaks_a_page(root: User, settings: Any) -> None:
    settings.EMAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRETS = "postmark", [SECRET]
    settings.ANYMAIL = settings.ANYMAIL | {"WEBHOOK_SECRET": [SECRET]}
    onslaught = Onslaught("tests", root)
    onslaught.attacker.slow.clear()
    report = onslaught.run(range(300))
    assert report.wrong == []
    assert report.answers[200] > 50 and report.answers[400] > 5


@pytest.mark.filterwarnings("ignore:.*received a naive datetime")
def test_no_field_of_a_list_is_a_fault(root: User) -> None:
    numbers = range(0, len(targets()), 5)
    report = Onslaught("tests", root).ask_lists(numbers)
    assert report.wrong == []
    assert report.answers[200] > 5 and report.answers[400] > 20


def test_no_cookie_breaks_a_page_that_is_not_in_memory(root: User) -> None:
    report = Onslaught("tests", root).ask_cold(range(60))
    assert report.wrong == []
    assert report.answers[200] == 60


def test_no_file_is_a_fault(root: User) -> None:
    """`make fuzz` measures their memory and time, too."""
    uploads = Uploads(root)
    for number, name in enumerate([*MAKERS] * 2):
        content = MAKERS[name](Random(number))
        status, wrong = uploads.send(number, name, content)
        assert (status in (302, 303, 413, 422), wrong) == (True, []), number
