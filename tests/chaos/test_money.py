"""A small run of `make chaos-money`: each fault once, and all of them at the same time."""

from pathlib import Path

import pytest
from django.db import connection

from tests.chaos.faults import FAULTS
from tests.chaos.run import Options, run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="processes share a PostgreSQL, not SQLite in a file",
    ),
]


def test_whatever_fails_our_books_are_stripes_and_nobody_pays_for_nothing(tmp_path: Path) -> None:
    options = Options(len(FAULTS), seed="tests", customers=10, workers=1, nobody_looks=30)
    account = run(tmp_path, options)
    assert account.wrong == []
    assert account.totals.rows["payments"] >= len(FAULTS)
