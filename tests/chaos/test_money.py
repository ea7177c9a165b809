"""A small run of `make chaos-money`: each fault once, and all of them at the same time."""

from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.run import Options, run
from tests.steps.marks import WITH_PROCESSES

pytestmark = WITH_PROCESSES


def test_whatever_fails_our_books_are_stripes_and_nobody_pays_for_nothing(tmp_path: Path) -> None:
    options = Options(len(FAULTS), seed="tests", customers=10, workers=1, staff_are_away=30)
    account = run(tmp_path, options)
    assert account.wrong == []
    assert account.totals.rows["payments"] >= len(FAULTS)
