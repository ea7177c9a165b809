"""A small run of `make fuzz`, through every address of the shop."""

from typing import Any

import pytest
from django.contrib.auth.models import User

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
